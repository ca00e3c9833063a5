#!/usr/bin/env python3
"""Play a sound file that fits into memory.

For longer ones there is play_long_file.py. Needs NumPy and soundfile.
"""

import argparse
import sys


def device(text):
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("filename", help="sound file to play")
parser.add_argument("-d", "--device", type=device, help="output device: number or part of its name")
args = parser.parse_args()

try:
    import soundfile

    import aiosounddevice.compat as sd

    samples, samplerate = soundfile.read(args.filename, dtype="float32")
    sd.play(samples, samplerate, device=args.device)
    trouble = sd.wait()
except KeyboardInterrupt:
    sys.exit("\nInterrupted by user")
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
if trouble:
    sys.exit(f"Error during playback: {trouble}")
