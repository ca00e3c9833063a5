"""A recording in chunks: no seams, nothing lost in silence, memory for what was recorded."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from concurrent.futures import wait

import numpy as np
import pytest

from aiosounddevice.core import tape as module
from aiosounddevice.core import wakeup
from aiosounddevice.core._kernel import lib
from aiosounddevice.core.defaults import default
from aiosounddevice.core.takes import Take
from aiosounddevice.core.tape import AHEAD, Tape
from aiosounddevice.virtual.handshake import settled

LONG = 30.0
RATE = 48000
CHUNK = 480


@pytest.fixture(autouse=True)
def _short_chunks(monkeypatch):
    monkeypatch.setattr(module, "CHUNK_SECONDS", CHUNK / RATE)


def feeders():
    return [thread for thread in threading.enumerate() if thread.name.endswith("recording")]


def do_not_feed(tape, kernel, wake, armed):
    if wake.disarm():
        wakeup.acknowledge()


class Recorder:
    """A take with a tape, on a stream that is driven by hand."""

    def __init__(self, card, tape, blocksize=64, device=1):
        self.card, self.tape = card, tape
        take = Take(None, tape, device=device, samplerate=RATE, blocksize=blocksize, latency=0)
        self.core = take.core
        self.take = take
        self.core.start().result(LONG)

    def advance(self, frames):
        """One block after another, each with time for the feeder."""
        end = self.card.frame + frames
        while self.card.step(end):
            while not settled():
                time.sleep(0)

    def end(self):
        self.tape.finish(self.core.frame)
        self.core.close().result(LONG)
        for thread in feeders():
            thread.join(LONG)
            assert not thread.is_alive()
        return self.tape.result()


def heard(array):
    return np.round(array[:, 0].astype(np.float64) * 2**23).astype(int)


def test_arguments():
    tape = Tape(5, 1, np.dtype(">i2"))
    assert (tape.cap, tape.channels, tape.dtype) == (5, 1, "int16")
    assert Tape(mapping=3).channels == [3]
    assert Tape().cap is None
    try:
        default.dtype = "int8", None
        assert Tape().dtype == "int8"
    finally:
        default.reset()
    with pytest.raises(ValueError, match="positive"):
        Tape(0)
    with pytest.raises(TypeError, match="dtype must be"):
        Tape(dtype="int24")


@pytest.mark.parametrize("blocksize", [0, 7, 64, 480, 1000])
def test_no_seams(card, blocksize):
    recorder = Recorder(card, Tape(None, 2), blocksize)
    recorder.advance(20 * CHUNK + 100)
    frames = recorder.core.frame
    assert recorder.tape.frames == frames > 18 * CHUNK
    data = recorder.end()
    assert data.shape == (frames, 2)
    assert np.array_equal(heard(data), np.arange(frames))
    assert recorder.tape.lost == 0
    assert recorder.take.overflow_text() is None


def test_memory_is_what_was_recorded_and_what_is_ahead(card):
    recorder = Recorder(card, Tape(None, 1))
    for _ in range(30):
        recorder.advance(200)
        given = sum(len(chunk.array) for chunk in recorder.tape._chunks)
        ahead = given - recorder.tape.frames
        assert AHEAD * CHUNK <= ahead <= (AHEAD + 1) * CHUNK
    recorder.end()


def test_a_look_in_between(card):
    recorder = Recorder(card, Tape(None, 1))
    recorder.advance(3 * CHUNK)
    early = recorder.tape.result()
    recorder.advance(3 * CHUNK)
    data = recorder.end()
    assert CHUNK < len(early) < len(data)
    assert np.array_equal(early, data[: len(early)])


@pytest.mark.parametrize("cap", [1, 100, CHUNK, 3 * CHUNK, 3 * CHUNK + 1, 7 * CHUNK - 1])
def test_a_cap(card, cap):
    recorder = Recorder(card, Tape(cap, 1))
    recorder.advance(9 * CHUNK)
    assert sum(len(chunk.array) for chunk in recorder.tape._chunks) == cap
    assert recorder.tape.frames == cap
    assert not feeders(), "there is nothing left to hand over"
    assert np.array_equal(heard(recorder.end()), np.arange(cap))


def test_ended_in_the_middle_of_a_block_of_the_past(card):
    recorder = Recorder(card, Tape(None, 1))
    recorder.advance(2 * CHUNK)
    recorder.tape.finish(CHUNK + 5)
    recorder.tape.finish(2 * CHUNK)  # too late
    recorder.advance(2 * CHUNK)
    assert np.array_equal(heard(recorder.end()), np.arange(CHUNK + 5))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "uint8"])
def test_without_memory_in_time_frames_are_lost_and_located(card, monkeypatch, dtype):
    monkeypatch.setattr(Tape, "_keep_feeding", do_not_feed)
    card.microphone.feed(np.full((100 * CHUNK, 1), 0.5))
    recorder = Recorder(card, Tape(None, 1, dtype))
    recorder.advance(10 * CHUNK)
    late = recorder.core.frame
    assert recorder.tape.lost == late - 3 * CHUNK
    recorder.tape._feed(recorder.core.kernel)
    recorder.advance(2 * CHUNK)
    data = recorder.end()
    sound, silence = data[0, 0], 128 if dtype == "uint8" else 0
    assert sound != silence
    assert (data[: 3 * CHUNK] == sound).all()
    assert (data[3 * CHUNK : late] == silence).all()
    assert (data[late:] == sound).all()
    assert recorder.tape.lost == late - 3 * CHUNK
    assert f"{late - 3 * CHUNK} frames" in recorder.take.overflow_text()


def test_chunks_that_came_late_may_overlap(card, monkeypatch):
    """The callback went on between the feeder's look at the time and its handing over."""
    monkeypatch.setattr(Tape, "_keep_feeding", do_not_feed)
    recorder = Recorder(card, Tape(None, 1))
    recorder.advance(4 * CHUNK)
    monkeypatch.setattr(module, "_now", lambda _: 3 * CHUNK)
    recorder.tape._feed(recorder.core.kernel)
    monkeypatch.undo()
    start = recorder.core.frame
    recorder.advance(2 * CHUNK)
    data = recorder.end()
    expected = np.arange(len(data))
    expected[3 * CHUNK : start] = 0
    assert np.array_equal(heard(data), expected)
    assert recorder.tape.lost == start - 3 * CHUNK


