"""What the system says, in our words."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest

import aiosounddevice as sd
from aiosounddevice.files.errors import cannot_read, cannot_write


@pytest.mark.parametrize(
    ("explain", "number", "kind", "text"),
    [
        (cannot_read, errno.ENOENT, FileNotFoundError, "there is no file 'a/b.wav'"),
        (cannot_read, errno.ENOTDIR, FileNotFoundError, "there is no file 'a/b.wav'"),
        (cannot_read, errno.EISDIR, IsADirectoryError, "'a/b.wav' is a folder, not a sound file"),
        (cannot_read, errno.EACCES, PermissionError, "no permission to read 'a/b.wav'"),
        (cannot_read, errno.EIO, OSError, "cannot read 'a/b.wav': Input/output error"),
        (cannot_write, errno.EROFS, PermissionError, "no permission to write 'a/b.wav'"),
        (cannot_write, errno.EISDIR, IsADirectoryError, "'a/b.wav' is a folder: name a file"),
        (cannot_write, errno.ENOSPC, OSError, "the disk is full: no more can be written to"),
        (cannot_write, errno.EDQUOT, OSError, "the disk is full: no more can be written to"),
        (cannot_write, errno.EIO, OSError, "cannot write 'a/b.wav': Input/output error"),
    ],
)
def test_messages(
    explain: Callable[[str, OSError], sd.FileError],
    number: int,
    kind: type[OSError],
    text: str,
) -> None:
    error = explain("a/b.wav", OSError(number, os.strerror(number)))
    assert isinstance(error, sd.FileError)
    assert isinstance(error, kind)
    assert isinstance(error, sd.AudioError)
    assert str(error).startswith(text)
    assert type(error).__name__ == "FileError"
    assert (error.errno, error.filename) == (number, "a/b.wav")
    assert "\n" not in str(error)


def test_a_missing_folder_is_named() -> None:
    error = cannot_write("nowhere/b.wav", OSError(errno.ENOENT, "no"))
    assert f"no folder '{os.path.abspath('nowhere')}' for 'nowhere/b.wav'" in str(error)
