#!/usr/bin/env python3
"""Play a sound file of any length, with a few blocks of it in memory.

A queue of blocks lies between the file and the stream's callback. Needs soundfile, not NumPy.
"""

import argparse
import queue
import sys
import threading


def device(text):
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("filename", help="sound file to play")
parser.add_argument("-d", "--device", type=device, help="output device: number or part of its name")
parser.add_argument(
    "-b", "--blocksize", type=int, default=2048, help="frames of a block (default: %(default)s)"
)
parser.add_argument(
    "-q", "--buffersize", type=int, default=20, help="blocks in the queue (default: %(default)s)"
)
args = parser.parse_args()
if args.blocksize == 0:
    parser.error("blocksize must not be zero")
if args.buffersize < 1:
    parser.error("buffersize must be at least 1")

blocks = queue.Queue(maxsize=args.buffersize)
finished = threading.Event()


def callback(outdata, frames, time, status):
    """Play the next block of the queue; runs on PortAudio's thread."""
    assert frames == args.blocksize
    if status.output_underflow:
        print("Output underflow: a larger blocksize may help", file=sys.stderr)
        raise sd.CallbackAbort
    try:
        block = blocks.get_nowait()
    except queue.Empty:
        print("The queue is empty: a larger buffersize may help", file=sys.stderr)
        raise sd.CallbackAbort from None
    outdata[: len(block)] = block
    outdata[len(block) :] = bytes(len(outdata) - len(block))
    if len(block) < len(outdata):
        raise sd.CallbackStop


try:
    import soundfile

    import aiosounddevice.compat as sd

    with soundfile.SoundFile(args.filename) as file:

        def read():
            """Return the file's next block as bytes, fewer of them at its end."""
            return bytes(file.buffer_read(args.blocksize, dtype="float32"))

        block = read()
        while block and not blocks.full():
            blocks.put_nowait(block)
            block = read()
        with sd.RawOutputStream(
            samplerate=file.samplerate,
            blocksize=args.blocksize,
            device=args.device,
            channels=file.channels,
            dtype="float32",
            callback=callback,
            finished_callback=finished.set,
        ):
            patience = args.blocksize * args.buffersize / file.samplerate
            while True:
                blocks.put(block, timeout=patience)
                if len(block) < args.blocksize * file.channels * 4:
                    break  # a block that is short, or empty, tells the callback that it is over
                block = read()
            finished.wait()
except KeyboardInterrupt:
    sys.exit("\nInterrupted by user")
except queue.Full:
    sys.exit(1)  # the callback has ended early, and said why
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
