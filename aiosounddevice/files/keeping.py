"""Keeping a file readable while it is being written, for the case that the program dies.

* WAV, AIFF, AU, CAF, RF64, W64: libsndfile writes the lengths in the header when it closes the
  file, or when it is told to; so we tell it.
* FLAC: the number of frames is 0 until the end, which libsndfile then cannot read. We write those
  that are complete into STREAMINFO ourselves (RFC 9639, section 8.2).
* Ogg and MP3 have no such header. What is in the file can be played, and that is what the encoder
  has let go of: of Opus all but the last 0.3 s (we ask for short pages), of MP3 all but 0.1 s (at a
  constant bit rate; otherwise its length would be a guess), of Vorbis what fills pages of 4 kB,
  which is all but the last second with sound and at usual rates; at 8 kHz it may be 1.5 s, and of
  digital silence 6 s. There is no command for shorter pages of Vorbis.
"""

from __future__ import annotations

from typing import Any

from .target import Target

# libsndfile's sndfile.h; soundfile has no functions for them.
_UPDATE_HEADER_NOW, _OGG_PAGE_LATENCY_MS = 0x1060, 0x1302
_WITH_LENGTHS = ("WAV", "WAVEX", "AIFF", "AU", "CAF", "RF64", "W64")
_PAGE_MS = 200.0
# In a FLAC file: 4 bytes "fLaC", 4 bytes of block header, STREAMINFO.
_LARGEST_BLOCK, _TOTAL = 10, 21


class Keeper:
    """Makes a file that libsndfile writes readable as it is. In the file's thread.

    Parameters
    ----------
    package
        soundfile.
    file
        The open ``SoundFile``.
    target
        What it writes into.
    """

    def __init__(self, package: Any, file: Any, target: Target) -> None:
        self._package, self._file, self._target = package, file, target
        if file.subtype == "OPUS":
            latency = package._ffi.new("double *", _PAGE_MS)
            self._command(_OGG_PAGE_LATENCY_MS, latency, 8)

    def keep(self, frames: int) -> None:
        """Make what has been written readable: that many frames were given to libsndfile."""
        if self._file.format in _WITH_LENGTHS:
            self._command(_UPDATE_HEADER_NOW, self._package._ffi.NULL, 0)
        elif self._file.format == "FLAC":
            self.count(frames)

    def count(self, frames: int) -> None:
        """Tell the complete ones of so many frames in a FLAC file's header."""
        head = self._target.look(0, 26)
        if len(head) < 26 or head[:4] != b"fLaC":
            return
        block = int.from_bytes(head[_LARGEST_BLOCK : _LARGEST_BLOCK + 2], "big")
        # libFLAC writes a block when it has been given the first frame of the next.
        whole = max(0, frames - 1) // block * block if block else 0
        high = head[_TOTAL] & 0xF0 | whole >> 32 & 0x0F  # the byte has bits of another field
        self._target.patch(_TOTAL, bytes([high]) + (whole & 0xFFFFFFFF).to_bytes(4, "big"))

    def _command(self, number: int, data: Any, size: int) -> None:
        # Not public, but there since soundfile's first version; without it only a crash is worse.
        library = getattr(self._package, "_snd", None)
        if library is not None:
            library.sf_command(self._file._file, number, data, size)
