from __future__ import annotations

import gc
import sys

import numpy as np
import pytest

from aiosounddevice.core._kernel import ffi, lib
from aiosounddevice.core.handle import Kernel, Layout
from aiosounddevice.core.parameters import Direction
from aiosounddevice.core.voices import Voice

BLOCK = 10


def side(channels, host_channels=None, mapping=None):
    host = host_channels or channels
    return Direction(0, "d", channels, host, mapping, "float32", 1, 4, 0, 0.0, None, None)


class Host:
    """Calls the callback as PortAudio would, by hand."""

    def __init__(self, given=None, taken=None):
        self.given, self.taken = given, taken
        self.kernel = Kernel(Layout(48000, BLOCK), given, taken)
        lib.asd_stream_open_gate(self.kernel.pointer)
        signature = "int(*)(void*, void*, unsigned long, void*, unsigned long, void*)"
        self.callback = ffi.cast(signature, lib.asd_callback_address())

    def block(self, indata=None, frames=BLOCK):
        null = ffi.NULL
        out = None
        if self.taken:
            out = np.full((frames, self.taken.host_channels), 9, np.float32)
        given = null if indata is None else ffi.from_buffer(indata)
        where = null if out is None else ffi.from_buffer(out)
        self.callback(given, where, frames, null, 0, self.kernel.pointer)
        return out

    def close(self):
        self.kernel.release()


@pytest.fixture
def speaker():
    host = Host(taken=side(2))
    yield host
    host.close()


@pytest.fixture
def microphone():
    host = Host(given=side(2))
    yield host
    host.close()


def data(frames, channels, start=1):
    return (np.arange(frames * channels, dtype=np.float32) + start).reshape(frames, channels)


def test_plays_from_its_frame_to_its_end(speaker):
    array = data(25, 2)
    voice = Voice("play", array, speaker.taken, at_frame=13)
    assert not voice.done
    assert voice.start_frame is voice.end_frame is None
    voice.submit(speaker.kernel)
    heard = np.concatenate([speaker.block() for _ in range(5)])
    assert np.array_equal(heard[13:38], array)
    assert not heard[:13].any()
    assert not heard[38:].any()
    assert voice.done
    assert (voice.start_frame, voice.end_frame, voice.position) == (13, 38, 25)


def test_without_a_frame_it_begins_with_the_next_block(speaker):
    speaker.block()
    voice = Voice("play", data(5, 2), speaker.taken)
    voice.submit(speaker.kernel)
    assert speaker.block()[:5].tolist() == data(5, 2).tolist()
    assert voice.start_frame == 10


def test_loops(speaker):
    array = data(4, 2)
    voice = Voice("play", array, speaker.taken, loop=True)
    voice.submit(speaker.kernel)
    heard = np.concatenate([speaker.block() for _ in range(3)])
    assert np.array_equal(heard, np.concatenate([array] * 8)[:30])
    assert not voice.done
    voice.cancel()
    assert not speaker.block().any()
    assert voice.done


def test_one_column_goes_to_all_channels(speaker):
    Voice("play", data(5, 1), speaker.taken).submit(speaker.kernel)
    assert np.array_equal(speaker.block()[:5], np.repeat(data(5, 1), 2, axis=1))


def test_mapping():
    host = Host(given=side(2, 4, (3, 0)), taken=side(1, 3, (2,)))
    out = np.zeros((10, 2), np.float32)
    Voice("record", out, host.given).submit(host.kernel)
    Voice("play", data(10, 1), host.taken).submit(host.kernel)
    played = host.block(data(10, 4))
    assert np.array_equal(out, data(10, 4)[:, [3, 0]])
    assert np.array_equal(played[:, 2:], data(10, 1))
    assert not played[:, :2].any()
    host.close()


def test_records_across_blocks(microphone):
    out = np.zeros((25, 2), np.float32)
    voice = Voice("record", out, microphone.given)
    voice.submit(microphone.kernel)
    for start in range(3):
        assert not voice.done
        assert voice.position == 10 * start
        microphone.block(data(10, 2, start=20 * start))
    assert voice.done
    assert np.array_equal(out, data(25, 2, start=0))
    assert (voice.start_frame, voice.end_frame) == (0, 25)


def test_a_host_without_input_gives_silence(microphone):
    out = np.ones((5, 2), np.float32)
    Voice("record", out, microphone.given).submit(microphone.kernel)
    microphone.block(None)
    assert not out.any()


def test_voices_are_summed(speaker):
    for array in (data(10, 2), data(10, 2, start=100)):
        Voice("play", array, speaker.taken).submit(speaker.kernel)
    assert np.array_equal(speaker.block(), data(10, 2) + data(10, 2, start=100))


def test_cancelled_the_array_is_left_alone(microphone):
    out = np.zeros((100, 2), np.float32)
    voice = Voice("record", out, microphone.given)
    voice.submit(microphone.kernel)
    microphone.block(data(10, 2))
    voice.cancel()
    voice.cancel()
    kept = out.copy()
    microphone.block(data(10, 2, start=999))
    assert np.array_equal(out, kept)
    assert voice.done


def test_cancelled_before_any_callback(speaker):
    voice = Voice("play", data(10, 2), speaker.taken)
    voice.submit(speaker.kernel)
    voice.cancel()
    assert not speaker.block().any()


def test_the_kernel_holds_voice_and_array(speaker):
    array = data(1000, 2)
    before = sys.getrefcount(array)
    Voice("play", array, speaker.taken).submit(speaker.kernel)
    gc.collect()
    assert sys.getrefcount(array) > before
    assert np.array_equal(speaker.block(), array[:10])
    with pytest.raises(ValueError, match="resize"):
        array.resize((5, 2))


def test_a_recording_needs_a_writable_array(microphone):
    out = np.zeros((5, 2), np.float32)
    out.flags.writeable = False
    with pytest.raises((ValueError, BufferError)):
        Voice("record", out, microphone.given)
