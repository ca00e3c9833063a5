#!/usr/bin/env python3
"""Plot live input with matplotlib."""

import argparse
import queue
import sys


def device(text):
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("-l", "--list-devices", action="store_true", help="list the devices and exit")
parser.add_argument("-d", "--device", type=device, help="input device: number or part of its name")
parser.add_argument(
    "-w", "--window", type=float, default=200, metavar="MS", help="visible time (%(default)s ms)"
)
parser.add_argument(
    "-i", "--interval", type=float, default=30, metavar="MS", help="between frames (%(default)s ms)"
)
parser.add_argument("-b", "--blocksize", type=int, help="frames of a block")
parser.add_argument("-r", "--samplerate", type=float, help="sample rate in hertz")
parser.add_argument(
    "-n", "--downsample", type=int, default=10, metavar="N", help="show each Nth (%(default)s)"
)
parser.add_argument(
    "channels", type=int, default=[1], nargs="*", metavar="CHANNEL", help="from 1 (the first)"
)
args = parser.parse_args()
if min(args.channels) < 1:
    parser.error("argument CHANNEL: must be >= 1")
if args.downsample < 1:
    parser.error("argument -n: must be >= 1")

columns = [number - 1 for number in args.channels]
blocks = queue.Queue()


def callback(indata, frames, time, status):
    """Hand a copy of the block over; runs on PortAudio's thread."""
    if status:
        print(status, file=sys.stderr)
    blocks.put(indata[:: args.downsample, columns])  # a list as index makes it a copy


def update(frame):
    """Move the curves by what has come in since the last time."""
    global window
    try:
        while True:
            window = np.concatenate([window, blocks.get_nowait()])[-len(window) :]
    except queue.Empty:
        pass
    for line, column in zip(lines, window.T, strict=True):
        line.set_ydata(column)
    return lines


try:
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.animation import FuncAnimation

    import aiosounddevice.compat as sd

    if args.list_devices:
        print(sd.query_devices())
        sys.exit(0)
    if args.samplerate is None:
        args.samplerate = sd.query_devices(args.device, "input")["default_samplerate"]

    frames = int(args.window / 1000 * args.samplerate / args.downsample)
    window = np.zeros((frames, len(columns)))
    figure, axes = plt.subplots()
    lines = axes.plot(window)
    if len(columns) > 1:
        axes.legend([f"channel {number}" for number in args.channels], loc="lower left")
    axes.axis((0, frames, -1, 1))
    axes.set_xticks([])
    axes.set_yticks([0], labels=[""])
    axes.grid(axis="y")
    figure.tight_layout(pad=0)

    stream = sd.InputStream(
        device=args.device,
        channels=max(args.channels),
        samplerate=args.samplerate,
        blocksize=args.blocksize,
        callback=callback,
    )
    animation = FuncAnimation(
        figure, update, interval=args.interval, blit=True, cache_frame_data=False
    )
    with stream:
        plt.show()
except KeyboardInterrupt:
    sys.exit("\nInterrupted by user")
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
