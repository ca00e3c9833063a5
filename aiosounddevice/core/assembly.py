"""Joining pieces of input into one block whose samples stand where they belong in time."""

from __future__ import annotations

from typing import Any, NamedTuple

from .containers import Container
from .flags import CallbackFlags
from .handle import BlockInfo


class Piece(NamedTuple):
    """Frames without a gap in them, and where they belong."""

    data: Any
    frames: int
    info: BlockInfo


def covered(pieces: list[Piece]) -> int:
    """Frames from the first piece's start to the last one's end, gaps between them included."""
    if not pieces:
        return 0
    last = pieces[-1]
    return last.info.frame + last.frames - pieces[0].info.frame


def join(
    pieces: list[Piece], frames: int, *, container: Container[Any], samplerate: float
) -> tuple[Piece, list[Piece]]:
    """Make one block of `frames` frames, or of all there is, and return what is left over.

    Frames lost between pieces become silence and are counted in the block's `info.lost`; the part
    of a gap that reaches beyond the block is lost before the rest.
    """
    first = pieces[0]
    start = at = first.info.frame
    end = start + min(frames, covered(pieces))
    lost, flags, inside, rest = first.info.lost, CallbackFlags(), [], []
    for piece in pieces:
        data, count, info = piece
        taken = max(0, min(count, end - info.frame))
        if taken:
            inside.append((info.frame - start, data))
            lost += info.frame - at
            flags |= info.flags
            at = info.frame + taken
        if taken < count:
            rest.append(_remainder(piece, taken, container, samplerate, after=end))
    block = container.place(end - start, inside)
    info = BlockInfo(start, first.info.time, lost + end - at, flags)
    return Piece(block, end - start, info), rest


def _remainder(
    piece: Piece, taken: int, container: Container[Any], samplerate: float, after: int
) -> Piece:
    """What is left of a piece when the frames up to `after` have been delivered."""
    data, frames, info = piece
    if not taken:
        # Of the gap before it, only what lies beyond the delivered block is still to be told.
        return piece._replace(info=info._replace(lost=min(info.lost, info.frame - after)))
    frame, time = info.frame + taken, info.time + taken / samplerate
    return Piece(
        container.part(data, taken), frames - taken, BlockInfo(frame, time, 0, CallbackFlags())
    )
