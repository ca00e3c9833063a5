#!/usr/bin/env python3
"""Play a sound file that fits into memory. Needs soundfile."""

import argparse
import asyncio
import sys

import soundfile

import aiosounddevice as sd


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def main(filename: str, device: int | str | None) -> None:
    samples, samplerate = soundfile.read(filename, dtype="float32")
    trouble = await sd.play(samples, samplerate, device=device)
    if trouble:
        sys.exit(f"Error during playback: {trouble}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("filename", help="sound file to play")
    parser.add_argument("-d", "--device", type=device, help="number or part of its name")
    args = parser.parse_args()
    try:
        asyncio.run(main(args.filename, args.device))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted by user")
    except (sd.AudioError, soundfile.SoundFileError) as error:
        sys.exit(str(error))
