#!/usr/bin/env python3
"""Say when somebody spoke, show the level, and record: three readers of one microphone.

    python speech_detector.py heard.wav
    python speech_detector.py heard.wav --virtual    without hardware: loud every other second

Each has its own queue; none waits for another. Needs only aiosounddevice. Ctrl+C ends it.
"""

import asyncio
import sys
import wave
from argparse import ArgumentParser, Namespace, RawTextHelpFormatter

import numpy as np

import aiosounddevice as sd

RATE = 16000


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


def decibels(block: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(block / 32768))) + 1e-6))


async def detect(mic: sd.InputStream) -> None:
    """Print from when to when there was speech: what is 12 dB louder than the background."""
    background, begin, end = 0.0, None, 0.0
    async with mic.subscribe() as reader:
        async for block in reader.blocks(320):
            level, time = decibels(block), reader.info.frame / RATE
            background = max(-60, min(level, background + 0.02))  # rises by a decibel a second
            if level > background + 12:
                begin, end = time if begin is None else begin, time + 0.02
            elif begin is not None and time > end + 0.3:
                print(f"\rspeech from {begin:.2f} to {end:.2f} s".ljust(60), flush=True)
                begin = None


async def show(mic: sd.InputStream) -> None:
    async with mic.subscribe(buffer=0.2) as reader:  # of old sound nobody wants to know
        async for block in reader.blocks(RATE // 20):
            print(f"\r{'#' * round(60 + decibels(block)):60}", end="", flush=True)


async def record(mic: sd.InputStream, filename: str) -> None:
    """Write everything to a file, however slow the disk is at times; a gap is an error."""
    with open(filename, "wb") as raw, wave.open(raw, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        async with mic.subscribe(buffer=30, overflow="raise") as reader:
            async for block in reader:
                file.writeframes(block.tobytes())


async def main(args: Namespace) -> None:
    async with sd.InputStream(RATE, device=args.device, channels=1, dtype="int16") as mic:
        await asyncio.gather(detect(mic), show(mic), record(mic, args.filename))


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("filename", help="WAV file to write")
    parser.add_argument("-d", "--device", type=device, help="number or part of its name")
    parser.add_argument("--virtual", action="store_true", help="hear a virtual noise")
    args = parser.parse_args()
    if args.virtual:
        sd.virtual.use().microphone.feed(np.repeat([0, 0.3], RATE), loop=True)
        sd.default.device = "microphone", "speaker"
    try:
        asyncio.run(main(args))
    except KeyboardInterrupt:
        print()
    except (sd.AudioError, OSError) as error:
        sys.exit(str(error))
