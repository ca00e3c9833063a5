"""listentome. Its latency is always the device's low one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import listentome
import numpy as np

from ..sound import CHANNELS, MICROPHONE, RATE, SPEAKER
from .threads import HIGH

FORMAT = {"samplerate": RATE, "channels": CHANNELS, "dtype": "float32"}


class Listening:
    """listentome, as its README uses it."""

    @asynccontextmanager
    async def capture(self, block: int, frames: int, latency: str) -> AsyncIterator[Any]:
        async with listentome.InputStream(**FORMAT, blocksize=block, device=MICROPHONE) as stream:
            yield stream if frames == block else _pieces(stream, frames // block)

    async def play_blocks(self, sound: np.ndarray, block: int) -> None:
        # Its write() returns when all has been taken, so that nothing is queued between two: it
        # gets the whole sound at once.
        async with listentome.OutputStream(**FORMAT, blocksize=block, device=SPEAKER) as stream:
            await stream.write(sound.tobytes())

    async def play(self, sound: np.ndarray) -> None:
        await self.play_blocks(sound, HIGH)

    async def record(self, frames: int) -> bytes:
        taken = bytearray()
        async with listentome.InputStream(**FORMAT, blocksize=HIGH, device=MICROPHONE) as stream:
            while len(taken) < frames * CHANNELS * 4:
                taken += await stream.read()
        return bytes(taken[: frames * CHANNELS * 4])


async def _pieces(stream: listentome.InputStream, count: int) -> AsyncIterator[bytes]:
    while True:
        yield b"".join([await stream.read() for _ in range(count)])
