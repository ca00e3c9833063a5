#!/usr/bin/env python3
"""Play what is recorded, as it comes in, until Return is pressed."""

import argparse
import sys


def device(text):
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("-i", "--input-device", type=device, help="number or part of its name")
parser.add_argument("-o", "--output-device", type=device, help="number or part of its name")
parser.add_argument(
    "-c", "--channels", type=int, default=2, help="number of channels (default: %(default)s)"
)
parser.add_argument("-t", "--dtype", help="sample format, like int16")
parser.add_argument("-s", "--samplerate", type=float, help="sample rate in hertz")
parser.add_argument("-b", "--blocksize", type=int, help="frames of a block")
parser.add_argument("-l", "--latency", type=float, help="latency in seconds")
args = parser.parse_args()


def callback(indata, outdata, frames, time, status):
    """Copy a block; runs on PortAudio's thread."""
    if status:
        print(status)
    outdata[:] = indata


try:
    import aiosounddevice.compat as sd

    with sd.Stream(
        device=(args.input_device, args.output_device),
        samplerate=args.samplerate,
        blocksize=args.blocksize,
        dtype=args.dtype,
        latency=args.latency,
        channels=args.channels,
        callback=callback,
    ):
        print("press Return to quit".center(80, "#"))
        input()
except KeyboardInterrupt:
    sys.exit("\nInterrupted by user")
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
