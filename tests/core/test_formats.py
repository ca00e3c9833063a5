from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from aiosounddevice.core._portaudio import ffi
from aiosounddevice.core.formats import FORMATS, dtype_name, sample_format

PORTAUDIO = {"float32": 1, "int32": 2, "int24": 4, "int16": 8, "int8": 16, "uint8": 32}


def test_numbers_are_portaudios():
    assert {name: entry.code for name, entry in FORMATS.items()} == PORTAUDIO


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "int24"])
def test_numpys_names_and_sizes(name):
    dtype = np.dtype(name)
    swapped = dtype.newbyteorder()
    for spelling in (name, dtype, dtype.type, dtype.char, dtype.str, swapped, swapped.str):
        assert sample_format(spelling, "input").name == name
    assert FORMATS[name].size == dtype.itemsize


def test_silence_is_ground():
    assert [entry.name for entry in FORMATS.values() if entry.silence] == ["uint8"]
    assert FORMATS["uint8"].silence == 128
    assert FORMATS["int24"].size == 3


@pytest.mark.parametrize("dtype", [float, np.float64, np.dtype("float64"), "float64", "d", "f8"])
def test_float64_has_a_name_and_no_format(dtype):
    assert dtype_name(dtype) == "float64"
    with pytest.raises(ValueError, match=r"Invalid output sample format.*play, rec and playrec"):
        sample_format(dtype, "output")


@pytest.mark.parametrize("dtype", ["foo", "int64", 5, None, "", "uint16", np.complex64])
def test_others_are_refused(dtype):
    with pytest.raises(ValueError, match="Invalid input sample format"):
        sample_format(dtype, "input")


def test_sizes_agree_with_the_declarations():
    assert ffi.sizeof("float") == FORMATS["float32"].size


def test_numpy_is_not_imported():
    code = (
        "import sys\n"
        "from aiosounddevice.core.formats import sample_format, dtype_name\n"
        "sample_format('<f4', 'input'), dtype_name('nonsense')\n"
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