def test_no_more_memory(card, monkeypatch):
    ended = threading.Event()
    tape = Tape(None, 1)
    tape.on_end = ended.set
    recorder = Recorder(card, tape)

    def refuse(*_):
        raise MemoryError("enough")

    monkeypatch.setattr(module, "_chunk", refuse)
    recorder.advance(2 * CHUNK)
    assert ended.wait(LONG)
    assert isinstance(tape.failed, MemoryError)
    recorder.advance(5 * CHUNK)
    data = recorder.end()
    assert np.array_equal(heard(data[: 3 * CHUNK]), np.arange(3 * CHUNK))
    assert not data[3 * CHUNK :].any()
    assert tape.lost == len(data) - 3 * CHUNK


def test_the_end_of_the_stream_ends_the_feeder(card):
    ended = threading.Event()
    tape = Tape(None, 1)
    tape.on_end = ended.set
    recorder = Recorder(card, tape)
    recorder.advance(CHUNK)
    assert len(feeders()) == 1
    lib.asd_stream_shut_gate(recorder.core.kernel.pointer)
    recorder.advance(CHUNK)
    assert ended.wait(LONG)
    recorder.end()


def test_forgotten_chunks_are_freed_while_the_tape_lasts(card):
    recorder = Recorder(card, Tape(None, 1))
    recorder.advance(3 * CHUNK)
    chunks = [weakref.ref(chunk.array) for chunk in recorder.tape._chunks]
    kernel = weakref.ref(recorder.core.kernel)
    recorder.end()
    recorder.tape.forget()
    assert not any(reference() is not None for reference in chunks)
    gc.collect()
    assert kernel() is None


def test_a_device_that_does_not_open_leaves_no_thread(card):
    card.fail("Pa_OpenStream", -9999, "no")
    tape = Tape(None, 1)
    take = Take(None, tape, device=1, samplerate=RATE)
    started = take.core.start()
    wait([started, take.core.close()], LONG)
    assert started.exception() is not None
    assert not feeders()
    assert tape.frames == 0


def test_a_device_that_does_not_start_leaves_no_thread(card):
    card.fail("Pa_StartStream", -9999, "no")
    take = Take(None, Tape(None, 1), device=1, samplerate=RATE)
    started = take.core.start()
    wait([started, take.core.close()], LONG)
    assert started.exception() is not None
    for thread in feeders():
        thread.join(LONG)
    assert not feeders()
