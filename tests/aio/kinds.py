"""The same streams in three forms, so that one program tries them all.

Raw streams take and give arrays here, and a subscription comes with the stream it belongs to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import numpy as np

import aiosounddevice as sd

from .helpers import RATE

FORM: ContextVar[str] = ContextVar("form", default="plain")
"""``"plain"``, ``"raw"``, ``"subscribed"`` or ``"raw subscribed"``."""


def _array(data: Any) -> np.ndarray:
    return np.frombuffer(data, np.float32).reshape(-1, 1)


class _RawMic(sd.RawInputStream):
    async def receive(self) -> Any:
        return _array(await super().receive())

    async def read(self, frames: int) -> Any:
        return _array(await super().read(frames))

    async def __anext__(self) -> Any:
        return _array(await super().__anext__())


class _RawSpeaker(sd.RawOutputStream):
    async def write(self, data: Any) -> int:
        return await super().write(data.tobytes())

    async def send(self, item: Any) -> None:
        await super().send(item)

    async def write_from(self, chunks: AsyncIterator[Any]) -> int:
        return await super().write_from(chunks)


class _RawWire(sd.RawStream):
    async def __anext__(self) -> Any:
        indata, outdata = await super().__anext__()
        return _array(indata), _array(outdata)


class Subscription:
    """A subscription and its parent, with the life of one stream."""

    def __init__(self, **options: Any) -> None:
        raw = FORM.get().startswith("raw")
        self.raw = raw
        self.parent: Any = (sd.RawInputStream if raw else sd.InputStream)(
            options.pop("samplerate"),
            options.pop("blocksize"),
            options.pop("device"),
            options.pop("channels"),
        )
        self._second = self.parent.subscribe(**options)

    async def prepare(self) -> None:
        await self.parent.start()

    async def finish(self) -> None:
        await self.parent.aclose()

    async def __aenter__(self) -> Subscription:
        await self.prepare()
        await self._second.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._second.__aexit__(*error)
        await self.finish()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._second, name)

    async def receive(self) -> np.ndarray:
        block = await self._second.receive()
        return _array(block) if self.raw else block

    async def read(self, frames: int) -> np.ndarray:
        block = await self._second.read(frames)
        return _array(block) if self.raw else block

    async def __anext__(self) -> np.ndarray:
        block = await self._second.__anext__()
        return _array(block) if self.raw else block


def mic(**options: Any) -> Any:
    """A microphone's stream, in the present form."""
    options = {"samplerate": RATE, "blocksize": 64, "device": "microphone", "channels": 1} | options
    if FORM.get().endswith("subscribed"):
        return Subscription(**options)
    return (_RawMic if FORM.get() == "raw" else sd.InputStream)(**options)


def speaker(**options: Any) -> Any:
    """A speaker's stream, in the present form."""
    options = {"samplerate": RATE, "blocksize": 64, "device": "speaker", "channels": 1} | options
    return (_RawSpeaker if FORM.get() == "raw" else sd.OutputStream)(**options)


def wire(**options: Any) -> Any:
    """The loopback's stream, in the present form."""
    options = {"samplerate": RATE, "blocksize": 64, "channels": 1} | options
    return (_RawWire if FORM.get() == "raw" else sd.Stream)(**options)
