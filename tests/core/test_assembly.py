"""Joining pieces: every frame in its place, every lost one counted once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiosounddevice.core.assembly import Piece, covered, join
from aiosounddevice.core.containers import Arrays, RawBytes
from aiosounddevice.core.flags import CallbackFlags
from aiosounddevice.core.formats import FORMATS
from aiosounddevice.core.handle import BlockInfo
from aiosounddevice.core.parameters import Direction

RATE = 100.0


def side(channels: int, dtype: str) -> Direction:
    entry = FORMATS[dtype]
    return Direction(
        0, "d", channels, channels, None, dtype, 0, entry.size, entry.silence, 0.0, None, None
    )


def piece(frame: int, frames: int, lost: int = 0, flags: int = 0) -> Piece:
    data = np.arange(frame + 1, frame + frames + 1, dtype=np.int32)[:, None]
    return Piece(data, frames, BlockInfo(frame, frame / RATE, lost, CallbackFlags(flags)))


def joined(pieces: list[Piece], frames: int) -> tuple[Piece, list[Piece]]:
    """Of arrays; that bytes are joined alike is looked at by the way."""
    form = Arrays(side(1, "int32"))
    block, rest = join(pieces, frames, container=form, samplerate=RATE)
    for each in (block, *rest):
        assert len(each.data) == each.frames > 0
    other, others = join(raw(pieces), frames, container=RawBytes(form.side), samplerate=RATE)
    for mine, its in zip(raw([block, *rest]), [other, *others], strict=True):
        assert mine[:2] == its[:2]
        assert mine.info[:3] == its.info[:3]
        assert mine.info.flags._flags == its.info.flags._flags
    return block, rest


def raw(pieces: list[Piece]) -> list[Piece]:
    return [each._replace(data=each.data.tobytes()) for each in pieces]


def test_covered():
    assert covered([]) == 0
    assert covered([piece(5, 10)]) == 10
    assert covered([piece(5, 10), piece(20, 5, lost=5)]) == 20


def test_one_piece_in_two():
    block, rest = joined([piece(10, 8, lost=3, flags=2)], 5)
    assert block.data[:, 0].tolist() == [11, 12, 13, 14, 15]
    assert block.info[:3] == (10, 0.1, 3)
    assert block.info.flags.input_overflow
    assert len(rest) == 1
    assert rest[0].data[:, 0].tolist() == [16, 17, 18]
    assert rest[0].info[:3] == (15, pytest.approx(0.15), 0)
    assert not rest[0].info.flags, "told already"


def test_fewer_than_wanted():
    block, rest = joined([piece(0, 3), piece(3, 4)], 100)
    assert block.data[:, 0].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert rest == []


def test_a_gap_is_silence_and_counted_inside():
    block, rest = joined([piece(0, 2, lost=1), piece(5, 2, lost=3, flags=1)], 7)
    assert block.data[:, 0].tolist() == [1, 2, 0, 0, 0, 6, 7]
    assert block.info.lost == 1 + 3
    assert block.info.flags.input_underflow
    assert rest == []


def test_the_end_within_a_gap():
    block, rest = joined([piece(0, 2), piece(10, 2, lost=8, flags=2)], 5)
    assert block.data[:, 0].tolist() == [1, 2, 0, 0, 0]
    assert block.info.lost == 3
    assert not block.info.flags
    assert rest[0].info[:3] == (10, 0.1, 5)
    assert rest[0].info.flags.input_overflow, "not told yet"


def test_silence_of_uint8():
    first = Piece(np.full((1, 2), 7, np.uint8), 1, BlockInfo(0, 0.0, 0, CallbackFlags()))
    last = Piece(np.full((1, 2), 9, np.uint8), 1, BlockInfo(2, 0.02, 1, CallbackFlags()))
    block, _ = join([first, last], 3, container=Arrays(side(2, "uint8")), samplerate=RATE)
    assert block.data.tolist() == [[7, 7], [128, 128], [9, 9]]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), min_size=1, max_size=8),
    st.lists(st.integers(1, 12), min_size=40, max_size=40),
)
def test_whatever_the_pieces_and_the_sizes(plan, sizes):
    pieces, at = [], 0
    for gap, frames in plan:
        pieces.append(piece(at + gap, frames, lost=gap))
        at += gap + frames
    stored = {
        frame: frame + 1
        for p in pieces
        for frame in range(p.info.frame, p.info.frame + len(p.data))
    }
    lost = told = 0
    expected = pieces[0].info.frame
    for size in sizes:
        if not pieces:
            break
        block, pieces = joined(pieces, size)
        frame = block.info.frame
        assert frame >= expected
        assert block.info.time == pytest.approx(frame / RATE)
        for offset, value in enumerate(block.data[:, 0]):
            assert value == stored.get(frame + offset, 0)
            told += frame + offset in stored
        lost += block.info.lost
        expected = frame + len(block.data)
    assert not pieces
    assert told == len(stored)
    assert lost == sum(gap for gap, _ in plan)
    assert expected == at
