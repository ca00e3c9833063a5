"""The forms in which streams give and take frames: NumPy arrays, or bytes.

The kernel copies frames between its queues and whatever memory it is given. What that memory is,
and what of it the user gets, is all in which `InputStream` and `RawInputStream` (and so on) differ.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from .arrays import as_frames, check_formats, silent_frames
from .parameters import Direction, StreamRequest

if TYPE_CHECKING:
    import numpy

T = TypeVar("T")


class Container(ABC, Generic[T]):
    """One direction's frames in one form.

    Parameters
    ----------
    side
        The stream's direction.
    """

    direct: ClassVar[bool]
    """Whether the user gets the very memory that the kernel has filled."""
    unit: int
    """What `len` says of one frame."""

    def __init__(self, side: Direction) -> None:
        self.side = side
        self.frame_bytes = side.channels * side.samplesize

    @staticmethod
    @abstractmethod
    def check(asked: StreamRequest) -> None:
        """Raise ValueError for a sample format that does not go into this form."""

    @abstractmethod
    def allocator(self, frames: int) -> Callable[[], Any]:
        """Return what returns memory for so many frames, quickly."""

    def allocate(self, frames: int) -> Any:
        """Return memory for the kernel to write to."""
        return self.allocator(frames)()

    @abstractmethod
    def finish(self, memory: Any, frames: int) -> T:
        """Return the first frames of that memory as the user gets them: theirs alone."""

    @abstractmethod
    def silent(self, frames: int) -> Any:
        """Return silence for the user to write over."""

    @abstractmethod
    def accept(self, data: Any) -> Any:
        """Return what a user has given as contiguous memory; TypeError or ValueError if unfit."""

    def count(self, data: Any) -> int:
        """Return the number of frames in what any of these methods returns."""
        return len(data) // self.unit

    @abstractmethod
    def part(self, data: T, start: int) -> T:
        """Return the frames from `start` on; negative: counted from the end."""

    def view(self, data: Any) -> memoryview:
        """Return the bytes of what is not empty."""
        return memoryview(data).cast("B")

    def place(self, frames: int, pieces: Iterable[tuple[int, Any]]) -> T:
        """Return a block of `frames` with pieces at their places in it, and silence elsewhere.

        Parameters
        ----------
        frames
            More than 0.
        pieces
            In order of time: the place of the first frame, and the frames, of which those beyond
            the block are left out.
        """
        size, at = self.frame_bytes, 0
        block = self.allocate(frames)
        target = self.view(block)
        for start, data in pieces:
            source = self.view(data)[: (frames - start) * size]
            _fill(target[at : start * size], self.side.silence)
            at = start * size + len(source)
            target[start * size : at] = source
        _fill(target[at:], self.side.silence)
        return self.finish(block, frames)


def _fill(gap: memoryview, silence: int) -> None:
    if len(gap):
        gap[:] = bytes([silence]) * len(gap)


class Arrays(Container["numpy.ndarray"]):
    """Arrays of shape (frames, channels)."""

    direct = True
    unit = 1

    @staticmethod
    def check(asked: StreamRequest) -> None:
        # Here, and not when the device runs already: loading it takes a tenth of a second.
        import numpy  # noqa: F401

        check_formats(asked)

    def __init__(self, side: Direction) -> None:
        import numpy

        super().__init__(side)
        self._empty, self._dtype = numpy.empty, numpy.dtype(side.dtype)

    def allocator(self, frames: int) -> Callable[[], numpy.ndarray]:
        return partial(self._empty, (frames, self.side.channels), self._dtype)

    def finish(self, memory: numpy.ndarray, frames: int) -> numpy.ndarray:
        return memory if frames == len(memory) else memory[:frames].copy()

    def silent(self, frames: int) -> numpy.ndarray:
        return silent_frames(frames, self.side)

    def accept(self, data: Any) -> numpy.ndarray:
        return as_frames(data, self.side.channels, self.side.dtype)

    def part(self, data: numpy.ndarray, start: int) -> numpy.ndarray:
        return data[start:]


class RawBytes(Container[bytes]):
    """Bytes in the machine's own order, channels interleaved. Without NumPy."""

    direct = False

    def __init__(self, side: Direction) -> None:
        super().__init__(side)
        self.unit = self.frame_bytes

    @staticmethod
    def check(asked: StreamRequest) -> None:
        pass

    def allocator(self, frames: int) -> Callable[[], bytearray]:
        return partial(bytearray, frames * self.frame_bytes)

    def finish(self, memory: bytearray, frames: int) -> bytes:
        return bytes(memoryview(memory)[: frames * self.frame_bytes])

    def silent(self, frames: int) -> memoryview:
        return memoryview(bytearray([self.side.silence]) * (frames * self.frame_bytes))

    def accept(self, data: Any) -> memoryview:
        try:
            view = memoryview(data)
        except TypeError:
            raise TypeError(
                f"the data must be a bytes-like object, not {type(data).__name__}"
            ) from None
        if view.nbytes % self.frame_bytes:
            raise ValueError(
                f"{view.nbytes} bytes are no whole number of frames: a frame has "
                f"{self.frame_bytes} bytes ({self.side.channels} x {self.side.dtype})"
            )
        if not view.nbytes:
            return memoryview(b"")
        return view.cast("B") if view.c_contiguous else memoryview(view.tobytes())

    def part(self, data: bytes, start: int) -> bytes:
        return data[start * self.frame_bytes :]
