"""Packages written for python-sounddevice, unchanged, over `compat.install()`."""

from __future__ import annotations

import importlib.util

import pytest

from .programs import run

pytestmark = pytest.mark.skipif(
    not importlib.util.find_spec("rtmixer"), reason="needs rtmixer and pa-ringbuffer"
)

INSTALLED = """
import aiosounddevice.compat as sd
sd.install()
import numpy as np
import rtmixer, pa_ringbuffer
assert rtmixer._sd is sd
from aiosounddevice.virtual import Card
card = Card()
def seconds(condition):
    for _ in range(2000):
        if condition():
            return True
        sd.sleep(10)
"""


def check(code: str) -> None:
    done = run("-c", INSTALLED + code)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_mixer_plays_a_buffer() -> None:
    check(
        """
signal = (np.arange(4800, dtype="float32") + 1) / 8192
with rtmixer.Mixer(device=2, channels=1, samplerate=48000, blocksize=256, latency=0.2) as mixer:
    assert issubclass(rtmixer.Mixer, sd._StreamBase)
    action = mixer.play_buffer(signal, channels=1)
    mixer.wait(action)
    stats = mixer.fetch_and_reset_stats()
    assert stats.stats.output_underflows == 0
heard = card.speaker.recorded[:, 0]
begin = np.flatnonzero(heard)[0]
np.testing.assert_array_equal(heard[begin:begin + 4800], signal)
"""
    )


def test_recorder_records_a_buffer() -> None:
    check(
        """
take = np.zeros((4800, 1), "float32")
with rtmixer.Recorder(device=1, channels=1, samplerate=48000, latency=0.2) as recorder:
    recorder.wait(recorder.record_buffer(take, channels=1))
steps = np.diff(np.rint(take[:, 0] * 2**23).astype(int))
assert (steps == 1).all(), steps
"""
    )


def test_ring_buffers() -> None:
    check(
        """
signal = (np.arange(4096, dtype="float32") + 1) / 8192
with rtmixer.MixerAndRecorder(
    device=0, channels=1, samplerate=48000, blocksize=256, latency=0.2
) as stream:
    queue = rtmixer.RingBuffer(4, 8192)
    assert queue.write(signal) == 4096
    heard = rtmixer.RingBuffer(4, 65536)
    recording = stream.record_ringbuffer(heard, channels=1)
    playing = stream.play_ringbuffer(queue, channels=1)
    assert seconds(lambda: heard.read_available > 24000)
    stream.cancel(recording)
    stream.wait(recording)
take = np.frombuffer(heard.read(), "float32")
begin = np.flatnonzero(take)[0]
np.testing.assert_array_equal(take[begin:begin + 4096], signal)
"""
    )


def test_mixer_with_its_own_callback_address() -> None:
    """pa-ringbuffer's C type and ours meet: a `PaStreamCallback *` of another library."""
    check(
        """
import _rtmixer
mixer = rtmixer.Mixer(device=2, channels=2, samplerate=44100)
assert mixer.channels == 2 and mixer.samplerate == 44100
assert sd._ffi.typeof(mixer._callback) is sd._ffi.typeof("PaStreamCallback *")
mixer.close()
"""
    )
