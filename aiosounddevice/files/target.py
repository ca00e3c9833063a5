"""The file below libsndfile, when it writes."""

from __future__ import annotations

import os

from .errors import Path


class Target:
    """A raw file that remembers what went wrong, and then does not grow any more.

    libsndfile takes it in place of a path (soundfile's "virtual I/O"). It does not always tell of a
    failed write (Ogg and MP3: not at all), and never why; the system's own error does. Once a
    write has failed the file may still be changed but not grow: so that libsndfile can
    finish the header, and nothing is written behind a hole.

    Parameters
    ----------
    path
        To be made.
    overwrite
        Whether it may exist.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self.error: OSError | None = None
        flags = os.O_RDWR | os.O_CREAT | (os.O_TRUNC if overwrite else os.O_EXCL)
        self._fd = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666)
        self._size = 0
        self._at = 0

    # ---- what soundfile calls

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, like a file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Place of the next read or write."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Read, for formats that look back."""
        data = self.look(self._at, self._size - self._at if size < 0 else size)
        self._at += len(data)
        return data

    def write(self, data: bytes) -> int:
        """Write all, or less and remember why."""
        done = 0
        if self.error is not None:
            data = data[: max(0, self._size - self._at)]
        try:
            while done < len(data):
                os.lseek(self._fd, self._at + done, os.SEEK_SET)
                done += os.write(self._fd, data[done:])
        except OSError as error:
            self.error = self.error or error
        self._at += done
        self._size = max(self._size, self._at)
        return done

    # ---- what we do beside libsndfile

    def look(self, at: int, size: int) -> bytes:
        """Read at a place, without moving."""
        os.lseek(self._fd, at, os.SEEK_SET)
        return os.read(self._fd, max(0, size))

    def patch(self, at: int, data: bytes) -> None:
        """Change what was written, without moving."""
        os.lseek(self._fd, at, os.SEEK_SET)
        os.write(self._fd, data)

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def close(self) -> None:
        """Close the file. Idempotent."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
