"""A voice recorder: begins with the first loud block, ends after a pause, writes a WAV file.

python recorder.py memo.wav
"""

from __future__ import annotations

import argparse
import asyncio
import wave
from collections import deque
from pathlib import Path

import numpy as np

import aiosounddevice as sd

RATE = 16000
BLOCK = 160  # 10 ms


class Recorder:
    """Records one memo.

    Parameters
    ----------
    threshold
        Peak, of full scale 1, from which a block is loud.
    pause
        Seconds without a loud block after which the memo is over.
    lead
        Seconds before the first loud block that belong to it.
    limit
        Seconds after which it is over anyway.

    Attributes
    ----------
    gaps : int
        Places where sound is missing, because the computer was busy.
    """

    def __init__(
        self,
        *,
        threshold: float = 0.05,
        pause: float = 1.0,
        lead: float = 0.1,
        limit: float = 60.0,
    ) -> None:
        self.threshold = threshold
        self.pause = round(pause * RATE)
        self.limit = round(limit * RATE)
        self.blocks: deque[np.ndarray] = deque(maxlen=max(1, round(lead * RATE) // BLOCK))
        self.gaps = 0
        self.begun = False
        self.quiet = 0

    def hear(self, block: np.ndarray) -> bool:
        """Take a block; returns whether the memo is over."""
        loud = np.abs(block).max(initial=0) >= self.threshold
        if loud and not self.begun:
            self.begun = True
            self.blocks = deque(self.blocks)  # from now on all are kept
        self.blocks.append(block)
        self.quiet = 0 if loud else self.quiet + len(block)
        return self.begun and self.quiet >= self.pause

    def memo(self) -> np.ndarray:
        """Everything from shortly before the first loud block, without the pause at the end."""
        if not self.begun:
            return np.zeros((0, 1), "float32")
        data = np.concatenate(self.blocks)
        return data[: len(data) - self.quiet]


async def record(recorder: Recorder, device: str | int | None = None) -> np.ndarray:
    """Record a memo; when the device goes away in the middle, what there is of it."""
    try:
        async with sd.InputStream(RATE, BLOCK, device=device, channels=1) as mic:
            async for block in mic:
                if mic.info.lost or mic.info.flags.input_overflow:
                    recorder.gaps += 1
                if recorder.hear(block):
                    break
                if mic.info.frame + len(block) >= recorder.limit:
                    break
    except sd.DeviceLost as error:
        print(f"The microphone went away: {error}")
    return recorder.memo()


def save(path: Path, data: np.ndarray) -> None:
    """Write samples as a WAV file with 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((data.clip(-1, 1) * 32767).astype("<i2").tobytes())


def main() -> None:
    """Record a memo from the default microphone."""
    parser = argparse.ArgumentParser(description="Record a voice memo.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--device", help="number or part of the name")
    arguments = parser.parse_args()
    print("Speak!")
    recorder = Recorder()
    data = asyncio.run(record(recorder, arguments.device))
    save(arguments.file, data)
    print(f"{len(data) / RATE:.1f} s, with {recorder.gaps} gaps")


if __name__ == "__main__":
    main()
