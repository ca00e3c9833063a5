"""What can go wrong with a sound file, in one line that says what to do."""

# ruff: noqa: N818 - as in core.errors

from __future__ import annotations

import errno
import os
from typing import Any

from ..core.errors import AudioError

Path = str | os.PathLike[str]


class FileError(AudioError, OSError):
    """A sound file cannot be read or written.

    Where the system said why, `errno` is set, and the error is also a `FileNotFoundError`,
    `FileExistsError`, `IsADirectoryError` or `PermissionError`.
    """


class MissingPackage(AudioError, ImportError):
    """A package is not installed that one of the extras brings."""


class _Missing(FileError, FileNotFoundError):
    pass


class _Exists(FileError, FileExistsError):
    pass


class _Folder(FileError, IsADirectoryError):
    pass


class _Refused(FileError, PermissionError):
    pass


for _class in (_Missing, _Exists, _Folder, _Refused):
    _class.__name__ = _class.__qualname__ = "FileError"

_CLASSES: dict[int | None, type[FileError]] = {
    errno.ENOENT: _Missing,
    errno.ENOTDIR: _Missing,
    errno.EEXIST: _Exists,
    errno.EISDIR: _Folder,
    errno.EACCES: _Refused,
    errno.EPERM: _Refused,
    errno.EROFS: _Refused,
}
_FULL = (errno.ENOSPC, errno.EDQUOT)


def named(path: Path) -> str:
    """Return a path as messages have it."""
    return repr(os.fspath(path))


def cannot_read(path: Path, error: OSError) -> FileError:
    """Explain why a file cannot be opened for reading."""
    texts = {
        _Missing: "there is no file {}",
        _Folder: "{} is a folder, not a sound file",
        _Refused: "no permission to read {}",
    }
    return _explain(path, error, texts, "cannot read {}")


def cannot_write(path: Path, error: OSError) -> FileError:
    """Explain why a file cannot be opened for writing, or not be written to any more."""
    folder = named(os.path.dirname(os.path.abspath(path)))
    texts = {
        _Missing: f"there is no folder {folder} for {{}}: make it first",
        _Exists: "{} exists already: choose another name, or overwrite=True",
        _Folder: "{} is a folder: name a file",
        _Refused: "no permission to write {}",
    }
    if error.errno in _FULL:
        return _explain(path, error, {}, "the disk is full: no more can be written to {}")
    return _explain(path, error, texts, "cannot write {}")


def _explain(path: Path, error: OSError, texts: dict[Any, str], other: str) -> FileError:
    kind = _CLASSES.get(error.errno, FileError)
    text = texts.get(kind)
    if text is None:
        text = other if error.errno in _FULL else f"{other}: {error.strerror or error}"
    explained = kind(text.format(named(path)))
    explained.errno, explained.strerror = error.errno, error.strerror
    explained.filename = os.fspath(path)
    return explained
