"""Sample formats: what is played in one is recorded in it, bit by bit."""

import numpy as np
import pytest
from card_portaudio import FORMATS, NONINTERLEAVED, ffi, playing

RANDOM = np.random.default_rng(1)


def noise(dtype, frames, channels):
    if dtype == "int24":
        return RANDOM.integers(0, 256, (frames, channels, 3), "uint8")
    if dtype == "float32":
        return RANDOM.uniform(-4, 4, (frames, channels)).astype(dtype)
    info = np.iinfo(dtype)
    samples = RANDOM.integers(info.min, info.max, (frames, channels), dtype, endpoint=True)
    samples[0, 0], samples[1, 0] = info.min, info.max
    return samples


@pytest.mark.parametrize("dtype", FORMATS)
def test_loopback_is_exact(card, stream, dtype):
    signal = noise(dtype, 64 * 4, 3)
    loop = stream(input=(0, 3), output=(0, 3), dtype=dtype, process=playing(signal)).start()
    card.advance(64 * 6)
    silence = np.full((64, *signal.shape[1:]), 128 if dtype == "uint8" else 0, signal.dtype)
    zeros = np.zeros_like(silence)  # what the process leaves where it does not play
    np.testing.assert_array_equal(loop.recorded, np.concatenate([silence, signal, zeros]))


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("float32", [0.5, 1.5, -1.5, -1.0, 1 / 2**20]),
        ("int32", [2**30, 2**31 - 1, -(2**31), -(2**31), 2**11]),
        ("int16", [2**14, 2**15 - 1, -(2**15), -(2**15), 0]),
        ("int8", [64, 127, -128, -128, 0]),
        ("uint8", [192, 255, 0, 0, 128]),
    ],
)
def test_integers_are_scaled_rounded_and_clipped(card, stream, dtype, expected):
    card.microphone.feed([0.5, 1.5, -1.5, -1.0, 1 / 2**20])
    mic = stream(input=(1, 1), dtype=dtype).start()
    card.advance(64)
    np.testing.assert_array_equal(mic.recorded[:5, 0], np.array(expected, dtype))


def test_int24_is_packed_little_endian_here(card, stream):
    card.microphone.feed([0.5, -1.0, 1.0, 3 / 2**23, -1 / 2**23])
    mic = stream(input=(1, 1), dtype="int24").start()
    card.advance(64)
    packed = mic.recorded[:5, 0].astype("int32")
    values = packed[:, 0] | packed[:, 1] << 8 | packed[:, 2] << 16
    values = np.where(values >= 2**23, values - 2**24, values)
    assert values.tolist() == [2**22, -(2**23), 2**23 - 1, 3, -1]


def test_rounding_is_to_nearest_even(card, stream):
    card.microphone.feed(np.array([0.5, 1.5, -0.5, -1.5, 0.4999, 2.5001]) / 2**15)
    mic = stream(input=(1, 1), dtype="int16").start()
    card.advance(64)
    assert mic.recorded[:6, 0].tolist() == [0, 2, 0, -2, 0, 3]


def test_nan_is_silent_in_integers_and_kept_in_floats(card, stream):
    card.microphone.feed([np.nan, np.inf, -np.inf])
    integer = stream(input=(1, 1), dtype="int16").start()
    real = stream(input=(1, 1)).start()
    card.advance(64)
    assert integer.recorded[:3, 0].tolist() == [0, 2**15 - 1, -(2**15)]
    np.testing.assert_array_equal(
        real.recorded[:3, 0], np.array([np.nan, np.inf, -np.inf], "float32")
    )


def test_noninterleaved_callback(card, lib):
    """Both buffers are arrays of pointers, one for each channel."""
    heard = []

    @ffi.callback("PaStreamCallback")
    def callback(indata, outdata, frames, time, flags, user):
        inputs, outputs = ffi.cast("int16_t **", indata), ffi.cast("int16_t **", outdata)
        heard.append([list(inputs[channel][0:frames]) for channel in range(2)])
        for channel in range(2):
            for frame in range(frames):
                outputs[channel][frame] = 1000 * channel + frame + 1
        return 0

    sides = ffi.new("PaStreamParameters *", (0, 2, 8 | NONINTERLEAVED, 0, ffi.NULL))
    pointer = ffi.new("void **")
    assert lib.Pa_OpenStream(pointer, sides, sides, 48000, 16, 0, callback, ffi.NULL) == 0
    assert lib.Pa_StartStream(pointer[0]) == 0
    card.advance(32)
    assert lib.Pa_CloseStream(pointer[0]) == 0
    assert heard[0] == [[0] * 16, [0] * 16]
    assert heard[1] == [list(range(1, 17)), list(range(1001, 1017))]


def test_noninterleaved_blocking(lib, card):
    card.microphone.feed(np.arange(100)[:, np.newaxis] * [1, -1] / 2**15)
    sides = ffi.new("PaStreamParameters *", (1, 2, 8 | NONINTERLEAVED, 0, ffi.NULL))
    pointer = ffi.new("void **")
    assert lib.Pa_OpenStream(pointer, sides, ffi.NULL, 48000, 16, 0, ffi.NULL, ffi.NULL) == 0
    assert lib.Pa_StartStream(pointer[0]) == 0
    left, right = ffi.new("int16_t[40]"), ffi.new("int16_t[40]")
    planes = ffi.new("void *[2]", [left, right])
    assert lib.Pa_ReadStream(pointer[0], planes, 40) == 0
    assert list(left) == list(range(40))
    assert list(right) == [-value for value in range(40)]
