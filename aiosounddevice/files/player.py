"""Playing a sound file, with a position, pauses and jumps."""

from __future__ import annotations

import contextlib
import math
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio
from anyio.abc import AsyncResource

from ..aio.errors import StreamBusy, StreamClosed
from ..aio.loops import posted
from ..aio.output import OutputStream
from ..core.errors import AudioError, FormatNotSupported
from ..core.flags import CallbackFlags
from ..core.takes import channel_list
from .errors import FileError, Path
from .opening import open_at
from .reading import Block, FileInfo, SoundReader
from .thread import FileThread

if TYPE_CHECKING:
    import numpy

BUFFER = 2.0
_PAUSE = 0.1
_UNDERFLOW = 0x04
_INVALID_CHANNELS = -9998


class _Stretch(NamedTuple):
    """From which frame of the stream on which frames of the file are played."""

    begins: int
    frame: int
    ratio: float
    """Frames of the file per frame of the stream; 0 in a pause."""


def _close(readers: list[SoundReader]) -> None:
    """Close what has been opened. No method: a forgotten player must not live until it is done."""
    for reader in readers:
        reader.close()


class FilePlayer(AsyncResource):
    """Plays a sound file: ``async with FilePlayer(path) as player: await player.play()``.

    The file is read block by block in a thread of its own, so it may be larger than memory, and a
    slow disk does not hold up the event loop. Entering the block opens file and device. Other
    tasks may `pause`, `resume` and `seek` meanwhile, in the same event loop.

    Parameters
    ----------
    path
        WAV, FLAC, Ogg (Vorbis, Opus), MP3, AIFF and what else libsndfile reads.
    start, stop
        Part of the file to play, in seconds; default: all of it. They are rounded to frames, so
        `frame / samplerate` names a frame exactly.
    loop
        Play the part again and again, without a gap.
    channels
        How many of the file's channels to play, or a list of those, counted from 1; default: all.
    mapping
        Channel numbers of the device, from 1, for the channels that are played; a single channel
        goes to all of them.
    samplerate
        The device's rate; default: the file's, or the device's own one where it refuses that.
        What differs is converted by soxr in the file's thread.
    buffer
        Seconds that are read ahead.
    **stream
        Further arguments of `OutputStream`: blocksize, device, latency, extra_settings, and the
        flags.

    Attributes
    ----------
    info : FileInfo
        What the file says of itself; after the block was entered.
    """

    info: FileInfo

    def __init__(
        self,
        path: Path,
        *,
        start: float | None = None,
        stop: float | None = None,
        loop: bool = False,
        channels: Any = None,
        mapping: Any = None,
        samplerate: float | None = None,
        buffer: float = BUFFER,
        **stream: Any,
    ) -> None:
        self._path, self._wanted_rate, self._mapping = path, samplerate, mapping
        self._reading = (path, start, stop, loop, channels)
        self._options = {"dtype": "float32", "buffer": buffer, **stream}
        self._loop = loop
        self._thread: FileThread | None = None
        self._reader: SoundReader
        self._opened: list[SoundReader] = []
        self._stream: OutputStream
        self._open = self._playing = self._paused = self._changed = self._finished = False
        self._last = 0.0
        self._ratio = 1.0
        self._target: int | None = None
        self._interrupt: anyio.CancelScope | None = None
        self._ahead: Future[Block | None] | None = None
        self._stretch = _Stretch(0, 0, 0.0)
        self._levels: deque[tuple[int, tuple[float, ...]]] = deque()

    # ---- life

    async def __aenter__(self) -> FilePlayer:
        """Open the file, then the device.

        Raises
        ------
        FileError
            If the file cannot be read.
        MissingPackage
            Without soundfile, or without soxr where rates differ.
        ValueError
            If `start`, `stop`, `channels` or `mapping` do not fit the file.
        PortAudioError, DeviceNotFound, LibraryNotFound
            If the device cannot be opened.
        """
        self._thread = FileThread(f"file: {self._path}")
        try:
            await self._thread.call(self._open_reader)
            self.info = self._reader.info
            rate = self._wanted_rate or self.info.samplerate
            self._stream = await self._open_stream(rate)
            self._open = True
            suited = self._stream.samplerate, self._stream.channels
            await self._thread.call(self._reader.suit, *suited)
        except BaseException:
            await self.aclose()
            raise
        self._ratio = self.info.samplerate / self._stream.samplerate
        self._begin(self._reader.start)
        return self

    async def aclose(self) -> None:
        """Silence, at once; close device and file. Idempotent, also when it is cancelled."""
        thread, self._thread = self._thread, None
        try:
            if self._open:
                self._last = self.position
                self._open = False
                await self._close_stream()
        finally:
            if thread is not None:
                await thread.close(partial(_close, self._opened))

    async def _close_stream(self) -> None:
        try:
            with contextlib.suppress(AudioError):  # there is nothing more to save
                await self._stream.abort()
        finally:
            await self._stream.aclose()

    def __del__(self) -> None:
        if getattr(self, "_thread", None) is not None:
            self._thread.finish(partial(_close, self._opened))  # type: ignore[union-attr]

    # In the thread. Kept here at once: a cancelled wait for it must not lose the open file.
    def _open_reader(self) -> None:
        self._reader = SoundReader(*self._reading)
        self._opened.append(self._reader)

    async def _open_stream(self, rate: float) -> OutputStream:
        columns = self._reader.channels
        channels: Any = columns
        if self._mapping is not None:
            channels = channel_list(self._mapping)
            if columns not in (1, len(channels)):
                raise ValueError(
                    f"mapping names {len(channels)} channels, {columns} are played: one number "
                    "for each is needed (or channels= with one channel)"
                )

        def make(samplerate: float) -> OutputStream:
            return OutputStream(samplerate, channels=channels, **self._options)

        try:
            return await open_at(make, rate, "output", self._options.get("device"))
        except FormatNotSupported as error:
            if error.code == _INVALID_CHANNELS and self._mapping is None:
                hint = "mapping=[1, 2] plays it on two"
                if columns > 1:
                    fewer = 2 if columns > 2 else 1
                    hint = f"channels={fewer} plays the first {fewer}"
                error.explanation += f"\nthe file has {columns}: {hint}"
            raise

    # ---- playing

    async def play(self) -> CallbackFlags:
        """Play, and return when the last frame has been heard. After that it can play again.

        Returns
        -------
        CallbackFlags
            What the host reported while it played; `output_underflow` also where the disk was too
            slow. False when nothing went wrong.

        Raises
        ------
        FileError
            Where the file is damaged, after what comes before that has been heard.
        DeviceLost
            If the device goes away.

        Notes
        -----
        After a cancellation what is queued is still heard; leaving the block silences it at once,
        and another `play` goes on with the frame that comes next.
        """
        if not self._open:
            raise StreamClosed("play(): use 'async with FilePlayer(...)' first")
        if self._playing:
            raise StreamBusy("play()")
        self._playing, over = True, False
        try:
            if self._finished:
                self._finished = False
                await self._reposition(self._reader.start)
            while not over:
                with anyio.CancelScope() as self._interrupt:
                    over = await self._feed()
                await self._obey()
            self._finished = True
        except FileError:
            self._finished = True
            raise
        except BaseException:
            self._changed = True  # the block under way is lost: read on from what was heard
            raise
        finally:
            self._playing, self._interrupt = False, None
        return self._flags()

    async def _feed(self) -> bool:
        """Write until the end has been heard, or silence in a pause; False: there is news.

        Cancelled for news: only this task touches the stream, for a `clear` in another would
        race with its writes.
        """
        if self._changed:
            return False
        while self._paused:
            await self._stream.write(self._silence())
        trouble = None
        try:
            while (block := await self._next()) is not None:
                self._note_levels(block)
                await self._stream.write(block.data)
        except FileError as error:
            trouble = error
        await self._stream.drain()
        if trouble is not None:
            raise trouble
        return True

    async def _next(self) -> Block | None:
        """Take the block that was read meanwhile, and have the next one read."""
        assert self._thread is not None
        if self._ahead is None:
            self._ahead = self._thread.post(self._reader.read)
        block = await posted(self._ahead)
        self._ahead = None if block is None else self._thread.post(self._reader.read)
        return block

    def _silence(self) -> numpy.ndarray:
        import numpy

        frames = max(1, round(self._stream.samplerate * _PAUSE))
        return numpy.zeros((frames, self._stream.channels), numpy.float32)

    async def _obey(self) -> None:
        """Pause, go on, or jump, as other tasks wish: throw away what is queued, begin anew."""
        while self._changed:
            self._changed = False
            await self._stream.clear()
            at, self._target = self._target, None
            await self._reposition(self._frame_at(self._handed_over) if at is None else at)

    async def _reposition(self, frame: int) -> None:
        assert self._thread is not None
        self._ahead = None
        self._levels.clear()
        self._begin(frame)
        await self._thread.call(self._reader.seek, frame)

    def _begin(self, frame: int) -> None:
        self._stretch = _Stretch(self._handed_over, frame, 0.0 if self._paused else self._ratio)

    @property
    def _handed_over(self) -> int:
        """Frames that the device was given, or will be."""
        return self._stream.frames_written - self._stream.frames_discarded

    def _frame_at(self, handed_over: int) -> int:
        """Frame of the file that belongs to a frame of the stream."""
        stretch, reader = self._stretch, self._reader
        frame = stretch.frame + round(max(0, handed_over - stretch.begins) * stretch.ratio)
        if self._loop and frame > reader.stop:
            return reader.start + (frame - reader.start) % (reader.stop - reader.start)
        return min(frame, reader.stop)

    def _note_levels(self, block: Block) -> None:
        self._forget_levels()  # also when nobody asks for them
        at, step = self._handed_over, -(-len(block.data) // len(block.peaks))
        for place, peaks in enumerate(block.peaks, 1):
            self._levels.append((at + place * step, peaks))

    def _forget_levels(self) -> None:
        played = self._stream.frames_played
        while self._levels and self._levels[0][0] <= played:
            self._levels.popleft()

    def _flags(self) -> CallbackFlags:
        statistics = self._stream.statistics()
        flags = statistics.flags
        if statistics.output_inserted:
            flags |= CallbackFlags(_UNDERFLOW)
        return flags

    # ---- from other tasks

    def pause(self) -> None:
        """Be silent from the device's next block on, and stay where it is. Idempotent."""
        self._wish(paused=True)

    def resume(self) -> None:
        """Go on after `pause`, with the frame that was to come. Idempotent."""
        self._wish(paused=False)

    def seek(self, seconds: float) -> None:
        """Go on from another place of the file, also in a pause.

        Parameters
        ----------
        seconds
            From the file's beginning; brought to the part between `start` and `stop`.
        """
        if not self._open:
            raise StreamClosed("seek(): the player is closed")
        if not math.isfinite(seconds):
            raise ValueError(f"seek() needs a number of seconds, not {seconds!r}")
        frame = round(seconds * self.info.samplerate)
        self._target = max(self._reader.start, min(frame, self._reader.stop))
        self._tell()

    def _wish(self, *, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self._tell()

    def _tell(self) -> None:
        self._changed = True
        self._finished = False
        if self._interrupt is not None:
            self._interrupt.cancel()

    @property
    def paused(self) -> bool:
        """Whether it pauses."""
        return self._paused

    @property
    def position(self) -> float:
        """Place in the file that is heard now, in seconds, as far as the host's latency is true."""
        if not self._open:
            return self._last
        frame = self._target
        if frame is None:
            frame = self._frame_at(self._stream.frames_played)
        return frame / self.info.samplerate

    @property
    def level(self) -> tuple[float, ...]:
        """Largest sample of each channel in the 50 ms that are heard now; full scale is 1."""
        if self._open:
            self._forget_levels()
        if not self._open or not self._levels or self._paused:
            return (0.0,) * self._reader.channels
        return self._levels[0][1]

    @property
    def samplerate(self) -> float:
        """The device's rate, Hz; `info` has the file's."""
        return self._stream.samplerate
