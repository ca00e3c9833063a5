#!/usr/bin/env python3
"""Beat time: clicks that are exact to the sample, for as long as you play.

    python metronome.py 120
    python metronome.py 95 --beats 3    waltz time; 0: all clicks sound the same

Frames are counted, not seconds waited for: beat n begins at frame n * 60 / tempo * samplerate,
rounded, so nothing adds up. Needs nothing but aiosounddevice. Ctrl+C ends it.
"""

import asyncio
import itertools
import sys
from argparse import ArgumentParser, RawTextHelpFormatter

import numpy as np

import aiosounddevice as sd


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


def click(frequency: float, samplerate: float) -> np.ndarray:
    """Return 30 ms of a woodblock, or something like it."""
    time = np.arange(round(0.03 * samplerate)) / samplerate
    return (0.8 * np.exp(-150 * time) * np.cos(2 * np.pi * frequency * time)).astype(np.float32)


async def main(tempo: float, beats: int, device: int | str | None) -> None:
    async with sd.OutputStream(device=device, channels=1) as speaker:
        rate = speaker.samplerate
        strong, weak = click(1600, rate), click(1000, rate)
        for beat in itertools.count():
            begin, end = round(beat * 60 / tempo * rate), round((beat + 1) * 60 / tempo * rate)
            sound = strong if beats and beat % beats == 0 else weak
            silence = np.zeros(end - begin - len(sound), np.float32)
            # Waits while the queue is full, so this loop runs one second ahead of the sound.
            late = await speaker.write(np.concatenate([sound, silence]))
            if late:
                print(f"the computer was too busy: {late} frames late", file=sys.stderr)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("tempo", type=float, help="beats per minute, 1 to 600")
    parser.add_argument("-b", "--beats", type=int, default=4, help="beats of a bar")
    parser.add_argument("-d", "--device", type=device, help="number or part of its name")
    args = parser.parse_args()
    if not 1 <= args.tempo <= 600:
        parser.error("the tempo must be from 1 to 600")
    try:
        asyncio.run(main(args.tempo, args.beats, args.device))
    except KeyboardInterrupt:
        print()
    except sd.AudioError as error:
        sys.exit(str(error))
