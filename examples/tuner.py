#!/usr/bin/env python3
"""Tune an instrument: show the note that the microphone hears, and how far off it is.

    python tuner.py
    python tuner.py --virtual    without hardware: a virtual guitar, its A string 20 cents flat

Needs nothing but aiosounddevice. Ctrl+C ends it.
"""

import asyncio
import math
import sys
from argparse import ArgumentParser, RawTextHelpFormatter

import numpy as np

import aiosounddevice as sd

NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
WINDOW = 4096  # frames: seven periods of a guitar's lowest string at 48 kHz


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


def pitch(sound: np.ndarray, samplerate: float) -> float | None:
    """Return the fundamental frequency in hertz: McLeod's method, in float64."""
    power = np.abs(np.fft.rfft(sound, 2 * len(sound))) ** 2
    energy = np.cumsum(np.square(sound, dtype=float))
    half = len(sound) // 2
    both = energy[: half - 1 : -1] + energy[-1] - np.append(0, energy[: half - 1])
    likeness = 2 * np.fft.irfft(power)[:half] / (both + 1e-9)  # 1: the same after that many frames
    peaks = 1 + np.flatnonzero((likeness[1:-1] > likeness[:-2]) & (likeness[1:-1] >= likeness[2:]))
    high = peaks[likeness[peaks] > 0.9]
    if not len(high) or energy[-1] < 1e-6 * len(sound):  # no tone, or below -60 dB
        return None
    left, top, right = likeness[high[0] - 1 : high[0] + 2]
    period = high[0] + (left - right) / (left - 2 * top + right) / 2  # a parabola's vertex
    return float(samplerate / period)


def describe(frequency: float) -> str:
    """Return the nearest note, the distance in cents, and a needle."""
    exact = 69 + 12 * math.log2(frequency / 440)
    note = round(exact)
    cents = round(100 * (exact - note))
    scale = list("----------|----------")
    scale[10 + round(cents / 5)] = "#"
    return f"{NAMES[note % 12] + str(note // 12 - 1):3} {cents:+3} cents  {''.join(scale)}"


async def main(device: int | str | None) -> None:
    async with sd.InputStream(device=device, channels=1) as microphone:
        async for block in microphone.blocks(WINDOW, overlap=WINDOW // 2):
            frequency = pitch(block[:, 0], microphone.samplerate)
            if frequency is not None:
                print(f"\r{frequency:7.1f} Hz  {describe(frequency)}", end="", flush=True)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("-d", "--device", type=device, help="number or part of its name")
    parser.add_argument("--virtual", action="store_true", help="hear a virtual guitar")
    args = parser.parse_args()
    if args.virtual:
        phase = 2 * np.pi * 110 * 2 ** (-20 / 1200) * np.arange(48000 * 60) / 48000
        string = sum(0.2 / n * np.sin(n * phase) for n in range(1, 6))
        sd.virtual.use().microphone.feed(string, loop=True)
        sd.default.device = "microphone", "speaker"
    try:
        asyncio.run(main(args.device))
    except KeyboardInterrupt:
        print()
    except sd.AudioError as error:
        sys.exit(str(error))
