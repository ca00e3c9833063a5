"""Libraries that block, each stream in a thread that hands blocks to the event loop.

The thread also opens and closes its stream, so that the loop need not wait for the device.
"""

from __future__ import annotations

import asyncio
import queue as queues
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any

import numpy as np

from ..sound import CHANNELS, CHUNK, MICROPHONE, RATE, SPEAKER

HIGH = 512
"""Frames of the card's block at high latency, for libraries that have no 'the host decides'."""


class Threaded:
    """What does not depend on which library blocks."""

    reading: Callable[[int, str], AbstractContextManager[Callable[[int], Any]]]
    writing: Callable[[int], AbstractContextManager[Callable[[np.ndarray], Any]]]

    @asynccontextmanager
    async def capture(self, block: int, frames: int, latency: str) -> AsyncIterator[Any]:
        loop, queue, stop = asyncio.get_running_loop(), asyncio.Queue(), threading.Event()

        def pump() -> None:
            with self.reading(block, latency) as read:
                while not stop.is_set():
                    loop.call_soon_threadsafe(queue.put_nowait, read(frames))

        thread = threading.Thread(target=pump)
        thread.start()
        try:
            yield _received(queue)
        finally:
            stop.set()
            await asyncio.to_thread(thread.join)

    async def play_blocks(self, sound: np.ndarray, block: int) -> None:
        queue: queues.SimpleQueue[np.ndarray] = queues.SimpleQueue()
        chunks = range(0, len(sound), CHUNK)
        for start in chunks:
            queue.put(sound[start : start + CHUNK])

        def pump() -> None:
            with self.writing(block) as write:
                for _ in chunks:
                    write(queue.get())

        await asyncio.to_thread(pump)


async def _received(queue: asyncio.Queue) -> AsyncIterator[Any]:
    while True:
        yield await queue.get()


class SoundDevice(Threaded):
    """python-sounddevice, blocking."""

    def __init__(self) -> None:
        import sounddevice

        self._sd = sounddevice

    @contextmanager
    def reading(self, block: int, latency: str) -> Iterator[Callable[[int], np.ndarray]]:
        with self._sd.InputStream(RATE, block, MICROPHONE, CHANNELS, latency=latency) as stream:
            yield lambda frames: stream.read(frames)[0]

    @contextmanager
    def writing(self, block: int) -> Iterator[Callable[[np.ndarray], Any]]:
        with self._sd.OutputStream(RATE, block, SPEAKER, CHANNELS, latency="low") as stream:
            yield stream.write


class PyAudio(Threaded):
    """PyAudio, blocking. Its latency is always the device's low one."""

    def __init__(self) -> None:
        import pyaudio

        self._audio = pyaudio.PyAudio()
        self._format = {"rate": RATE, "channels": CHANNELS, "format": pyaudio.paFloat32}

    @contextmanager
    def _opened(self, **options: Any) -> Iterator[Any]:
        stream = self._audio.open(**self._format, **options)
        try:
            yield stream
        finally:
            stream.stop_stream()
            stream.close()

    @contextmanager
    def reading(self, block: int, latency: str) -> Iterator[Callable[[int], bytes]]:
        with self._opened(
            input=True, input_device_index=MICROPHONE, frames_per_buffer=block
        ) as stream:
            yield lambda frames: stream.read(frames, exception_on_overflow=False)

    @contextmanager
    def writing(self, block: int) -> Iterator[Callable[[np.ndarray], Any]]:
        with self._opened(
            output=True, output_device_index=SPEAKER, frames_per_buffer=block
        ) as stream:
            yield lambda sound: stream.write(sound.tobytes())

    def play(self, sound: np.ndarray) -> None:
        with self.writing(HIGH) as write:
            write(sound)

    def record(self, frames: int) -> bytes:
        with self.reading(HIGH, "low") as read:
            return read(frames)
