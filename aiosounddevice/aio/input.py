"""Streams that deliver blocks of input."""

from __future__ import annotations

from collections.abc import Coroutine
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import anyio
from anyio.abc import ObjectReceiveStream

from ..core import wakeup
from ..core.assembly import Piece, covered, join
from ..core.checks import check_buffer, check_frames, check_overflow
from ..core.containers import Arrays, Container
from ..core.errors import InputOverflow
from ..core.flags import CallbackFlags
from ..core.handle import BlockInfo
from ..core.parameters import Kind, request
from .base import AsyncCore, StreamBase
from .errors import StreamBusy
from .route import Route
from .waiting import Waiters

if TYPE_CHECKING:
    import numpy  # noqa: F401 - in a string

    from .blocks import Blocks


T_co = TypeVar("T_co", covariant=True)


class InputBase(StreamBase, ObjectReceiveStream[T_co]):
    """What `InputStream` and `RawInputStream` have in common: all but the form of the frames."""

    _kind: ClassVar[Kind] = "input"
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
        overflow: str = "drop_oldest",
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
        check_overflow(overflow)
        super().__init__(
            AsyncCore(asked, buffer=buffer, overflow=overflow, container=self._container),
            on_lost,
        )
        self._begin_reading(overflow)

    def _begin_reading(self, overflow: str) -> None:
        self._raises = overflow == "raise"
        self._excused = False
        # Taken from the kernel and not delivered: what a cancelled read gives back.
        self._front: list[Piece] = []
        self._route: Route | None = None
        self._info: BlockInfo | None = BlockInfo(0, 0.0, 0, CallbackFlags())
        self._frames_read = self._frames_lost = 0

    def _rewind(self) -> None:
        self._front.clear()
        self._frames_read = self._frames_lost = 0

    async def start(self) -> None:
        if self._core.ended:
            self._rewind()
        await super().start()
        if self._route is None:
            assert self._waiters is not None
            self._route = Route(self._core, self._waiters)

    async def receive(self) -> T_co:
        """Wait for the next block. Cancelled, it loses nothing.

        Returns
        -------
        numpy.ndarray or bytes
            Shape (frames, channels); a raw stream's are bytes. The last block after `stop` may be
            shorter.

        Raises
        ------
        anyio.EndOfStream
            After `stop`, when all was delivered (`async for` ends).
        InputOverflow
            With ``overflow="raise"``, once at each gap.
        DeviceLost, StreamClosed, StreamBusy
        """
        return await self._take(None, anyio.EndOfStream)

    def __anext__(self) -> Coroutine[Any, Any, T_co]:
        return self._take(None, StopAsyncIteration)

    async def read(self, frames: int) -> T_co:
        """Wait for exactly `frames` frames, which may be more than the queue is long.

        Frames lost inside are silence, so a sample's index is its place in time. Cancelled, it
        loses nothing: what it had taken is delivered to the next one. Fewer frames are returned
        only at the end, after `stop`.

        Raises
        ------
        As `receive`.
        """
        return await self._take(check_frames(frames), anyio.EndOfStream)

    def read_nowait(self, frames: int | None = None) -> T_co:
        """Take what is there, `frames` at most, without waiting; may be empty."""
        self._live("read_nowait()")
        assert self._route is not None
        with self._route.door:
            if frames is not None:
                check_frames(frames)
            there = self._core.readable
            wanted = covered(self._front) + there if frames is None else frames
            missing = wanted - covered(self._front)
            if missing > 0 and there:
                self._collect(min(missing, there))
            return self._deliver(min(wanted, covered(self._front)))

    def blocks(self, frames: int, *, overlap: int = 0) -> Blocks[T_co]:
        """Iterate over blocks of another size; each begins `overlap` frames before the last ended.

        Breaking out leaves this stream open.
        """
        from .blocks import Blocks

        return Blocks(self, frames, overlap=overlap)

    def subscribe(
        self, *, buffer: float | None = None, overflow: str | None = None
    ) -> InputBase[T_co]:
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
        InputStream or RawInputStream
            To be entered; entering raises `StreamClosed` if this stream has not
            been started yet: ``await mic.start()``, or ``async with mic``, comes first.
        """
        from .subscription import subscription

        return subscription(self, buffer, overflow)

    # ---- the way of a block out of the kernel

    async def _take(self, frames: int | None, end: type[Exception]) -> T_co:
        waiters, route, core = self._live("reading"), self._route, self._core
        assert route is not None
        door = route.door
        if door.taken:
            raise StreamBusy(door.action)
        door.taken = True  # without `with`, whose calls are a twentieth of a block's work
        try:
            if frames is None:
                frames = route.block
            if self._front or self._raises or frames > route.most:
                return await self._assemble(waiters, frames, route.most, end)
            # The usual way: one wait, then one call into the kernel, and nothing kept in between.
            # It stands here, for each coroutine between a task and its loop costs a block some
            # microseconds.
            if frames != route.frames:
                route.prepare(frames)
            waiter, data = route.waiter, None
            while data is None:
                if waiter.wish(frames):
                    try:
                        await waiter.arrival()
                    except BaseException:
                        waiter.withdraw()
                        raise
                    waiter.turn = monotonic()
                else:
                    await waiter.breathe()
                if core.closing:
                    waiter.withdraw()
                    core.raise_if_lost()  # says why
                data = route.take()
                if route.signalled[0]:
                    waiter.acknowledge()
            count = len(data) // route.unit
            if count < frames and self._reopener is not None:
                if count:
                    self._front.append(Piece(data, count, core.block_info))
                return await self._assemble(waiters, frames, route.most, end)
            if not count:
                core.raise_if_lost()
                raise end
            self._info = None
            self._frames_read += count
            self._frames_lost += route.place.lost
            return data  # type: ignore[no-any-return]
        finally:
            door.taken = False

    async def _assemble(
        self, waiters: Waiters, frames: int, most: int, end: type[Exception]
    ) -> T_co:
        """Collect pieces until there are enough of them; a cancellation leaves them in front."""
        core = self._core
        # What a cancelled read gave back counts: with enough of it there is nothing to wait for.
        missing = max(0, frames - covered(self._front))
        await self._wait_for(waiters, min(missing, most))
        while missing > 0:
            if core.readable:
                self._collect(min(missing, core.readable))
            elif self._reopener is None or not await self._goes_on():
                break
            else:  # how many are missing depends on how long it was away
                await self._wait_for(waiters, 1)
                continue
            missing = frames - covered(self._front)
            if missing > 0:
                await self._wait_for(waiters, min(missing, most))
        if not self._front:
            core.raise_if_lost()
            raise end
        return self._deliver(frames)

    def _begin_anew(self) -> None:
        self._excused = True  # the next gap is not the reader's
        assert self._waiters is not None
        self._route = Route(self._core, self._waiters)

    async def _wait_for(self, waiters: Waiters, frames: int) -> None:
        """Until so many frames are in the queue or no more will come. A checkpoint."""
        await waiters.until(wakeup.INPUT, frames)
        core = self._core
        while not core.ended and core.readable < frames:
            await waiters.until(wakeup.INPUT, frames)
        if core.closing:
            core.raise_if_lost()

    def _collect(self, frames: int) -> None:
        """Move frames from the kernel to the front. Pieces end at gaps."""
        piece = Piece(*self._core.read(frames, stop_at_gap=True))
        if piece.frames:
            info = piece.info
            self._front.append(piece)
            excused, self._excused = self._excused, False
            if self._raises and info.lost and not excused:
                raise InputOverflow(
                    f"{info.lost} frames were lost before frame {info.frame}: the reader was "
                    f"slower than the device for longer than the buffer lasts; read more often, "
                    f"or make 'buffer' longer"
                )

    def _deliver(self, frames: int) -> T_co:
        data: T_co
        if not self._front or frames == 0:
            data = self._core.read(0)[0]
            return data
        core = self._core
        block, self._front = join(
            self._front, frames, container=core.given, samplerate=core.samplerate
        )
        data, count, info = block
        self._account(count, info)
        return data

    def _account(self, frames: int, info: BlockInfo) -> None:
        self._info = info
        self._frames_read += frames
        self._frames_lost += info.lost

    # ---- what is known of it

    @property
    def info(self) -> BlockInfo:
        """Place, time, loss and flags of the block delivered last."""
        if self._info is None:  # not looked at since the block was taken
            self._info = self._core.block_info
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


class InputStream(InputBase["numpy.ndarray"]):
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
    extra_settings
        As in `default`.
    clip_off, dither_off, never_drop_input, prime_output_buffers_using_stream_callback
        As in `default`.
    buffer
        Length of the queue in seconds.
    overflow
        What a full queue does: ``"drop_oldest"`` (a live reader stays live), ``"drop_newest"``,
        or ``"raise"``: `InputOverflow` once per gap, then reading goes on behind it.
    on_lost
        ``"raise"``: `DeviceLost` to every reader when the device is gone. ``"reopen"``: the reader
        waits, and the device of that name is opened again as soon as it is there, or after two
        seconds without it the system's default device, with the same parameters (a device that
        does not do them is not taken). The time in between is lost frames; an `XrunWarning` tells.
    """

    _container = Arrays
