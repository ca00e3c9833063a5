"""This library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

import aiosounddevice as sd

from ..sound import CHANNELS, CHUNK, RATE


class Here:
    """aiosounddevice, as its README uses it."""

    def __init__(self) -> None:
        sd.virtual.use()

    @asynccontextmanager
    async def capture(self, block: int, frames: int, latency: str) -> AsyncIterator[Any]:
        device = "microphone"
        async with sd.InputStream(RATE, block, device, CHANNELS, latency=latency) as stream:
            yield stream if frames == block else _pieces(stream, frames)

    async def play_blocks(self, sound: np.ndarray, block: int) -> None:
        async with sd.OutputStream(RATE, block, "speaker", CHANNELS, latency="low") as stream:
            for start in range(0, len(sound), CHUNK):
                await stream.write(sound[start : start + CHUNK])

    async def play(self, sound: np.ndarray) -> None:
        await sd.play(sound, RATE, device="speaker")

    async def record(self, frames: int) -> np.ndarray:
        return await sd.rec(frames, RATE, CHANNELS, device="microphone")


async def _pieces(stream: sd.InputStream, frames: int) -> AsyncIterator[np.ndarray]:
    while True:
        yield await stream.read(frames)
