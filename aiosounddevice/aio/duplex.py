"""Streams that take and give at once: pairs of an input block and an output block."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from ..core import wakeup
from ..core.checks import check_buffer, check_frames
from ..core.containers import Arrays, Container
from ..core.flags import CallbackFlags
from ..core.handle import BlockInfo
from ..core.parameters import Kind, request
from .base import AsyncCore, StreamBase
from .loops import posted

if TYPE_CHECKING:
    import numpy  # noqa: F401 - in a string

Given = TypeVar("Given")
Taken = TypeVar("Taken")


class DuplexBase(StreamBase, Generic[Given, Taken]):
    """What `Stream` and `RawStream` have in common: all but the form of the frames."""

    _kind: ClassVar[Kind] = "duplex"
    _container: ClassVar[type[Container[Any]]]

    def __init__(
        self,
        samplerate: float | None = None,
        blocksize: int | None = None,
        device: Any = None,
        channels: Any = None,
        dtype: Any = None,
        latency: Any = None,
        extra_settings: Any = None,
        *,
        clip_off: bool | None = None,
        dither_off: bool | None = None,
        never_drop_input: bool | None = None,
        prime_output_buffers_using_stream_callback: bool | None = None,
        buffer: float = 1.0,
        prefill: int = 2,
        on_lost: str = "raise",
    ) -> None:
        asked = request(
            self._kind,
            samplerate=samplerate,
            blocksize=blocksize,
            device=device,
            channels=channels,
            dtype=dtype,
            latency=latency,
            extra_settings=extra_settings,
            clip_off=clip_off,
            dither_off=dither_off,
            never_drop_input=never_drop_input,
            prime_output_buffers_using_stream_callback=prime_output_buffers_using_stream_callback,
        )
        self._container.check(asked)
        check_buffer(buffer)
        prefill = check_frames(prefill, "prefill")
        super().__init__(
            AsyncCore(asked, buffer=buffer, prefill=prefill, container=self._container), on_lost
        )
        self._pending: tuple[int, Taken] | None = None
        self._info = BlockInfo(0, 0.0, 0, CallbackFlags())

    def __aiter__(self) -> AsyncIterator[tuple[Given, Taken]]:
        # A pair that an earlier loop left behind was never finished.
        self._pending = None
        return self

    async def __anext__(self) -> tuple[Given, Taken]:
        """Hand over the last pair's output and wait for the next pair.

        Cancelled, no input is lost and the last pair's output has been handed over.
        """
        waiters, core = self._live("receive()"), self._core
        with waiters.alone("receive()"):
            self._commit()
            await waiters.until(wakeup.INPUT, core.block_frames)
            while core.closing or core.readable < core.block_frames:
                if core.ended and not await self._goes_on():
                    raise StopAsyncIteration
                await waiters.until(wakeup.INPUT, core.block_frames)
            indata, frames, self._info = core.read(core.block_frames)
            outdata = core.taken.silent(frames)
            self._pending = (self._info.frame, outdata)
            return indata, outdata

    def _commit(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            frame, outdata = pending
            if self._core.draining:
                self._core.begin_playing()
            self._core.write_at(frame + self._core.delay, outdata)

    async def drain(self) -> None:
        """Wait until the last output handed over has left the DAC."""
        waiters, core = self._live("drain()"), self._core
        core.begin_draining()
        heard = core.statistics().output_written + core.output_latency_frames
        await waiters.until(wakeup.FRAME, heard)
        while core.frame < heard and not core.ended:
            await waiters.until(wakeup.FRAME, heard)
        await self._goes_on()

    async def _finish(self) -> None:
        if self._core.running:
            await self.drain()
            await posted(self._core.stop())

    @property
    def info(self) -> BlockInfo:
        """Place, time, loss and flags of the last pair's input."""
        return self._info

    @property
    def delay(self) -> int:
        """Frames from a pair's input to its output, inside this library."""
        return self._core.delay


class Stream(DuplexBase["numpy.ndarray", "numpy.ndarray"]):
    """Input and output together: ``async for indata, outdata in stream: outdata[:] = ...``.

    A pair's `outdata` is silence until you fill it. It is handed over when the next pair is
    asked for, discarded when the loop is left, and played exactly `prefill` blocks after the
    moment its `indata` was captured: a lost input frame becomes a silent output frame, and
    output that comes too late is not played, so the delay never changes.

    Parameters
    ----------
    samplerate, blocksize, device, channels, dtype, latency, extra_settings, clip_off, dither_off,
    never_drop_input, prime_output_buffers_using_stream_callback
        As for `InputStream`; device, channels, dtype, latency and extra_settings may be pairs
        (input, output).
    buffer
        Length of the queues in seconds.
    prefill
        Blocks between input and output, 1 at least: how late a pair may be. Where `blocksize` is
        0 a pair is not a block of the host's, which may ask for output in the middle of one: then
        with 1 a part of each pair is too late, so use 2 at least.
    on_lost
        As for `InputStream`, for both directions.
    """

    _container = Arrays
