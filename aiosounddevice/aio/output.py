"""Streams that take chunks of sound of any length."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import anyio.lowlevel
from anyio.abc import ObjectSendStream

from ..core import wakeup
from ..core.checks import check_buffer
from ..core.containers import Arrays, Container
from ..core.parameters import Kind, request
from .base import AsyncCore, StreamBase
from .loops import posted
from .waiting import Waiters

if TYPE_CHECKING:
    from numpy.typing import ArrayLike  # noqa: F401 - in a string

Chunk = TypeVar("Chunk", contravariant=True)


class OutputBase(StreamBase, ObjectSendStream[Chunk]):
    """What `OutputStream` and `RawOutputStream` have in common: all but the form of the frames."""

    _kind: ClassVar[Kind] = "output"
    _container: ClassVar[type[Container[Any]]]

    def __init__(
        self,
        samplerate: float | None = None,
        blocksize: int | None = None,
        device: int | str | None = None,
        channels: int | list[int] | None = None,
        dtype: Any = None,
        latency: float | str | None = None,
        extra_settings: Any = None,
        *,
        clip_off: bool | None = None,
        dither_off: bool | None = None,
        never_drop_input: bool | None = None,
        prime_output_buffers_using_stream_callback: bool | None = None,
        buffer: float = 1.0,
        prebuffer: float = 0.0,
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
        self._prebuffer = check_buffer(prebuffer, "prebuffer", zero=True)
        if prebuffer > buffer:
            raise ValueError(f"prebuffer ({prebuffer} s) must fit into buffer ({buffer} s)")
        super().__init__(AsyncCore(asked, buffer=buffer, container=self._container), on_lost)
        self._clears = 0
        self._told = 0

    async def start(self) -> None:
        if self._core.ended:
            self._told = 0
        await super().start()

    async def write(self, data: Chunk) -> int:
        """Queue a chunk of any length; waits only while the queue is full.

        Parameters
        ----------
        data
            Shape (frames, channels), or (frames,) for one channel, in the stream's dtype
            (float64 is taken for float32); for a raw stream anything that is like bytes, a whole
            number of frames. Not kept: it may be changed afterwards.

        Returns
        -------
        int
            Silent frames that the device had to insert before this chunk because it came too
            late; 0: no underflow. Silence before the first chunk and after `drain` or `clear`
            is none.

        Raises
        ------
        TypeError, ValueError
            For a dtype, shape or size that does not fit.
        DeviceLost, StreamClosed, StreamBusy

        Notes
        -----
        A checkpoint. Cancelled, `frames_written` says how much had been placed. A `clear` in
        another task ends it; the rest of the chunk is then discarded.
        """
        waiters = self._live("write()")
        with waiters.alone("write()"):
            await anyio.lowlevel.checkpoint()
            return await self._place(waiters, self._core.taken.accept(data))

    async def _place(self, waiters: Waiters, data: Any) -> int:
        core, clears, frames, done = self._core, self._clears, self._core.taken.count(data), 0
        ahead = min(round(self._prebuffer * core.samplerate), core.output_capacity)
        late = None
        while clears == self._clears:
            placed, inserted, ended = core.put(data, done, frames - done, ahead)
            if late is None:
                late, self._told = inserted - self._told, inserted
            if ended:
                if await self._goes_on():
                    continue
                raise AsyncCore.closed_error("write(): the stream was stopped")
            done += placed
            if done == frames:
                break
            # Half a queue at a time: a long chunk should not wake us for every block.
            wanted = min(frames - done, max(1, core.output_capacity // 2))
            await waiters.until(wakeup.OUTPUT, wanted)
        return late or 0

    async def send(self, item: Chunk) -> None:
        """`write`, as anyio calls it."""
        await self.write(item)

    async def write_from(self, chunks: AsyncIterable[Chunk]) -> int:
        """Write everything that an async iterable yields; returns the silent frames inserted."""
        inserted = 0
        async for chunk in chunks:
            inserted += await self.write(chunk)
        return inserted

    async def drain(self) -> None:
        """Wait until the last frame written has left the DAC.

        Counted in frames: callbacks have gone past it by the latency that the host reports. A
        checkpoint; cancelled, playback goes on.
        """
        waiters, core = self._live("drain()"), self._core
        await anyio.lowlevel.checkpoint()
        if not self.frames_written:
            return
        core.begin_draining()
        while core.queued and not core.ended:
            await waiters.until(wakeup.FRAME, core.frame + core.queued)
        while core.frame < core.drained_at and not core.ended:
            await waiters.until(wakeup.FRAME, core.drained_at)
        await self._goes_on()  # with an empty queue

    async def clear(self) -> int:
        """Throw away what is queued, now; a `write` in another task returns.

        Returns when the callback has acknowledged it: of what was queued before, nothing is
        handed over any more. What the host holds already (`latency`) is still heard.

        Returns
        -------
        int
            Frames discarded from the queue.

        Raises
        ------
        DeviceLost, StreamClosed
        """
        waiters, core = self._live("clear()"), self._core
        kernel = core.kernel
        before = core.statistics().output_discarded
        self._clears += 1
        core.hold()
        request = core.request_clear()
        await anyio.lowlevel.checkpoint()
        while core.goes_on_in(kernel) and not core.cleared(request):
            await waiters.until(wakeup.FRAME, core.frame + 1)
        if core.ended and not core.closing:
            await self._goes_on()
        return core.statistics().output_discarded - before

    def _begin_anew(self) -> None:
        self._told = 0

    async def _finish(self) -> None:
        if self._core.running:
            await self.drain()
            await posted(self._core.stop())

    @property
    def frames_written(self) -> int:
        """Frames placed in the queue since the start."""
        return self.statistics().output_written

    @property
    def frames_played(self) -> int:
        """Frames that have left the DAC, as far as the latency that the host reports is true."""
        return self._core.played

    @property
    def frames_discarded(self) -> int:
        """Frames thrown away by `clear`."""
        return self.statistics().output_discarded


class OutputStream(OutputBase["ArrayLike"]):
    """Play to a device: ``async with OutputStream(...) as speaker: await speaker.write(chunk)``.

    The constructor opens nothing. Chunks join without a gap. When nothing is written in time the
    device plays silence, which is counted, and goes on. Leaving the block waits until the last
    frame has been heard; leaving it by an exception or a cancellation is silent at once.

    Parameters
    ----------
    samplerate, blocksize, device, channels, dtype, latency, extra_settings, clip_off, dither_off,
    never_drop_input, prime_output_buffers_using_stream_callback
        As for `InputStream`.
    buffer
        Length of the queue in seconds: how far `write` may be ahead of the device.
    prebuffer
        Seconds to collect before the first frame is played, and again after `drain` or `clear`:
        for chunks that arrive irregularly.
    on_lost
        As for `InputStream`; with ``"reopen"`` what was queued is discarded, and writing goes on.
    """

    _container = Arrays
