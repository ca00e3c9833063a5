#!/usr/bin/env python3
"""Record into a file until Ctrl+C is pressed. Needs NumPy and soundfile."""

import argparse
import os
import queue
import sys
import time


def device(text):
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("-l", "--list-devices", action="store_true", help="list the devices and exit")
parser.add_argument("-d", "--device", type=device, help="input device: number or part of its name")
parser.add_argument("-r", "--samplerate", type=int, help="sample rate in hertz")
parser.add_argument(
    "-c", "--channels", type=int, default=1, help="number of channels (default: %(default)s)"
)
parser.add_argument("-t", "--subtype", help="of the file, like PCM_24")
parser.add_argument("filename", nargs="?", metavar="FILENAME", help="file to write; must be new")
args = parser.parse_args()

blocks = queue.Queue()


def callback(indata, frames, time, status):
    """Hand a copy of the block over; runs on PortAudio's thread."""
    if status:
        print(status, file=sys.stderr)
    blocks.put(indata.copy())


try:
    import soundfile

    import aiosounddevice.compat as sd

    if args.list_devices:
        print(sd.query_devices())
        sys.exit(0)
    if args.samplerate is None:
        args.samplerate = int(sd.query_devices(args.device, "input")["default_samplerate"])
    if args.filename is None:
        args.filename = os.path.join(os.curdir, time.strftime("rec_unlimited_%Y%m%d_%H%M%S.wav"))

    # The file first: if it cannot be made, nothing is recorded in vain.
    with (
        soundfile.SoundFile(
            args.filename,
            mode="x",
            samplerate=args.samplerate,
            channels=args.channels,
            subtype=args.subtype,
        ) as file,
        sd.InputStream(
            samplerate=args.samplerate,
            device=args.device,
            channels=args.channels,
            callback=callback,
        ),
    ):
        print("press Ctrl+C to stop the recording".center(80, "#"), flush=True)
        while True:
            file.write(blocks.get())
except KeyboardInterrupt:
    print(f"\nRecording finished: {args.filename!r}")
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
