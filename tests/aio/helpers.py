"""What the tests of the async room share: tasks beside the test, ramps, a device that dies."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import numpy as np
from anyio.abc import TaskGroup

from aiosounddevice.core import control
from aiosounddevice.core._kernel import lib

LONG = 30.0  # seconds; only a broken build waits that long
RATE = 48000


class Beside:
    """A task beside the test, with its outcome."""

    def __init__(
        self, tasks: TaskGroup, function: Callable[..., Awaitable[Any]], *args: Any
    ) -> None:
        self.scope = anyio.CancelScope()
        self.value: Any = None
        self.error: Exception | None = None
        self.cancelled = False
        self._over = anyio.Event()
        self._call = function, args
        tasks.start_soon(self._run)

    async def _run(self) -> None:
        function, args = self._call
        try:
            with self.scope:
                self.value = await function(*args)
        except Exception as error:
            self.error = error
        self.cancelled = self.scope.cancelled_caught
        self._over.set()

    @property
    def over(self) -> bool:
        """Whether it has returned or raised."""
        return self._over.is_set()

    async def result(self) -> Any:
        """Wait for it; what it returned, or raised."""
        with anyio.fail_after(LONG):
            await self._over.wait()
        if self.error is not None:
            raise self.error
        return self.value

    async def cancel(self) -> None:
        """Cancel it, and wait until it is gone."""
        self.scope.cancel()
        with anyio.fail_after(LONG):
            await self._over.wait()


async def settle() -> None:
    """Let every task that can run do so, without card time."""
    for _ in range(10):
        await anyio.lowlevel.checkpoint()


async def opened() -> None:
    """Until streams that other tasks are starting run, and those tasks wait for them."""
    await settle()
    assert control.wait_idle(LONG)
    await settle()


def late_calls_are_over() -> None:
    """Wait for control threads that were given up in a call, and that have been let go."""
    present = control.call(threading.get_ident)
    for thread in threading.enumerate():
        if thread.name == "aiosounddevice control" and thread.ident != present:
            thread.join(LONG)


def numbers(samples: np.ndarray) -> np.ndarray:
    """Frame numbers that the microphone's ramp tells, from the first channel."""
    column = samples if samples.ndim == 1 else samples[:, 0]
    return np.round(column.astype(np.float64) * 2**23).astype(int)


def ramp(frames: int, channels: int = 1, dtype: str = "float32", start: int = 1) -> np.ndarray:
    """Samples of which no two are alike (as far as the dtype goes), exact on any device."""
    values = np.arange(start, start + frames)[:, None] + 1000 * np.arange(channels)[None, :]
    if dtype.startswith("float"):
        return (values / 2**15).astype(dtype)
    if dtype == "uint8":
        return (values % 120 + 129).astype(dtype)
    return (values % {"int8": 120, "int16": 30000, "int32": 2**30}[dtype] + 1).astype(dtype)


def as_float(samples: np.ndarray) -> np.ndarray:
    """Integers as the card's floats: full scale is 1."""
    if samples.dtype.kind == "f":
        return samples.astype(np.float64)
    if samples.dtype == np.uint8:
        return (samples.astype(np.float64) - 128) / 128
    return samples / 2.0 ** (8 * samples.dtype.itemsize - 1)


def sounding(recorded: np.ndarray) -> np.ndarray:
    """The part of a recording from the first to the last frame that is not silent."""
    heard = np.flatnonzero(recorded.any(axis=1))
    return recorded[heard[0] : heard[-1] + 1] if len(heard) else recorded[:0]


def die(stream: Any) -> None:
    """Let the host end a stream with its next block, though nobody has asked for it."""
    core = getattr(stream, "_core", stream)
    lib.asd_stream_shut_gate(core.kernel.pointer)
