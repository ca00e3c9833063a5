"""Joining pieces of input into one block whose samples stand where they belong in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .flags import CallbackFlags
from .handle import BlockInfo

if TYPE_CHECKING:
    import numpy


class Piece(NamedTuple):
    """Frames without a gap in them, and where they belong."""

    data: numpy.ndarray
    info: BlockInfo


def covered(pieces: list[Piece]) -> int:
    """Frames from the first piece's start to the last one's end, gaps between them included."""
    if not pieces:
        return 0
    last = pieces[-1]
    return last.info.frame + len(last.data) - pieces[0].info.frame


def join(
    pieces: list[Piece], frames: int, *, silence: int, samplerate: float
) -> tuple[Piece, list[Piece]]:
    """Make one block of `frames` frames, or of all there is, and return what is left over.

    Frames lost between pieces become silence (bytes of value `silence`) and are counted in the
    block's `info.lost`; the part of a gap that reaches beyond the block is lost before the rest.
    """
    import numpy

    first = pieces[0]
    start = at = first.info.frame
    end = start + min(frames, covered(pieces))
    block = numpy.empty((end - start, first.data.shape[1]), first.data.dtype)
    block.view(numpy.uint8)[...] = silence
    lost, flags, rest = first.info.lost, CallbackFlags(), []
    for piece in pieces:
        data, info = piece
        taken = max(0, min(len(data), end - info.frame))
        if taken:
            block[info.frame - start :][:taken] = data[:taken]
            lost += info.frame - at
            flags |= info.flags
            at = info.frame + taken
        if taken < len(data):
            rest.append(_remainder(piece, taken, samplerate, after=end))
    return Piece(block, BlockInfo(start, first.info.time, lost + end - at, flags)), rest


def _remainder(piece: Piece, taken: int, samplerate: float, after: int) -> Piece:
    """What is left of a piece when the frames up to `after` have been delivered."""
    data, info = piece
    if not taken:
        # Of the gap before it, only what lies beyond the delivered block is still to be told.
        return Piece(data, info._replace(lost=min(info.lost, info.frame - after)))
    frame, time = info.frame + taken, info.time + taken / samplerate
    return Piece(data[taken:], BlockInfo(frame, time, 0, CallbackFlags()))
