"""A sound file that is being recorded. In the file's thread: everything here waits."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import PurePath
from typing import TYPE_CHECKING

from .errors import FileError, Path, cannot_write, named
from .keeping import Keeper
from .packages import open_sound, soundfile
from .rates import Converter
from .reading import peaks
from .target import Target

if TYPE_CHECKING:
    import numpy

KEEP = 0.25
"""Seconds of sound after which what was written is made readable for the case of a crash."""
# At a constant bit rate the length of an MP3 file is known from its size, also after a crash.
_OPTIONS = {"MP3": {"bitrate_mode": "CONSTANT", "compression_level": 0.45}}
_EXTENSIONS = {
    "wave": ("WAV", None),
    "aif": ("AIFF", None),
    "oga": ("OGG", None),
    "opus": ("OGG", "OPUS"),
}
_MOST_BYTES = 2**32 - 2**16
_SHORT = ("WAV", "WAVEX", "AIFF")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def file_format(path: Path, format: str | None, subtype: str | None) -> tuple[str, str]:  # noqa: A002
    """Return libsndfile's names for the format of a file: those given, or by its extension.

    Raises
    ------
    ValueError
        For a format that libsndfile does not write.
    """
    package = soundfile()
    extension = PurePath(os.fspath(path)).suffix[1:].lower()
    usual: str | None = None
    if format is None:
        format, usual = _EXTENSIONS.get(extension, (extension.upper(), None))  # noqa: A001
    format = format.upper()  # noqa: A001
    if format not in package.available_formats() or format == "RAW":
        what = f"the extension {'.' + extension!r}" if extension else "a name without extension"
        raise ValueError(
            f"{named(path)}: {what} tells no format that can be recorded: "
            "use .wav, .flac, .ogg, .opus, .mp3, .aiff or .rf64, or format="
        )
    subtype = (subtype or usual or package.default_subtype(format) or "").upper()
    if not package.check_format(format, subtype):
        names = ", ".join(package.available_subtypes(format))
        raise ValueError(f"{format} has no subtype {subtype!r}: choose one of {names}")
    return format, subtype


def check_target(path: Path, *, overwrite: bool) -> None:
    """Raise what opening the file would, as far as can be told without making it.

    So that a mistake costs neither the device nor a file that is there.
    """
    where = os.fspath(path)
    folder = os.path.dirname(os.path.abspath(where))
    if os.path.isdir(where):
        number = errno.EISDIR
    elif os.path.lexists(where) and not overwrite:
        number = errno.EEXIST
    elif not os.path.isdir(folder):
        number = errno.ENOENT
    elif not os.access(where if os.path.exists(where) else folder, os.W_OK):
        number = errno.EACCES
    else:
        return
    raise cannot_write(path, OSError(number, os.strerror(number)))


class SoundWriter:
    """Writes frames into a new sound file, which is readable at any time.

    Parameters
    ----------
    path, overwrite
        The file, and whether it may be there.
    samplerate, channels
        Of the file.
    given
        Rate of the frames that come.
    format, subtype
        libsndfile's names.
    """

    def __init__(
        self,
        path: Path,
        *,
        overwrite: bool,
        samplerate: float,
        channels: int,
        given: float,
        format: str,  # noqa: A002
        subtype: str,
    ) -> None:
        self.path = path
        self.samplerate = round(samplerate)
        self.frames = 0
        self.limit: int | None = None
        self._channels, self._format = channels, format
        package = soundfile()
        self._converter = Converter(given, self.samplerate, channels)
        try:
            self._target = Target(path, overwrite=overwrite)
        except OSError as error:
            raise cannot_write(path, error) from error
        try:
            self._file = open_sound(
                self._target,
                "w",
                self.samplerate,
                channels,
                subtype,
                format=format,
                **_OPTIONS.get(format, {}),
            )
        except (package.LibsndfileError, TypeError, ValueError) as error:
            self._discard()
            raise self._refused(subtype, error) from error
        self._keeper = Keeper(package, self._file, self._target)
        self._kept = 0

    def _refused(self, subtype: str, error: Exception) -> FileError:
        if self._target.error is not None:
            return cannot_write(self.path, self._target.error)
        reason = str(getattr(error, "error_string", error)).rstrip(".")
        return FileError(
            f"{named(self.path)} cannot be recorded: {self._format} ({subtype}) does not do "
            f"{self._channels} channel{'' if self._channels == 1 else 's'} at "
            f"{self.samplerate} Hz ({reason}): try another format, channels= or samplerate="
        )

    def write(self, lost: int, data: numpy.ndarray) -> tuple[int, tuple[float, ...]]:
        """Append silence for lost frames, then frames of shape (frames, channels).

        Returns
        -------
        frames : int
            In the file.
        peaks : tuple of float
            The largest sample of each channel.

        Raises
        ------
        FileError
            When no more can be written; what was written before is kept.
        """
        while lost > 0:
            part = min(lost, 65536)
            self._append(self._converter.convert(_silence(part, data)))
            lost -= part
        self._append(self._converter.convert(data))
        # By what was written and not by the clock: what is missing after a crash is then known.
        if self.frames >= self._kept + KEEP * self.samplerate:
            self._keeper.keep(self.frames)
            self._kept = self.frames
        return self.frames, peaks(data)

    def close(self, *, keep_empty: bool = True) -> None:
        """Finish the file and close it; an empty one may be removed.

        Raises
        ------
        FileError
            When the end could not be written.
        """
        failed_before = self._target.error is not None
        if not failed_before:
            with contextlib.suppress(FileError):  # told below
                self._append(self._converter.convert(_no_frames(self._channels), last=True))
        with contextlib.suppress(soundfile().SoundFileError):
            self._file.close()
        if self._target.error is not None and self._format == "FLAC":
            self._keeper.count(self.frames)  # libFLAC gives up on the header after an error
        error = self._target.error
        self._target.close()
        if not self.frames and (error is not None or not keep_empty):
            self._discard()
        if error is not None and not failed_before:
            raise self._full(error)

    def _append(self, data: numpy.ndarray) -> None:
        package = soundfile()
        if self.limit is not None:
            data = data[: self.limit - self.frames]
        if self._format in _SHORT and self._target.size > _MOST_BYTES - data.nbytes:
            raise FileError(
                f"{named(self.path)} is full: {self._format} files end at 4 GB; "
                "record long takes as .rf64 or .flac"
            )
        try:
            if len(data):
                self._file.write(data)
        except (package.SoundFileError, AssertionError) as error:
            if self._target.error is None:
                raise FileError(f"cannot write {named(self.path)}: {error}") from error
        if self._target.error is not None:
            raise self._full(self._target.error)
        self.frames += len(data)

    def _full(self, error: OSError) -> FileError:
        explained = cannot_write(self.path, error)
        if error.errno in _NO_ROOM and self.frames:
            kept = f"{named(self.path)} holds the {self.frames / self.samplerate:.1f} s until then"
            explained.args = (f"the disk is full: {kept}",)
        return explained

    def _discard(self) -> None:
        """Remove a file that we made and that has nothing in it."""
        self._target.close()
        with contextlib.suppress(OSError):
            if os.path.isfile(self.path):  # and no device
                os.remove(self.path)


def _silence(frames: int, like: numpy.ndarray) -> numpy.ndarray:
    import numpy

    return numpy.zeros((frames, like.shape[1]), like.dtype)


def _no_frames(channels: int) -> numpy.ndarray:
    import numpy

    return numpy.empty((0, channels), numpy.float32)
