"""python-sounddevice with the way to asyncio that its documentation shows."""

from __future__ import annotations

import asyncio
import queue as queues
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import sounddevice

from ..sound import CHANNELS, MICROPHONE, RATE, SPEAKER


class Recipe:
    """A Python callback that hands copies of blocks to an `asyncio.Queue`."""

    @asynccontextmanager
    async def capture(self, block: int, frames: int, latency: str) -> AsyncIterator[Any]:
        loop, queue = asyncio.get_running_loop(), asyncio.Queue()

        def callback(indata, count, time, status):  # type: ignore[no-untyped-def]
            loop.call_soon_threadsafe(queue.put_nowait, (indata.copy(), status))

        with sounddevice.InputStream(
            RATE, block, MICROPHONE, CHANNELS, latency=latency, callback=callback
        ):
            yield _blocks(queue) if frames == block else _pieces(queue, frames // block)

    async def play_blocks(self, sound: np.ndarray, block: int) -> None:
        queue: queues.SimpleQueue[np.ndarray] = queues.SimpleQueue()
        for start in range(0, len(sound), block):
            queue.put(sound[start : start + block])
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def callback(outdata, count, time, status):  # type: ignore[no-untyped-def]
            try:
                outdata[:] = queue.get_nowait()
            except (queues.Empty, ValueError):
                outdata.fill(0)
                loop.call_soon_threadsafe(done.set)

        with sounddevice.OutputStream(
            RATE, block, SPEAKER, CHANNELS, latency="low", callback=callback
        ):
            await done.wait()

    def play(self, sound: np.ndarray) -> None:
        sounddevice.play(sound, RATE, device=SPEAKER)
        sounddevice.wait()

    def record(self, frames: int) -> np.ndarray:
        take = sounddevice.rec(frames, RATE, CHANNELS, device=MICROPHONE)
        sounddevice.wait()
        return take


async def _blocks(queue: asyncio.Queue) -> AsyncIterator[np.ndarray]:
    while True:
        block, _ = await queue.get()
        yield block


async def _pieces(queue: asyncio.Queue, count: int) -> AsyncIterator[np.ndarray]:
    while True:
        yield np.concatenate([(await queue.get())[0] for _ in range(count)])
