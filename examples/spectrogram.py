#!/usr/bin/env python3
"""Show a spectrogram of live input, in the terminal, until Return is pressed."""

import argparse
import asyncio
import math
import shutil
import sys
from itertools import pairwise

import anyio
import numpy as np

import aiosounddevice as sd

HELP = " Return: quit, +Return, -Return: change the scale "
COLOURS = (30, 34, 36, 32, 33, 37)
SHADES = " ░▒▓█" if (sys.stdout.encoding or "").lower().startswith("utf") else " .:*#"
GRADIENT = [f"\x1b[{fg};{bg + 10}m{shade}" for bg, fg in pairwise(COLOURS) for shade in SHADES]


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def scale(args: argparse.Namespace, scope: anyio.CancelScope) -> None:
    """Do what is typed."""
    while True:
        answer = await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
        if answer.strip() in ("", "q", "Q"):
            scope.cancel()
            return
        for sign in answer.strip():
            if sign not in "+-":
                print(f"\x1b[31;40m{HELP.center(args.columns, '#')}\x1b[0m", flush=True)
                break
            args.gain *= 2 if sign == "+" else 0.5


async def main(args: argparse.Namespace) -> None:
    if args.list_devices:
        print(await sd.query_devices())
        return
    low, high = args.range
    step = (high - low) / (args.columns - 1)
    async with (
        sd.InputStream(device=args.device, channels=1) as microphone,
        anyio.create_task_group() as group,
    ):
        group.start_soon(scale, args, group.cancel_scope)
        size, first = math.ceil(microphone.samplerate / step), math.floor(low / step)
        frames = int(microphone.samplerate * args.block_duration / 1000)
        async for block in microphone.blocks(frames):
            if not block.any():
                print("no input", flush=True)
                continue
            magnitude = np.abs(np.fft.rfft(block[:, 0], n=size)) * args.gain / size
            scaled = np.clip(magnitude[first : first + args.columns], 0, 1) * (len(GRADIENT) - 1)
            print("".join(GRADIENT[int(value)] for value in scaled) + "\x1b[0m", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-l", "--list-devices", action="store_true", help="list them and exit")
    parser.add_argument("-b", "--block-duration", type=float, default=50, help="line in ms")
    parser.add_argument("-c", "--columns", type=int, default=shutil.get_terminal_size().columns)
    parser.add_argument("-d", "--device", type=device, help="number or part of its name")
    parser.add_argument("-g", "--gain", type=float, default=10, help="first gain")
    parser.add_argument("-r", "--range", type=float, nargs=2, default=[100, 2000], help="in Hz")
    args = parser.parse_args()
    if args.range[1] <= args.range[0] or args.columns < 2:
        parser.error("the range must go up, and there must be at least 2 columns")
    try:
        asyncio.run(main(args))
    except KeyboardInterrupt:
        sys.exit("Interrupted by user")
    except (sd.AudioError, ValueError) as error:
        sys.exit(str(error))
