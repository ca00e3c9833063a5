from __future__ import annotations

from concurrent.futures import wait

import numpy as np
import pytest

from aiosounddevice.core import control
from aiosounddevice.core.defaults import default
from aiosounddevice.core.takes import Playback, Recording, Take, channel_list

LONG = 30.0


def test_playback():
    data = np.zeros((5, 2), np.int16)
    playback = Playback(data)
    assert playback.array is data
    assert playback.channels == 2
    assert playback.dtype == "int16"
    assert Playback(np.zeros(5)).dtype == "float32"
    assert Playback(np.zeros(5, ">f8")).dtype == "float32"
    assert Playback(np.zeros(5), 3).channels == [3]
    assert Playback(np.zeros(5), (1, 2)).channels == [1, 2]


def test_channel_list():
    assert channel_list(3) == [3]
    assert channel_list(range(1, 3)) == [1, 2]
    assert channel_list(np.array([5, 4])) == [5, 4]


def test_recording_takes_its_dtype_from_the_default():
    try:
        default.dtype = "int16", "uint8"
        assert Recording(5).dtype == "int16"
    finally:
        default.reset()
    assert Recording(5).dtype == "float32"
    assert Recording(5, dtype=np.dtype(">i2")).dtype == "int16"


def test_out_tells_everything():
    recording = Recording(out=np.zeros((7, 3), np.int32))
    assert (recording.frames, recording.channels, recording.dtype) == (7, 3, "int32")
    assert Recording(out=np.zeros(7)).channels == 1
    assert Recording(out=np.zeros((7, 2)), mapping=[4, 1]).channels == [4, 1]


@pytest.mark.parametrize(("dtype", "silence"), [("float32", 0), ("uint8", 128), ("float64", 0)])
def test_a_recording_begins_as_silence(dtype, silence):
    recording = Recording(5, dtype=dtype)
    array = recording.allocate(2)
    assert array.shape == (5, 2)
    assert (array == silence).all()
    assert recording.result().dtype == dtype


def test_result_is_out_itself():
    for out in (np.ones(5, np.float32), np.ones((5, 2)), np.ones(5)):
        recording = Recording(out=out)
        array = recording.allocate(out.ndim)
        array[:] = 0.25
        assert recording.result() is out
        assert (out == 0.25).all()
        assert np.shares_memory(array, out) == (out.dtype == np.float32)


def run(card, take):
    take.core.start().result(LONG)
    while take.core.frame < take.heard_at:
        card.advance(480)
    take.core.close().result(LONG)


def test_a_take_by_hand(card):
    data = np.arange(1000, dtype=np.int16)[:, None]
    recording = Recording(1000, 1, "int16")
    take = Take(Playback(data), recording, device=0, samplerate=48000, blocksize=100)
    assert card.open_streams == 0
    run(card, take)
    assert np.array_equal(recording.result()[100:], data[:900])
    assert not take.flags
    assert take.overflow_text() is None
    assert take.heard_at > 1000


def test_the_text_of_an_overflow(card):
    card.lose(card.microphone, 100, 10)
    take = Take(None, Recording(1000, 1), device=1, samplerate=48000, blocksize=100)
    run(card, take)
    assert take.flags.input_overflow
    assert "latency= or blocksize=" in take.overflow_text()
    assert take.heard_at == 1000


def test_cancelled_before_the_device_is_open(card):
    out = np.ones((1000, 1), np.float32)
    take = Take(None, Recording(out=out), device=1, samplerate=48000)
    card.slow("Pa_OpenStream", 0.02)
    started = take.core.start()
    take.cancel()
    closed = take.core.close()
    wait([started, closed], LONG)
    kept = out.copy()
    assert control.wait_idle(LONG)
    card.advance(2000)
    assert np.array_equal(out, kept)
    assert card.open_streams == 0
