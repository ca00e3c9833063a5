"""The forms of frames: arrays and bytes say the same."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from aiosounddevice.core.containers import Arrays, RawBytes
from aiosounddevice.core.formats import FORMATS
from aiosounddevice.core.parameters import Direction, request

FORMS = [Arrays, RawBytes]


def side(channels=2, dtype="int16"):
    entry = FORMATS[dtype]
    return Direction(
        0, "d", channels, channels, None, dtype, 0, entry.size, entry.silence, 0.0, None, None
    )


def given(form, frames, start=1):
    """Frames that differ, as the kernel would have left them."""
    memory = form.allocate(frames)
    form.view(memory)[:] = bytes((start + n) % 256 for n in range(frames * form.frame_bytes))
    return form.finish(memory, frames)


@pytest.mark.parametrize("kind", FORMS)
def test_what_the_kernel_filled(kind):
    form = kind(side())
    assert form.frame_bytes == 4
    memory = form.allocate(10)
    form.view(memory)[:] = bytes(range(40))
    whole, some, none = (form.finish(memory, frames) for frames in (10, 3, 0))
    assert [form.count(data) for data in (whole, some, none)] == [10, 3, 0]
    assert bytes(whole) == bytes(range(40))
    assert bytes(some) == bytes(range(12))
    assert form.direct == (whole is memory)
    form.view(memory)[:] = bytes(40)
    assert bytes(some) == bytes(range(12)), "a copy"


def test_arrays_are_arrays():
    form = Arrays(side())
    data = form.allocate(5)
    assert (data.shape, data.dtype.name) == ((5, 2), "int16")
    assert form.finish(data, 2).base is None
    assert form.silent(3).shape == (3, 2)


def test_bytes_are_bytes():
    form = RawBytes(side(dtype="int24"))
    assert form.frame_bytes == 6
    data = form.finish(form.allocate(5), 5)
    assert type(data) is bytes
    assert len(data) == 30
    silent = form.silent(3)
    assert type(silent) is memoryview
    assert not silent.readonly
    assert silent.format == "B"
    silent[:] = bytes(18)


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize(("dtype", "silence"), [("int16", 0), ("uint8", 128), ("float32", 0)])
def test_silence(kind, dtype, silence):
    form = kind(side(dtype=dtype))
    data = form.silent(7)
    assert form.count(data) == 7
    assert set(bytes(data)) == {silence}


@pytest.mark.parametrize("kind", FORMS)
def test_a_part(kind):
    form = kind(side())
    data = given(form, 10)
    assert bytes(form.part(data, 4)) == bytes(data)[16:]
    assert bytes(form.part(data, -4)) == bytes(data)[24:]
    assert bytes(form.part(data, -40)) == bytes(data)


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("dtype", ["int16", "uint8"])
def test_pieces_in_their_places(kind, dtype):
    form = kind(side(1, dtype))
    size, silence = form.frame_bytes, bytes([form.side.silence])
    first, second = given(form, 3), given(form, 4, start=100)
    block = form.place(9, [(1, first), (6, second)])
    expected = silence * size + bytes(first) + silence * 2 * size + bytes(second)[: 3 * size]
    assert bytes(block) == expected
    assert type(block) is type(first)
    assert bytes(form.place(2, [])) == silence * 2 * size
    assert bytes(form.place(3, [(0, bytes(first))])) == bytes(first), "any memory will do"


BYTES = b"\1\0\2\0\3\0\4\0"


@pytest.mark.parametrize(
    "data",
    [
        BYTES,
        bytearray(BYTES),
        memoryview(BYTES),
        memoryview(bytes(16))[::2],
        array("h", [1, 2, 3, 4]),
        np.array([[1, 2], [3, 4]], np.int16),
        np.array([[1, 3], [2, 4]], np.int16).T,
        np.array([1, 2], "<i4").astype(np.int32),
    ],
    ids=lambda data: type(data).__name__,
)
def test_anything_like_bytes(data):
    form = RawBytes(side())
    accepted = form.accept(data)
    assert form.count(accepted) == 2
    assert bytes(accepted) == memoryview(data).tobytes()
    assert accepted.format == "B"
    assert accepted.c_contiguous


@pytest.mark.parametrize("data", [b"", bytearray(), np.zeros((0, 2), np.int16)])
def test_nothing(data):
    form = RawBytes(side())
    assert form.count(form.accept(data)) == 0


@pytest.mark.parametrize("data", ["text", [1, 2], 5, None])
def test_what_is_not_like_bytes(data):
    with pytest.raises(TypeError, match=f"bytes-like object, not {type(data).__name__}"):
        RawBytes(side()).accept(data)


@pytest.mark.parametrize("size", [1, 5, 7])
def test_whole_frames_only(size):
    with pytest.raises(ValueError, match=rf"{size} bytes .* a frame has 6 bytes \(2 x int24\)"):
        RawBytes(side(dtype="int24")).accept(bytes(size))


def test_arrays_do_not_hold_every_format():
    for kind, name in (
        ("input", "RawInputStream"),
        ("output", "RawOutputStream"),
        ("duplex", "RawStream"),
    ):
        asked = request(kind, dtype="int24")
        with pytest.raises(ValueError, match=f"NumPy has no dtype 'int24': use {name}"):
            Arrays.check(asked)
        RawBytes.check(asked)
        Arrays.check(request(kind, dtype="int16"))
