"""`recording`: record what is heard while a block of code runs."""

from __future__ import annotations

import contextlib
import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Any

import anyio

from ..core import takes
from ..core.errors import AudioError, InputOverflow, XrunWarning
from ..core.handle import BlockInfo
from ..core.life import CLOSE_LIMIT
from ..core.tape import Tape
from .base import AsyncCore
from .errors import StreamClosed
from .loops import posted

if TYPE_CHECKING:
    import numpy


class Take:
    """A recording that lasts as long as its `async with` block; made by `recording`.

    After the block `data` is the whole of it, also when the block was left by an exception.
    """

    def __init__(self, take: takes.Take, tape: Tape, overflow: str) -> None:
        self._core = take.core
        self._tape = tape
        self._take = take
        self._overflow = overflow
        self._data: numpy.ndarray | None = None
        self._info: BlockInfo | None = None

    async def __aenter__(self) -> Take:
        """Open the device and record; returns once it runs.

        Raises
        ------
        As `InputStream.start`; StreamClosed the second time.
        """
        if self._core.closing or self._core.open:
            raise StreamClosed("a recording is made once: call recording() again")
        try:
            await posted(self._core.start())
        except BaseException:  # or cancelled: nothing is left open
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Record no more, and close the device.

        Raises
        ------
        DeviceLost
            If the device went away; `data` has what came before.
        InputOverflow
            With ``overflow="raise"``, when input was lost.
        """
        problem = self._problem()
        self._end()
        await self._close()
        if kind is None and problem is not None:
            raise problem
        if kind is None:
            self._tell()

    def _problem(self) -> Exception | None:
        try:
            self._core.raise_if_lost()
        except AudioError as error:  # or a call on it hung, and it was given up
            return error
        return self._tape.failed

    def _end(self) -> None:
        """Here and now: what callbacks bring from now on is not wanted."""
        core = self._core
        with contextlib.suppress(AudioError):  # closed at the interpreter's end
            end = core.frame
            self._tape.finish(end)
            self._info = self.info
        core.silence()

    async def _close(self) -> None:
        reply = self._core.close()
        with anyio.move_on_after(CLOSE_LIMIT + 1, shield=True), contextlib.suppress(AudioError):
            await posted(reply)

    def _tell(self) -> None:
        text = None if self._overflow == "ignore" else self._take.overflow_text()
        if text is not None and self._overflow == "raise":
            raise InputOverflow(text)
        if text is not None:
            warnings.warn(text, XrunWarning, stacklevel=3)

    def __del__(self) -> None:
        core = getattr(self, "_core", None)
        if core is not None and core.open:
            text = f"{self!r} was never closed"
            warnings.warn(text, ResourceWarning, source=self, stacklevel=2)
            core.close()

    # ---- what is known of it

    def __repr__(self) -> str:
        state = "over" if self._core.closing else self._core.phase.value
        return f"<aiosounddevice.Take: {state}>"

    @property
    def data(self) -> numpy.ndarray:
        """What was recorded: shape (frames, channels), in the dtype that was asked for.

        Inside the block, a copy of what is there so far. After it, always the same array, made
        at the first look (one copy of everything: a tenth of a second for some minutes).
        """
        if self._core.parameters is None:
            raise StreamClosed("nothing was recorded: use 'async with recording() as take'")
        if self._data is not None:
            return self._data
        data = self._tape.result()
        if self._core.closing:
            self._data = data
            self._tape.forget()
        return data

    @property
    def frames(self) -> int:
        """Frames recorded so far; after the block, all of them."""
        return self._tape.frames

    @property
    def info(self) -> BlockInfo:
        """Stream time of the first frame, frames lost, and what the host reported until now.

        `lost` counts frames for which there was no memory in time; they are silence in `data`.
        Of what the device itself loses PortAudio tells only that it happened, in `flags`.
        """
        if self._info is not None:
            return self._info
        core = self._core
        flags = core.statistics().flags
        time = core.time - core.frame / core.samplerate
        return BlockInfo(0, time, self._tape.lost, flags)

    @property
    def samplerate(self) -> float:
        """Frames per second. Like the following, known from the block's beginning on."""
        return self._core.samplerate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self._core.input.channels

    @property
    def dtype(self) -> str:
        """Data type of `data`, as a string."""
        return self._tape.dtype

    @property
    def device(self) -> int:
        """Number of the device."""
        return self._core.input.device

    @property
    def latency(self) -> float:
        """Seconds between the analogue side and the recording, as the host reports."""
        return self._core.latencies[0]


def recording(
    *,
    frames: int | None = None,
    samplerate: float | None = None,
    channels: Any = None,
    dtype: Any = None,
    mapping: Any = None,
    overflow: str = "warn",
    **stream: Any,
) -> Take:
    """Record while a block of code runs: ``async with sd.recording(channels=1) as take: ...``.

    After the block ``take.data`` is an array with everything that the host had delivered when the
    block was left. What was being said at that moment, during the last `latency` seconds and
    block of the host, is not in it. The block may compute, wait, or hold up the event loop: memory
    is handed to the callback by a thread of the recording's own, two seconds and more ahead.

    Parameters
    ----------
    frames
        Most that is recorded; default: as long as there is memory. It grows with the recording.
    samplerate, channels, dtype, mapping, overflow
        As for `rec`.
    **stream
        Further arguments of `InputStream`: blocksize, device, latency, extra_settings, and the
        flags.

    Returns
    -------
    Take
        To enter, once. Left by an exception or a cancellation, the device is closed at once, and
        what was recorded until then is in ``take.data`` as well.

    Raises
    ------
    TypeError, ValueError
        For arguments that cannot be right. What opening raises, entering the block raises; leaving
        it raises `DeviceLost` or, with ``overflow="raise"``, `InputOverflow`.

    Notes
    -----
    Frames that the device lost are missing, as in `rec`. On the virtual card an automatic clock
    does not move on because of a recording, only while tasks wait for the card.
    """
    takes.check_overflow(overflow)
    tape = Tape(frames, channels, dtype, mapping)
    take = takes.Take(None, tape, AsyncCore, samplerate=samplerate, **stream)
    return Take(take, tape, overflow)
