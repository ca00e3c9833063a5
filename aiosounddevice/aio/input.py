"""Streams that deliver blocks of input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import anyio
import anyio.lowlevel
from anyio.abc import ObjectReceiveStream

from ..core import wakeup
from ..core.arrays import check_formats
from ..core.assembly import Piece, covered, join
from ..core.checks import check_buffer, check_frames, check_overflow
from ..core.errors import InputOverflow
from ..core.flags import CallbackFlags
from ..core.handle import BlockInfo
from ..core.parameters import Kind, request
from .base import AsyncCore, StreamBase
from .waiting import Waiters

if TYPE_CHECKING:
    import numpy

    from .blocks import Blocks
    from .subscription import Subscription


class InputStream(StreamBase, ObjectReceiveStream["numpy.ndarray"]):
    """Record from a device: ``async with InputStream(...) as mic: async for block in mic: ...``.

    The constructor opens nothing. A block is an array of shape (frames, channels) with
    `blocksize` frames (10 ms where that is 0) that owns its memory; `info` describes the last
    one. The C kernel collects frames in a bounded queue, so a slow reader or a thread that holds
    the GIL costs nothing until the queue is full, and what is lost then is counted and located.

    Parameters
    ----------
    samplerate
        Frames per second; default: the device's own.
    blocksize
        Frames per callback of the host and per block delivered; 0: the host decides.
    device
        Number, or space-separated parts of the name.
    channels
        Number of channels, or a list of channel numbers from 1; default: all.
    dtype
        ``"float32"`` (default), ``"int32"``, ``"int16"``, ``"int8"`` or ``"uint8"``.
    latency
        Seconds, ``"low"`` or ``"high"``.
    extra_settings, clip_off, dither_off, never_drop_input,
    prime_output_buffers_using_stream_callback
        As in `default`.
    buffer
        Length of the queue in seconds.
    overflow
        What a full queue does: ``"drop_oldest"`` (a live reader stays live), ``"drop_newest"``,
        or ``"raise"``: `InputOverflow` once per gap, then reading goes on behind it.
    """

    _kind: ClassVar[Kind] = "input"

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
        overflow: str = "drop_oldest",
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
        check_formats(asked)
        check_buffer(buffer)
        check_overflow(overflow)
        super().__init__(AsyncCore(asked, buffer=buffer, overflow=overflow))
        self._begin_reading(overflow)

    def _begin_reading(self, overflow: str) -> None:
        self._raises = overflow == "raise"
        # Taken from the kernel and not delivered: what a cancelled read gives back.
        self._front: list[Piece] = []
        self._info = BlockInfo(0, 0.0, 0, CallbackFlags())
        self._frames_read = self._frames_lost = 0

    def _rewind(self) -> None:
        self._front.clear()
        self._frames_read = self._frames_lost = 0

    async def start(self) -> None:
        if self._core.ended:
            self._rewind()
        await super().start()

    async def receive(self) -> numpy.ndarray:
        """Wait for the next block. Cancelled, it loses nothing.

        Returns
        -------
        numpy.ndarray
            Shape (frames, channels). The last block after `stop` may be shorter.

        Raises
        ------
        anyio.EndOfStream
            After `stop`, when all was delivered (`async for` ends).
        InputOverflow
            With ``overflow="raise"``, once at each gap.
        DeviceLost, StreamClosed, StreamBusy
        """
        waiters = self._live("receive()")
        with waiters.alone("receive() or read()"):
            return await self._take(waiters, self._core.block_frames)

    async def __anext__(self) -> numpy.ndarray:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def read(self, frames: int) -> numpy.ndarray:
        """Wait for exactly `frames` frames, which may be more than the queue is long.

        Frames lost inside are silence, so a sample's index is its place in time. Cancelled, it
        loses nothing: what it had taken is delivered to the next one. Fewer frames are returned
        only at the end, after `stop`.

        Raises
        ------
        As `receive`.
        """
        check_frames(frames)
        waiters = self._live("read()")
        with waiters.alone("receive() or read()"):
            return await self._take(waiters, frames)

    def read_nowait(self, frames: int | None = None) -> numpy.ndarray:
        """Take what is there, `frames` at most, without waiting; may be empty."""
        with self._live("read_nowait()").alone("receive() or read()"):
            if frames is not None:
                check_frames(frames)
            there = self._core.readable
            wanted = covered(self._front) + there if frames is None else frames
            missing = wanted - covered(self._front)
            if missing > 0 and there:
                self._collect(min(missing, there))
            return self._deliver(min(wanted, covered(self._front)))

    def blocks(self, frames: int, *, overlap: int = 0) -> Blocks:
        """Iterate over blocks of another size; each begins `overlap` frames before the last ended.

        Breaking out leaves this stream open.
        """
        from .blocks import Blocks

        return Blocks(self, frames, overlap=overlap)

    def subscribe(
        self, *, buffer: float | None = None, overflow: str | None = None
    ) -> Subscription:
        """One more reader of the same device: ``async with mic.subscribe() as second: ...``.

        It has all that this stream has for reading (`receive`, `read`, `read_nowait`, `blocks`,
        iteration, `subscribe`), with a queue, a position, a loss count and an `info` of its own.
        So a slow reader disturbs no other, and each may read blocks of its own size. It begins
        with the first device block after it is entered; what came before it is not lost.
        `info.frame` counts this stream's frames, so readers can be lined up to the sample.

        When this stream stops, every reader gets the rest, then its iteration ends; after a new
        `start` it goes on from frame 0. Leaving the ``async with`` ends the reading:
        `StreamClosed` for other tasks that wait in it, as when this stream is closed; when the
        device is lost, `DeviceLost`. The audio thread copies each block once for each reader.

        A stream with subscribers need not be read itself. Until its first read it keeps the last
        `buffer` seconds, whatever its `overflow`, and counts no loss.

        Parameters
        ----------
        buffer
            Length of its queue in seconds; default: as this stream's.
        overflow
            As for the stream; default: this stream's.

        Returns
        -------
        Subscription
            An `InputStream` to be entered; entering raises `StreamClosed` if this stream has not
            been started yet: ``await mic.start()``, or ``async with mic``, comes first.
        """
        from .subscription import Subscription

        return Subscription(self, buffer, overflow)

    # ---- the way of a block out of the kernel

    async def _take(self, waiters: Waiters, frames: int) -> numpy.ndarray:
        # Woken when the queue is full, we would have to be back before the device's next block.
        most = max(1, self._core.input_capacity // 2)
        if self._front or self._raises or frames > most:
            return await self._assemble(waiters, frames, most)
        # The usual way: one wait, then one call into the kernel, and nothing kept in between.
        core, waiter = self._core, waiters.waiter(wakeup.INPUT)
        taken = None
        while taken is None:
            await waiter.turn(frames)
            taken = core.take(frames)
            if core.signalled:
                waiter.acknowledge()
        if not len(taken[0]):
            core.raise_if_lost()
            raise anyio.EndOfStream
        return self._account(*taken)

    async def _assemble(self, waiters: Waiters, frames: int, most: int) -> numpy.ndarray:
        """Collect pieces until there are enough of them; a cancellation leaves them in front."""
        core = self._core
        # What a cancelled read gave back counts: with enough of it there is nothing to wait for.
        missing = max(0, frames - covered(self._front))
        await self._wait_for(waiters, min(missing, most))
        while missing > 0 and core.readable:
            self._collect(min(missing, core.readable))
            missing = frames - covered(self._front)
            if missing > 0:
                await self._wait_for(waiters, min(missing, most))
        if not self._front:
            core.raise_if_lost()
            raise anyio.EndOfStream
        return self._deliver(frames)

    async def _wait_for(self, waiters: Waiters, frames: int) -> None:
        """Until so many frames are in the queue or no more will come. A checkpoint."""
        await waiters.until(wakeup.INPUT, frames)
        core = self._core
        while not core.ended and core.readable < frames:
            await waiters.until(wakeup.INPUT, frames)
        if core.closing:
            raise AsyncCore.closed_error("the stream was closed")

    def _collect(self, frames: int) -> None:
        """Move frames from the kernel to the front. Pieces end at gaps."""
        data, info = self._core.read(frames, stop_at_gap=True)
        if len(data):
            self._front.append(Piece(data, info))
            if self._raises and info.lost:
                raise InputOverflow(
                    f"{info.lost} frames were lost before frame {info.frame}: the reader was "
                    f"slower than the device for longer than the buffer lasts; read more often, "
                    f"or make 'buffer' longer"
                )

    def _deliver(self, frames: int) -> numpy.ndarray:
        if not self._front or frames == 0:
            return self._core.read(0)[0]
        block, self._front = join(
            self._front,
            frames,
            silence=self._core.input.silence,
            samplerate=self._core.samplerate,
        )
        return self._account(*block)

    def _account(self, data: numpy.ndarray, info: BlockInfo) -> numpy.ndarray:
        self._info = info
        self._frames_read += len(data)
        self._frames_lost += info.lost
        return data

    # ---- what is known of it

    @property
    def info(self) -> BlockInfo:
        """Place, time, loss and flags of the block delivered last."""
        return self._info

    @property
    def frames_read(self) -> int:
        """Frames delivered since the start."""
        return self._frames_read

    @property
    def frames_lost(self) -> int:
        """Frames lost since the start, up to the block delivered last."""
        return self._frames_lost

    @property
    def peak(self) -> tuple[float, ...]:
        """Highest absolute sample of each channel in the device's latest block; full scale is 1.

        Measured in the kernel, whether or not anybody reads. The first look at `peak` or `rms`
        switches the measuring on; it gives zeros, like all until the next block. Never blocks.
        """
        return tuple(peak for peak, _ in self._core.levels())

    @property
    def rms(self) -> tuple[float, ...]:
        """Root mean square of each channel in the device's latest block; otherwise as `peak`.

        A sine at full scale has 0.707. In decibels: ``20 * math.log10(rms)``.
        """
        return tuple(rms for _, rms in self._core.levels())
