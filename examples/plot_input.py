#!/usr/bin/env python3
"""Plot live input with matplotlib, until the window is closed."""

import argparse
import asyncio
import sys

import anyio
import matplotlib.pyplot as plt
import numpy as np

import aiosounddevice as sd


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def main(args: argparse.Namespace) -> None:
    if args.list_devices:
        print(await sd.query_devices())
        return
    async with sd.InputStream(
        args.samplerate, args.blocksize, args.device, channels=args.channels
    ) as microphone:
        frames = int(args.window / 1000 * microphone.samplerate / args.downsample)
        window = np.zeros((frames, len(args.channels)))
        figure, axes = plt.subplots()
        lines = axes.plot(window, label=[f"channel {number}" for number in args.channels])
        if len(lines) > 1:
            axes.legend(loc="lower left")
        axes.axis((0, frames, -1, 1))
        axes.set_xticks([])
        axes.set_yticks([0], labels=[""])
        axes.grid(axis="y")
        figure.tight_layout(pad=0)
        plt.show(block=False)

        drawn = anyio.current_time()
        async for block in microphone:
            if microphone.info.flags:
                print(microphone.info.flags, file=sys.stderr)
            window = np.concatenate([window, block[:: args.downsample]])[-frames:]
            if anyio.current_time() - drawn < args.interval / 1000:
                continue
            for line, samples in zip(lines, window.T, strict=True):
                line.set_ydata(samples)
            figure.canvas.draw()
            figure.canvas.flush_events()
            drawn = anyio.current_time()
            if not plt.fignum_exists(figure.number):
                break


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-l", "--list-devices", action="store_true", help="list them and exit")
    parser.add_argument("-d", "--device", type=device, help="number or part of its name")
    parser.add_argument("-w", "--window", type=float, default=200, help="visible time in ms")
    parser.add_argument("-i", "--interval", type=float, default=30, help="between frames in ms")
    parser.add_argument("-b", "--blocksize", type=int, help="frames of a block")
    parser.add_argument("-r", "--samplerate", type=float, help="sample rate in hertz")
    parser.add_argument("-n", "--downsample", type=int, default=10, help="show each Nth sample")
    parser.add_argument("channels", type=int, default=[1], nargs="*", help="channels from 1")
    args = parser.parse_args()
    try:
        asyncio.run(main(args))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted by user")
    except (sd.AudioError, ValueError) as error:
        sys.exit(str(error))
