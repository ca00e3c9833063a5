"""Blocks of a sound file, as they are to be played. In the file's thread: everything here waits."""

from __future__ import annotations

import contextlib
import math
import os
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.checks import check_buffer
from ..core.takes import channel_list
from .errors import FileError, Path, cannot_read, named
from .packages import open_sound, soundfile
from .rates import Converter

if TYPE_CHECKING:
    import numpy

BLOCK = 0.25
"""Seconds per block: long enough that threads cost nothing, short enough for little memory."""
METER = 0.05
"""Seconds per value of the level."""
_UNKNOWN = 2**62
"""From here on libsndfile does not know how many frames there are."""
_FEWEST = 256
_STREAMED = 0x7FFFF000
"""Sizes in a WAV header from which on a program meant "to the end", as it wrote into a pipe."""


@dataclass(frozen=True)
class FileInfo:
    """What a sound file says of itself."""

    samplerate: int
    """Frames per second."""
    channels: int
    frames: int | None
    """Length; None where only reading to the end would tell."""
    format: str
    """As libsndfile names it: ``"WAV"``, ``"FLAC"``, ``"OGG"``, ``"MP3"``, ..."""
    subtype: str
    """How samples are stored: ``"PCM_16"``, ``"VORBIS"``, ..."""

    @property
    def duration(self) -> float | None:
        """Length in seconds."""
        return None if self.frames is None else self.frames / self.samplerate


class Block(NamedTuple):
    """Some frames to be played."""

    data: numpy.ndarray
    peaks: list[tuple[float, ...]]
    """The largest sample of each channel in every `METER` seconds."""


class SoundReader:
    """Reads a sound file block by block.

    Parameters
    ----------
    path
        The file.
    start, stop
        Seconds; by default the file's own.
    loop
        Whether `start` follows `stop`.
    channels
        How many of the file's channels, or which, counted from 1.
    """

    def __init__(
        self,
        path: Path,
        start: float | None = None,
        stop: float | None = None,
        loop: bool = False,
        channels: Any = None,
    ) -> None:
        self._path = path
        self._file, self.info = _open(path)
        try:
            self._columns = _columns(path, channels, self.info.channels)
            self.start, self.stop = self._span(start, stop)
            self._loop = loop
            self.suit(self.info.samplerate, self.channels)
            self.seek(self.start)
        except BaseException:
            self._file.close()
            raise

    def _span(self, start: float | None, stop: float | None) -> tuple[int, int]:
        """Frames to begin and to end with."""
        rate, frames = self.info.samplerate, self.info.frames
        first = _frame("start", start, rate, 0)
        last = _frame("stop", stop, rate, _UNKNOWN if frames is None else frames)
        if frames is not None:
            last = min(last, frames)
            if first >= frames:
                text = f"start={start} is not inside of {named(self._path)}"
                raise ValueError(f"{text}, which is {frames / rate:g} seconds long")
        if first >= last:
            raise ValueError(f"start ({first / rate:g} s) must be before stop ({stop} s)")
        return first, last

    @property
    def channels(self) -> int:
        """Channels of a block."""
        return self.info.channels if self._columns is None else len(self._columns)

    def suit(self, samplerate: float, channels: int) -> None:
        """Convert to this rate, and spread a single channel to as many, from now on."""
        if self.channels == 1 and channels > 1:
            self._columns = (self._columns or [0]) * channels
        self._converter = Converter(self.info.samplerate, samplerate, self.channels)
        self._meter = max(1, round(METER * samplerate))

    def seek(self, frame: int) -> None:
        """Go on from a frame of the file, which is brought to the part that is played."""
        self._at = max(self.start, min(frame, self.stop))
        self._ended = self._broken = self._damaged = False
        self._most = self.stop
        try:
            self._file.seek(self._at)
        except soundfile().LibsndfileError:  # it ends before
            self._broken = True
            self._at = min(self._at, self._file.frames)
        self._converter.restart()

    def read(self) -> Block | None:
        """Return the next block, None at the end.

        Raises
        ------
        FileError
            Where the file ends, or cannot be read, before the end that it tells of.
        """
        while not self._ended:
            chunk = self._gather(max(1, round(BLOCK * self.info.samplerate)))
            self._ended = not len(chunk)
            data = self._converter.convert(chunk, last=self._ended)
            if len(data):
                return Block(data, self._peaks(data))
        if self._broken:
            raise self._cut_off()
        return None

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _gather(self, frames: int) -> numpy.ndarray:
        """Frames from the file, from the start again after the stop if it loops."""
        import numpy

        chunks: list[numpy.ndarray] = []
        missing = frames
        while missing and not self._broken:
            if self._at >= self.stop:
                if not self._loop:
                    break
                self._at = self.start
                self._file.seek(self.start)
            chunk = self._take(min(missing, self.stop - self._at))
            self._at += len(chunk)
            missing -= len(chunk)
            chunks.append(chunk)
            if not len(chunk):
                self._end_early()
        if not chunks:
            return numpy.empty((0, self.channels), numpy.float32)
        return chunks[0] if len(chunks) == 1 else numpy.concatenate(chunks)

    def _take(self, frames: int) -> numpy.ndarray:
        """Read once. An empty array: there is no more.

        What is damaged makes libsndfile refuse the whole read: then less at a time from there on.
        """
        while True:
            try:
                wanted = min(frames, self._most)
                data: numpy.ndarray = self._file.read(wanted, dtype="float32", always_2d=True)
                break
            except soundfile().LibsndfileError:
                with contextlib.suppress(soundfile().LibsndfileError):
                    self._file.seek(self._at)
                if wanted <= _FEWEST:
                    self._damaged, data = True, self._empty()
                    break
                self._most = wanted // 4
        return data if self._columns is None else data[:, self._columns]

    def _empty(self) -> numpy.ndarray:
        import numpy

        return numpy.empty((0, self.info.channels), numpy.float32)

    def _end_early(self) -> None:
        """No more frames though the end has not been reached."""
        if self._at > self.start and self.info.frames is None:
            self.stop = self._at  # now we know; a loop goes back to the start
        elif self._at > self.start and self.info.format == "MP3" and not self._damaged:
            # Its length is estimated from the first frames, unless a tag tells it.
            self.stop = self._at
        else:
            self._broken = True

    def _cut_off(self) -> FileError:
        rate, frames = self.info.samplerate, self.info.frames
        whole = "" if frames is None else f" of the {frames / rate:.2f} s that it should have"
        return FileError(
            f"{named(self._path)} is damaged or cut off: "
            f"it could be played up to {self._at / rate:.2f} s{whole}"
        )

    def _peaks(self, data: numpy.ndarray) -> list[tuple[float, ...]]:
        parts = (data[at : at + self._meter] for at in range(0, len(data), self._meter))
        return [peaks(part) for part in parts]


