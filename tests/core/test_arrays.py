from __future__ import annotations

import numpy as np
import pytest

from aiosounddevice.core import control, library
from aiosounddevice.core.arrays import (
    as_frames,
    check_dtype,
    check_formats,
    device_dtype,
    native,
    playable,
    silent_frames,
)
from aiosounddevice.core.parameters import request, resolve


def test_what_fits_is_not_copied():
    for data in (np.zeros((5, 2), np.int16), np.zeros((0, 2), np.int16)):
        assert as_frames(data, 2, "int16") is data
    mono = np.zeros(5, np.float32)
    assert np.shares_memory(as_frames(mono, 1, "float32"), mono)
    assert as_frames(mono, 1, "float32").shape == (5, 1)


@pytest.mark.parametrize(
    "data",
    [
        np.arange(12.0).reshape(6, 2),
        np.asfortranarray(np.arange(12, dtype=np.float32).reshape(6, 2)),
        np.arange(24, dtype=np.float32).reshape(6, 4)[:, ::2] / 2 * 1,
        np.arange(12).reshape(6, 2).astype(">f4"),
        np.arange(12).reshape(6, 2).astype(">f8"),
        np.arange(12.0).reshape(6, 2).tolist(),
    ],
)
def test_what_does_not_is_converted(data):
    array = as_frames(data, 2, "float32")
    assert array.dtype == np.float32
    assert array.dtype.isnative
    assert array.flags.c_contiguous
    assert np.array_equal(array, np.asarray(data))


@pytest.mark.parametrize(
    ("data", "channels", "dtype", "error"),
    [
        (np.zeros(5, np.int16), 1, "float32", TypeError),
        (np.zeros(5), 1, "int16", TypeError),
        ([1, 2], 1, "int16", TypeError),
        (np.zeros(5, np.float32), 2, "float32", ValueError),
        (np.zeros((2, 5), np.float32), 2, "float32", ValueError),
        (np.float32(1), 1, "float32", ValueError),
    ],
)
def test_what_no_stream_takes(data, channels, dtype, error):
    with pytest.raises(error, match="the stream takes"):
        as_frames(data, channels, dtype)


def test_only_dtypes_that_exist_are_suggested():
    with pytest.raises(TypeError, match=r"open the stream with dtype='int16'$"):
        as_frames(np.zeros(5, np.int16), 1, "float32")
    with pytest.raises(TypeError, match=r"convert it$"):
        as_frames(np.zeros(5, np.int64), 1, "float32")


@pytest.mark.parametrize("dtype", ["f4", "i4", "i2", "i1", "u1"])
def test_playable_keeps_formats(dtype):
    data = np.ones((5, 2), dtype)
    assert playable(data) is data
    swapped = playable(data.astype(data.dtype.newbyteorder(">")))
    assert swapped.dtype == data.dtype
    assert np.array_equal(swapped, data)


@pytest.mark.parametrize("dtype", ["<f8", ">f8"])
def test_playable_float64_is_float32(dtype):
    array = playable(np.arange(5).astype(dtype))
    assert array.dtype == np.float32
    assert array.shape == (5, 1)
    assert array[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_native():
    data = np.arange(3, dtype="<i2" if np.little_endian else ">i2")
    assert native(data) is data
    assert native(data.astype(">i4")).dtype.isnative


@pytest.mark.parametrize("dtype", ["float16", "int64", "complex64", "bool", "int24", "loud"])
def test_check_dtype_names_what_there_is(dtype):
    with pytest.raises(TypeError, match="float64, float32, int32, int16, int8, uint8, not"):
        check_dtype(dtype)


def test_dtypes():
    assert check_dtype(np.int16) == check_dtype("<i2") == check_dtype(">i2") == "int16"
    assert device_dtype("float64") == "float32"
    assert device_dtype("uint8") == "uint8"


def test_check_formats():
    check_formats(request("duplex", dtype=("float32", "uint8")))
    for kind, dtype in (("input", "int24"), ("duplex", ("int16", "int24"))):
        with pytest.raises(ValueError, match="NumPy has no dtype 'int24'"):
            check_formats(request(kind, dtype=dtype))


@pytest.mark.parametrize(("dtype", "silence"), [("float32", 0), ("int16", 0), ("uint8", 128)])
def test_silent_frames(card, dtype, silence):
    asked = request("output", dtype=dtype, channels=2)
    side = control.call(lambda: resolve(library.get(), asked)).output
    block = silent_frames(5, side)
    assert block.shape == (5, 2)
    assert block.dtype == dtype
    assert (block == silence).all()
