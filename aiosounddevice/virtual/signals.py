"""What a microphone can be fed with, as the card wants it: doubles, full scale 1, a row a frame."""

from __future__ import annotations

import importlib
import os
import sys
import wave
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._interface import ffi

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def signal(what: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Bring samples of any type to the card's."""
    import numpy as np

    array = np.asarray(what)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.shape[1] < 1:
        raise ValueError(f"samples of shape {array.shape}: not (frames,) or (frames, channels)")
    if array.dtype.kind == "u" and array.dtype.itemsize == 1:
        samples = (array.astype(np.float64) - 128) / 128
    elif array.dtype.kind == "i":
        samples = array / 2.0 ** (8 * array.dtype.itemsize - 1)
    elif array.dtype.kind == "f":
        samples = array.astype(np.float64)
    else:
        raise TypeError(f"samples of dtype {array.dtype}")
    return np.ascontiguousarray(samples, dtype=np.float64)


def read_file(path: str | os.PathLike[str]) -> tuple[npt.NDArray[np.float64], int]:
    """Read a sound file: samples and sample rate.

    WAV files with integers need nothing but Python; others need the package soundfile.
    """
    try:
        with wave.open(os.fspath(path), "rb") as file:
            data = file.readframes(file.getnframes())
            return _integers(data, file.getsampwidth(), file.getnchannels()), file.getframerate()
    except (wave.Error, EOFError) as error:
        try:
            soundfile: Any = importlib.import_module("soundfile")
        except ImportError:
            raise ValueError(f"{path}: {error}; other files need the package soundfile") from error
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    return samples, int(rate)


def _integers(data: bytes, width: int, channels: int) -> npt.NDArray[np.float64]:
    import numpy as np

    if width == 3:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        samples = wide.view("<i4")
    else:
        samples = np.frombuffer(data, {1: "u1", 2: "<i2", 4: "<i4"}[width])
    return signal(samples.reshape(-1, channels))


class Pull:
    """Lets the card take from an iterator what its next block needs.

    The iterator runs on the thread that runs the callbacks; on a clock that runs by itself that is
    the card's. An exception of its ends it, and goes to `sys.unraisablehook`.
    """

    def __init__(self, chunks: Iterable[npt.ArrayLike]) -> None:
        self._chunks = iter(chunks)
        self._rest: npt.NDArray[np.float64] | None = None
        self.function = ffi.callback(
            "int(void *, double *, int64_t, int)", self._give, error=0, onerror=_report
        )

    def _next(self) -> npt.NDArray[np.float64] | None:
        rest, self._rest = self._rest, None
        while rest is None or not len(rest):
            chunk = next(self._chunks, None)
            if chunk is None:
                return None
            rest = signal(chunk)
        return rest

    def _give(self, _user: Any, pointer: Any, frames: int, channels: int) -> int:
        import numpy as np

        memory = memoryview(ffi.buffer(pointer, frames * channels * 8))
        buffer = np.frombuffer(memory, np.float64)
        wanted = buffer.reshape(frames, channels)
        while len(wanted):
            chunk = self._next()
            if chunk is None:
                return 0
            part, self._rest = chunk[: len(wanted)], chunk[len(wanted) :]
            if part.shape[1] == 1:
                wanted[: len(part)] = part
            else:
                both = min(channels, part.shape[1])
                wanted[: len(part), :both] = part[:, :both]
            wanted = wanted[len(part) :]
        return 1


class _Unraisable:
    """What `sys.unraisablehook` wants to be told."""

    err_msg = "The virtual microphone was fed by"
    object = Pull

    def __init__(
        self, kind: type[BaseException], value: BaseException, traceback: TracebackType | None
    ) -> None:
        self.exc_type, self.exc_value, self.exc_traceback = kind, value, traceback


def _report(kind: Any, value: Any, traceback: Any) -> None:
    hook: Any = sys.unraisablehook
    hook(_Unraisable(kind, value, traceback))
