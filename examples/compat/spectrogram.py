#!/usr/bin/env python3
"""Show a spectrogram of live input, in the terminal, until Return is pressed."""

import argparse
import math
import shutil
import sys
from itertools import pairwise

import numpy as np

HELP = " Return: quit, +Return, -Return: change the scale "


def device(text):
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("-l", "--list-devices", action="store_true", help="list the devices and exit")
parser.add_argument(
    "-b", "--block-duration", type=float, default=50, metavar="MS", help="line (%(default)s ms)"
)
parser.add_argument(
    "-c", "--columns", type=int, default=shutil.get_terminal_size().columns, help="width"
)
parser.add_argument("-d", "--device", type=device, help="input device: number or part of its name")
parser.add_argument("-g", "--gain", type=float, default=10, help="first gain (%(default)s)")
parser.add_argument(
    "-r",
    "--range",
    type=float,
    nargs=2,
    default=[100, 2000],
    metavar=("LOW", "HIGH"),
    help="frequencies in hertz (%(default)s)",
)
args = parser.parse_args()
low, high = args.range
if high <= low:
    parser.error("HIGH must be greater than LOW")
if args.columns < 2:
    parser.error("--columns must be at least 2")

# From black to white by way of two neighbouring colours and five densities of dots between them.
COLOURS = (30, 34, 36, 32, 33, 37)
SHADES = " ░▒▓█" if (sys.stdout.encoding or "").lower().startswith("utf") else " .:*#"
GRADIENT = [
    f"\x1b[{fore};{back + 10}m{shade}" for back, fore in pairwise(COLOURS) for shade in SHADES
]


def line(samples, first, size):
    """Return one line of the picture."""
    magnitude = np.abs(np.fft.rfft(samples, n=size)) * args.gain / size
    scaled = np.clip(magnitude[first : first + args.columns], 0, 1) * (len(GRADIENT) - 1)
    return "".join(GRADIENT[int(value)] for value in scaled) + "\x1b[0m"


def note(text, colour):
    """Print a line that is not part of the picture."""
    print(f"\x1b[{colour};40m{text.center(args.columns, '#')}\x1b[0m", flush=True)


try:
    import aiosounddevice.compat as sd

    if args.list_devices:
        print(sd.query_devices())
        sys.exit(0)
    samplerate = sd.query_devices(args.device, "input")["default_samplerate"]
    step = (high - low) / (args.columns - 1)
    size, first = math.ceil(samplerate / step), math.floor(low / step)

    def callback(indata, frames, time, status):
        """Print a line for each block; runs on PortAudio's thread."""
        if status:
            note(f" {status} ", 34)
        print(line(indata[:, 0], first, size) if indata.any() else "no input", flush=True)

    with sd.InputStream(
        device=args.device,
        channels=1,
        callback=callback,
        blocksize=int(samplerate * args.block_duration / 1000),
        samplerate=samplerate,
    ):
        while (answer := input()) not in ("", "q", "Q"):
            for sign in answer:
                if sign not in "+-":
                    note(HELP, 31)
                    break
                args.gain *= 2 if sign == "+" else 0.5
except KeyboardInterrupt:
    sys.exit("Interrupted by user")
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
