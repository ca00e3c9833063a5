#!/usr/bin/env python3
"""Play a sound file of any length: `write` waits while the buffer is full. Needs soundfile."""

import argparse
import asyncio
import sys

import soundfile

import aiosounddevice as sd


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def main(filename: str, device: int | str | None, blocksize: int, buffersize: int) -> None:
    with soundfile.SoundFile(filename) as file:
        async with sd.OutputStream(
            file.samplerate,
            device=device,
            channels=file.channels,
            buffer=blocksize * buffersize / file.samplerate,
        ) as speaker:
            for block in file.blocks(blocksize, dtype="float32", always_2d=True):
                if await speaker.write(block):
                    print("Output underflow: a larger buffersize may help", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("filename", help="sound file to play")
    parser.add_argument("-d", "--device", type=device, help="number or part of its name")
    parser.add_argument("-b", "--blocksize", type=int, default=2048, help="frames read at a time")
    parser.add_argument("-q", "--buffersize", type=int, default=20, help="blocks in the buffer")
    args = parser.parse_args()
    if args.blocksize < 1 or args.buffersize < 1:
        parser.error("blocksize and buffersize must be at least 1")
    try:
        asyncio.run(main(args.filename, args.device, args.blocksize, args.buffersize))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted by user")
    except (sd.AudioError, soundfile.SoundFileError) as error:
        sys.exit(str(error))
