#!/usr/bin/env python3
"""Measure how a room sounds: play a sweep, record it, compute the impulse response.

    python impulse_response.py room.wav room.png

Needs five seconds of quiet, soundfile and matplotlib (pip install soundfile matplotlib).
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace, RawTextHelpFormatter

import numpy as np

import aiosounddevice as sd

try:
    import matplotlib.pyplot as plt
    import soundfile
except ImportError as error:
    sys.exit(f"{error.name} is missing: pip install soundfile matplotlib")

RATE = 48000


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


def sweep(seconds: float, low: float = 20) -> np.ndarray:
    """Return a sine that rises by the same number of octaves each second, to half the rate."""
    time = np.arange(round(seconds * RATE)) / RATE
    growth = np.log(RATE / 2 / low) / seconds
    fade = np.minimum(1, 100 * np.minimum(time, time[::-1]))
    return 0.5 * fade * np.sin(2 * np.pi * low * np.expm1(growth * time) / growth)


def deconvolve(heard: np.ndarray, played: np.ndarray) -> np.ndarray:
    """Return what `played` was convolved with to become `heard`."""
    size = 2 * len(played)  # zeros behind, so that the end does not come round to the beginning
    source = np.fft.rfft(played, size)
    power = np.abs(source) ** 2 + 30  # where next to nothing was played there is only noise
    return np.fft.irfft(np.fft.rfft(heard, size) * source.conj() / power)[: len(heard)]


async def main(args: Namespace) -> None:
    devices, tail = (args.input_device, args.output_device), round(args.tail * RATE)
    signal = np.append(sweep(3), np.zeros(tail))
    heard = await sd.playrec(signal, RATE, channels=1, device=devices, overflow="raise")
    peak = np.abs(heard).max()
    if not 0.001 < peak < 0.99:
        sys.exit(f"the recording's peak is {peak:.4f}; turn it to between 0.001 and 0.99")
    response = deconvolve(heard[:, 0], signal)[:tail]
    with open(args.filename, "wb") as file:
        soundfile.write(file, response, RATE, "FLOAT", format="WAV")
    direct = int(np.abs(response).argmax())
    print(f"direct sound after {direct} frames ({1000 * direct / RATE:.2f} ms, with the latency)")
    figure, axes = plt.subplots()
    decibels = 20 * np.log10(np.abs(response / response[direct]) + 1e-9)
    axes.plot((np.arange(tail) - direct) / RATE, decibels)
    axes.set(xlabel="seconds after the direct sound", ylabel="dB", ylim=(-80, 5))
    figure.savefig(args.picture)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("filename", help="WAV file to write")
    parser.add_argument("picture", help="PNG, SVG or PDF file to write")
    parser.add_argument("-i", "--input-device", type=device, help="number or part of its name")
    parser.add_argument("-o", "--output-device", type=device, help="the same")
    parser.add_argument("-t", "--tail", type=float, default=2, help="longest reverberation, s")
    args = parser.parse_args()
    try:
        asyncio.run(main(args))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted by user")
    except (sd.AudioError, ValueError, OSError) as error:
        sys.exit(str(error))
