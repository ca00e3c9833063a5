#!/usr/bin/env python3
"""Let an assistant speak that falls silent when you do, and knows which of its words you heard.

    python barge_in.py --virtual    without hardware: somebody interrupts after 1.4 seconds

The speech service is a stub that beeps. Needs headphones, and nothing else. Ctrl+C ends it.
"""

import asyncio
import sys
from argparse import ArgumentParser, RawTextHelpFormatter
from collections.abc import AsyncIterator

import numpy as np

import aiosounddevice as sd

RATE = 24000
BEEP = 0.3 * np.sin(np.arange(round(0.3 * RATE)) / 10 + 1).astype(np.float32)
ANSWERS = ["tomorrow it will rain from six in the morning until noon", "take an umbrella"]


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def synthesize(words: list[str]) -> AsyncIterator[np.ndarray]:
    """Yield the sound of each word, as a speech service does: faster than they are spoken."""
    for _ in words:
        yield BEEP


async def answer(words: list[str], microphone: sd.InputStream, speaker: sd.OutputStream) -> int:
    """Speak to the end, or until somebody interrupts; return how many words were heard."""
    before = speaker.frames_played

    async def speak() -> None:
        await speaker.write_from(synthesize(words))
        await speaker.drain()

    speaking = asyncio.create_task(speak())
    try:
        async for block in microphone:
            if speaking.done() or np.abs(block).max() > 0.1:  # a better ear would know speech
                break
    finally:
        speaking.cancel()
    await speaker.clear()  # what is queued is not played any more,
    await speaker.drain()  # but what the device has taken is still heard
    return (speaker.frames_played - before) // len(BEEP)


async def main(device: int | str | None) -> None:
    async with (
        sd.InputStream(RATE, device=device, channels=1) as microphone,
        sd.OutputStream(RATE, device=device, channels=1, buffer=60) as speaker,
    ):
        for words in map(str.split, ANSWERS):
            heard = await answer(words, microphone, speaker)
            print("assistant:", *words[:heard], *["[interrupted]"] * (heard < len(words)))
            while np.abs(await microphone.read(RATE // 2)).max() > 0.1:
                pass  # let them finish


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("-d", "--device", type=device, help="a headset: number or part of its name")
    parser.add_argument("--virtual", action="store_true", help="hear a virtual voice")
    args = parser.parse_args()
    if args.virtual:
        sd.virtual.use().microphone.feed(np.repeat([0, 0.5], [round(1.4 * RATE), RATE]))
        sd.default.device = "microphone", "speaker"
    try:
        asyncio.run(main(args.device))
    except KeyboardInterrupt:
        print()
    except sd.AudioError as error:
        sys.exit(str(error))
