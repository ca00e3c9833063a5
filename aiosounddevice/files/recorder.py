"""Recording into a sound file that is readable at any time."""

from __future__ import annotations

import math
import warnings
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import AsyncResource

from ..aio.errors import StreamBusy, StreamClosed
from ..aio.input import InputStream
from ..aio.loops import posted
from ..core.checks import check_buffer, check_frames
from ..core.errors import DeviceLost, InputOverflow, XrunWarning
from ..core.flags import CallbackFlags
from ..core.takes import OVERFLOW, channel_list
from .beside import run_beside, waiting_for
from .errors import Path, named
from .opening import open_at
from .thread import FileThread
from .writing import SoundWriter, check_target, file_format

if TYPE_CHECKING:
    import numpy

BUFFER = 5.0
BLOCK = 0.05
"""Seconds per block: how often `level` and `frames` change."""
_MOST = 1.0
"""Seconds that are taken at once when the disk was slow."""


def _close(writers: list[SoundWriter], *, keep_empty: bool = True) -> None:
    """Finish what is open. No method: a forgotten recorder must not live until it is done."""
    for writer in writers:
        writer.close(keep_empty=keep_empty)


class FileRecorder(AsyncResource):
    """Records into a sound file: ``async with FileRecorder(path) as recorder: ...``.

    Entering the block opens the device and makes the file, `record` records and finishes it. The
    file is written in a thread of its own; a slow disk costs nothing until `buffer` is full. What
    has been recorded is readable at any time, also when the program is killed: see `record_file`.

    Parameters
    ----------
    path
        Its extension tells the format: .wav, .flac, .ogg (Vorbis), .opus, .mp3, .aiff, .rf64 and
        what else libsndfile writes.
    samplerate
        Of the file; default: the device's. Where the device refuses it, soxr converts from the
        device's own in the file's thread.
    channels
        Number of channels, or a list of channel numbers from 1; default: all that the device has.
    mapping
        Channel numbers from 1, as in `rec`; instead of `channels`.
    format, subtype
        Libsndfile's names where the extension does not tell: ``"WAV"``, ``"PCM_24"``, ``"FLOAT"``.
        The default subtype is 16 bit where there is a choice.
    overwrite
        Whether a file may be replaced.
    overflow
        When input was lost: ``"warn"`` (`XrunWarning`), ``"raise"`` (`InputOverflow`) or
        ``"ignore"``, at the end. The file has silence in its place, as far as the loss is known
        in frames.
    buffer
        Seconds that may wait for the disk.
    **stream
        Further arguments of `InputStream`: blocksize, device, latency, extra_settings, and the
        flags.
    """

    def __init__(
        self,
        path: Path,
        *,
        samplerate: float | None = None,
        channels: Any = None,
        mapping: Any = None,
        format: str | None = None,  # noqa: A002
        subtype: str | None = None,
        overwrite: bool = False,
        overflow: str = "warn",
        buffer: float = BUFFER,
        **stream: Any,
    ) -> None:
        if overflow not in OVERFLOW:
            raise ValueError(f"overflow must be one of {', '.join(OVERFLOW)}, not {overflow!r}")
        self._path, self._rate, self._overwrite = path, samplerate, overwrite
        self._kind = (format, subtype)
        wanted = channels if mapping is None else channel_list(mapping)
        self._options = {"channels": wanted, "dtype": "float32", "buffer": buffer, **stream}
        self._overflow = overflow
        self._thread: FileThread | None = None
        self._stream: InputStream
        self._writer: SoundWriter
        self._opened: list[SoundWriter] = []
        self._open = self._recording = self._stopped = self._failed = False
        self._interrupt: anyio.CancelScope | None = None
        self._news = anyio.Event()
        self._over = False
        self._stacklevel = 3
        self._next: int | None = None
        self._frames = self._lost = self._taken = 0
        self._level: tuple[float, ...] = ()

    # ---- life

    async def __aenter__(self) -> FileRecorder:
        """Open the device and make the file. What is captured from here on is recorded.

        Raises
        ------
        FileError
            If the file is there (without `overwrite`) or cannot be made; then no device was
            opened, unless it turned out late.
        ValueError
            For a format or subtype that libsndfile does not write.
        MissingPackage
            Without soundfile, or without soxr where rates differ.
        PortAudioError, DeviceNotFound, LibraryNotFound
            If the device cannot be opened; then no file was made.
        """
        self._thread = FileThread(f"file: {self._path}")
        try:
            kind = await self._thread.call(file_format, self._path, *self._kind)
            await self._thread.call(self._check_target)
            self._stream = await self._open_stream()
            self._open = True
            await self._thread.call(self._make_file, *kind)
        except BaseException:
            await self._release()
            raise
        self._level = (0.0,) * self._stream.channels
        return self

    async def aclose(self) -> None:
        """Finish the file and close the device. Idempotent, also when it is cancelled."""
        await self._release()

    async def _open_stream(self) -> InputStream:
        def make(samplerate: float | None) -> InputStream:
            return InputStream(samplerate, **self._options)

        if self._rate is not None:
            return await open_at(make, self._rate, "input", self._options.get("device"))
        stream = make(None)
        await stream.start()
        return stream

    def _check_target(self) -> None:
        check_target(self._path, overwrite=self._overwrite)

    # In the thread. Kept here at once: a cancelled wait for it must not lose the open file.
    def _make_file(self, format: str, subtype: str) -> None:  # noqa: A002
        self._writer = SoundWriter(
            self._path,
            overwrite=self._overwrite,
            samplerate=self._rate or self._stream.samplerate,
            channels=self._stream.channels,
            given=self._stream.samplerate,
            format=format,
            subtype=subtype,
        )
        self._opened.append(self._writer)

    async def _release(self) -> None:
        """Close both. The file first: that is what matters."""
        thread, self._thread = self._thread, None
        try:
            if thread is not None:
                await thread.close(partial(_close, self._opened, keep_empty=not self._failed))
        finally:
            if self._opened:
                self._frames = self._writer.frames
            self._over = True
            self._news.set()
            if self._open:
                self._open = False
                await self._stream.aclose()

    def __del__(self) -> None:
        if getattr(self, "_thread", None) is not None:
            self._thread.finish(partial(_close, self._opened))  # type: ignore[union-attr]

    # ---- recording

    async def record(
        self, frames: int | None = None, *, seconds: float | None = None, until: Any = None
    ) -> int:
        """Record, and return when the file is complete. Once.

        Parameters
        ----------
        frames, seconds
            Length, in frames of the file or in seconds; with `until` the most that is recorded.
            Without any of the three it goes on until `stop`, or until it is cancelled.
        until
            An event of any library (anything with an async `wait()`), or an async function: when
            it returns the recording ends; when it raises, so does this.

        Returns
        -------
        int
            Frames in the file.

        Raises
        ------
        FileError
            When the disk is full, or the file can no longer be written.
        DeviceLost
            If the device goes away.
        InputOverflow
            With ``overflow="raise"``.

        Notes
        -----
        Whatever ends it, also an error or a cancellation: what was captured until then is in the
        file.
        """
        check_length(frames, seconds)
        wait = None if until is None else waiting_for(until)
        if not self._open:
            raise StreamClosed("record(): use 'async with FileRecorder(...)' first; once")
        if self._recording:
            raise StreamBusy("record()")
        self._recording = True
        limit = self._limit(frames, seconds)
        try:
            if wait is None:
                await self._pump(limit)
            else:
                await run_beside(lambda: self._pump(limit), wait, self.stop)
        except DeviceLost as error:
            self._failed = True
            kept = f"{named(self._path)} keeps the {self.position:.1f} s until then"
            error.explanation = f"{error.explanation}\n{kept}".strip()
            raise
        except Exception:
            self._failed = True
            raise
        finally:
            await self._finish()
        return self._frames

    def _limit(self, frames: int | None, seconds: float | None) -> int | None:
        """Frames of the device that are needed; the writer is told how many of the file."""
        if seconds is not None:
            frames = max(1, round(seconds * self._writer.samplerate))
        if frames is None:
            return None
        self._writer.limit = frames
        return math.ceil(frames * self._stream.samplerate / self._writer.samplerate)

    async def _pump(self, limit: int | None) -> None:
        """From the device into the file until there is enough, or `stop`."""
        stream = self._stream
        least, most = (max(1, round(part * stream.samplerate)) for part in (BLOCK, _MOST))
        try:
            while not self._stopped and (limit is None or self._taken < limit):
                want = min(max(least, self._behind), most)
                want = want if limit is None else min(want, limit - self._taken)
                block = None
                with anyio.CancelScope() as self._interrupt:
                    block = await stream.read(want)
                if block is not None:
                    self._note(*await posted(self._write(block, limit)))
        except DeviceLost:
            raise  # what it had captured has been read
        except BaseException:
            self._take_rest(limit)
            raise
        rest = self._take_rest(limit)
        if rest is not None:
            self._note(*await posted(rest))

    @property
    def _behind(self) -> int:
        """Frames that the device has delivered and nobody has read."""
        return self._stream.statistics().frames - (self._next or 0)

    def _take_rest(self, limit: int | None) -> Future[tuple[int, tuple[float, ...]]] | None:
        """Also put into the file what has been captured and not been read."""
        missing = None if limit is None else limit - self._taken
        if self._thread is None or self._stream.closed or (missing is not None and missing <= 0):
            return None
        block = self._stream.read_nowait(missing)
        return self._write(block, limit) if len(block) else None

    def _write(
        self, block: numpy.ndarray, limit: int | None
    ) -> Future[tuple[int, tuple[float, ...]]]:
        """Let the thread write silence for what was lost before a block, and the block."""
        assert self._thread is not None
        info = self._stream.info
        before = info.frame - (self._next or 0)
        # What was lost before the first block was lost before the recording.
        gap = 0 if self._next is None else before
        if limit is not None:
            gap = min(gap, limit - self._taken)
        self._lost += gap + info.lost - before
        self._taken += gap + len(block)
        self._next = info.frame + len(block)
        return self._thread.post(self._writer.write, gap, block)

    def _note(self, frames: int, level: tuple[float, ...]) -> None:
        self._frames, self._level = frames, level
        self._news.set()
        self._news = anyio.Event()

    async def _finish(self) -> None:
        await self._release()
        text = self._loss()
        if text is None or self._overflow == "ignore" or self._failed:
            return
        if self._overflow == "raise":
            raise InputOverflow(text)
        warnings.warn(text, XrunWarning, stacklevel=self._stacklevel)

    def _loss(self) -> str | None:
        """What to tell about lost input, None if nothing was lost."""
        if self._lost:
            return (
                f"{self._lost} frames were lost, for which {named(self._path)} has silence: the "
                "disk or the event loop was slower than the device for longer than the buffer "
                "lasts; a larger buffer= helps"
            )
        if self.flags.input_overflow:
            return (
                f"the device lost input while {named(self._path)} was recorded: the computer was "
                "too slow; a larger latency= or blocksize= helps"
            )
        return None

    # ---- from other tasks

    def stop(self) -> None:
        """Let `record` end with what has been captured by now. Idempotent."""
        self._stopped = True
        if self._interrupt is not None:
            self._interrupt.cancel()

    async def next_level(self) -> tuple[float, ...]:
        """Wait until the next block has been written, `BLOCK` seconds of sound; return its level.

        Raises
        ------
        anyio.EndOfStream
            When the recording is over.
        """
        if not self._over:
            await self._news.wait()
        if self._over:
            raise anyio.EndOfStream
        return self._level

    @property
    def level(self) -> tuple[float, ...]:
        """Largest sample of each channel in the latest block; full scale is 1."""
        return self._level

    @property
    def frames(self) -> int:
        """Frames in the file."""
        return self._frames

    @property
    def frames_lost(self) -> int:
        """Frames that nobody took in time, for which the file has silence."""
        return self._lost

    @property
    def flags(self) -> CallbackFlags:
        """What the host has reported; `input_overflow`: the device lost input."""
        return self._stream.statistics().flags

    @property
    def position(self) -> float:
        """Length of the file so far, in seconds."""
        return self._frames / self._writer.samplerate

    @property
    def samplerate(self) -> int:
        """The file's rate, Hz."""
        return self._writer.samplerate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self._stream.channels)


def check_length(frames: int | None, seconds: float | None) -> None:
    """Raise TypeError or ValueError for a length that cannot be."""
    if frames is not None and seconds is not None:
        raise TypeError("either frames or seconds, not both")
    if frames is not None:
        check_frames(frames)
    if seconds is not None:
        check_buffer(seconds, "seconds")