def peaks(data: numpy.ndarray) -> tuple[float, ...]:
    """Return the largest absolute sample of each channel."""
    return tuple(map(float, abs(data).max(axis=0)))


def _open(path: Path) -> tuple[Any, FileInfo]:
    package = soundfile()
    try:
        # libsndfile only says "System error"; the system says which.
        with open(path, "rb") as raw:
            head = raw.read(28)
    except OSError as error:
        raise cannot_read(path, error) from error
    if not head:
        raise FileError(f"{named(path)} is empty")
    try:
        file = open_sound(os.fspath(path))
    except package.LibsndfileError as error:
        raise _no_sound(path, head, error) from error
    frames = None if file.frames >= _UNKNOWN else _promised(file)
    info = FileInfo(file.samplerate, file.channels, frames, file.format, file.subtype)
    if info.samplerate <= 0 or info.channels <= 0 or frames == 0:
        file.close()
        what = "no frames" if frames == 0 else f"a sample rate of {info.samplerate} Hz"
        raise FileError(f"{named(path)} cannot be played: it has {what}")
    return file, info


def _no_sound(path: Path, head: bytes, error: Any) -> FileError:
    reason = error.error_string.rstrip(".")
    if head[:4] == b"RIFF" and len(head) == 28 and head[12:16] == b"fmt ":
        (rate,) = struct.unpack("<I", head[24:28])
        if rate == 0 or rate >= 2**31:
            reason = f"its header says {rate} frames per second"
    return FileError(
        f"{named(path)} is damaged, or no sound file that libsndfile reads "
        f"(WAV, FLAC, Ogg, MP3, AIFF, ...): {reason}"
    )


def _promised(file: Any) -> int:
    """Frames that a file should have; libsndfile gives those that a WAV file that was cut off has.

    Its log tells of both.
    """
    frames = int(file.frames)
    found = re.search(r"^data : (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if found and frames and file.format in ("WAV", "WAVEX"):
        told, there = int(found[1]), int(found[2])
        if 0 < there < told < _STREAMED:
            return math.ceil(frames * told / there)
    return frames


def _frame(name: str, seconds: float | None, rate: int, otherwise: int) -> int:
    if seconds is None:
        return otherwise
    return round(check_buffer(seconds, name, zero=True) * rate)


def _columns(path: Path, channels: Any, there: int) -> list[int] | None:
    """Columns of the file that are to be played; None: all."""
    if channels is None:
        return None
    numbers = [*range(1, channels + 1)] if isinstance(channels, int) else channel_list(channels)
    if not numbers or not all(isinstance(n, int) and 1 <= n <= there for n in numbers):
        count = f"{there} channel{'' if there == 1 else 's'}"
        raise ValueError(f"channels={channels!r}: {named(path)} has {count}, counted from 1")
    return [number - 1 for number in numbers]
