"""Async generators of blocks that close their device when the loop is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
from anyio.abc import AsyncResource

from ..core.checks import check_frames
from .input import InputBase, InputStream

if TYPE_CHECKING:
    import numpy

T_co = TypeVar("T_co", covariant=True)


class Blocks(AsyncResource, Generic[T_co]):
    """Blocks of input of a chosen size, with or without overlap.

    ``async for block in sd.blocks(1024): ...`` opens the device with the first block and closes
    it when the loop is left, by whatever way. For that it is a class: the body of an `async def`
    generator is finished by the event loop, at some later time, and a `break` would leave the
    microphone open until then.

    Parameters
    ----------
    stream
        Where the frames come from.
    frames
        Frames per block; None: the stream's own block.
    overlap
        Frames that each block repeats from the one before.
    owned
        Whether the stream is started and closed here.
    """

    def __init__(
        self, stream: InputBase[T_co], frames: int | None, *, overlap: int = 0, owned: bool = False
    ) -> None:
        self._frames = None if frames is None else check_frames(frames)
        self._overlap = 0 if overlap == 0 else check_frames(overlap, "overlap")
        if self._overlap and (self._frames is None or self._overlap >= self._frames):
            raise ValueError(f"overlap ({overlap}) must be less than frames ({frames})")
        self._stream = stream
        self._owned = stream._owned = owned
        self._started = not owned
        self._tail = b""
        self._kept = 0

    @property
    def stream(self) -> InputBase[T_co]:
        """The stream behind: `info`, `samplerate`, `frames_lost`."""
        return self._stream

    def __aiter__(self) -> Blocks[T_co]:
        return self

    async def __anext__(self) -> T_co:
        try:
            if not self._started:
                await self._stream.start()
                self._started = True
            if self._frames is None:
                return await self._stream.receive()
            fresh = await self._stream.read(self._frames - self._kept)
        except anyio.EndOfStream:
            await self.aclose()
            raise StopAsyncIteration from None
        except BaseException:
            # Whoever keeps the exception keeps this frame, but must not keep the device open: a
            # loop that ends with an exception lets go of its iterator, which is the iterator's end.
            del self
            raise
        return self._overlapping(fresh)

    def _overlapping(self, block: T_co) -> T_co:  # type: ignore[misc]
        kept = self._kept
        if self._overlap:
            form = self._stream._core.given
            if kept:
                block = form.place(kept + form.count(block), [(0, self._tail), (kept, block)])
            self._kept = min(self._overlap, form.count(block))
            # A copy: the block is the user's, who may change it.
            self._tail = bytes(form.view(form.part(block, -self._overlap)))
        return block

    async def aclose(self) -> None:
        """Close the device, if it is ours. Idempotent."""
        if self._owned:
            await self._stream.aclose()

    def __del__(self) -> None:
        if getattr(self, "_owned", False):
            self._stream.forget()


def blocks(frames: int | None = None, *, overlap: int = 0, **stream: Any) -> Blocks[numpy.ndarray]:
    """Blocks of input without naming a stream: ``async for block in sd.blocks(1024): ...``.

    Parameters
    ----------
    frames
        Frames per block; None: `blocksize`, or 10 ms where that is 0.
    overlap
        Frames that each block repeats from the one before.
    **stream
        As for `InputStream`.

    Returns
    -------
    Blocks
        An async iterator of arrays of shape (frames, channels). The device is opened by the
        first block and closed when the loop is left; also an `async with` block closes it.
    """
    return Blocks(InputStream(**stream), frames, overlap=overlap, owned=True)
