"""The input that a command listens to, as its options say."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from ..aio.devices import query_devices
from ..aio.input import InputStream
from . import options

MOST = 2
"""Channels by default: sound servers offer 32 to 128, of which few carry a signal."""


@dataclass(frozen=True)
class Source:
    """What the options ask for."""

    device: Any = None
    channels: int | None = None
    samplerate: float | None = None
    latency: Any = None

    @classmethod
    def asked(
        cls,
        device: str | None,
        channels: int | None,
        samplerate: float | None,
        latency: str | None = None,
    ) -> Source:
        """Take the options as they were typed."""
        return cls(options.device(device), channels, samplerate, options.latency(latency))

    @contextlib.asynccontextmanager
    async def listen(self, most: int = MOST) -> AsyncIterator[tuple[InputStream, str]]:
        """Open it; gives the stream and a line about it."""
        channels = self.channels
        info = await query_devices(self.device, "input")
        if channels is None:
            channels = min(info["max_input_channels"], most)
        stream = InputStream(
            self.samplerate, device=self.device, channels=channels, latency=self.latency
        )
        async with stream:
            count = f"{stream.channels} channel{'' if stream.channels == 1 else 's'}"
            yield stream, f"{info['name']} · {stream.samplerate:g} Hz · {count}"
