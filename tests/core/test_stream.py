"""The stream that never waits, driven by hand: futures are waited for here, in a plain thread."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

from aiosounddevice.core import control, library, life
from aiosounddevice.core.errors import (
    CallTimeout,
    DeviceLost,
    DeviceNotFound,
    PortAudioError,
    StreamClosed,
)
from aiosounddevice.core.life import Phase
from aiosounddevice.core.parameters import request
from aiosounddevice.core.stream import CoreStream

LONG = 30.0
RATE = 48000


def make(kind, *, buffer=640 / RATE, overflow="drop_oldest", prefill=None, prepare=None, **options):
    device = {"input": 1, "output": 2, "duplex": (1, 2)}[kind]
    given = {"device": device, "channels": 1, "samplerate": RATE, "blocksize": 64, "latency": 0}
    asked = request(kind, **{**given, **options})
    return CoreStream(asked, buffer=buffer, overflow=overflow, prefill=prefill, prepare=prepare)


@pytest.fixture
def mic(card):
    core = make("input")
    core.start().result(LONG)
    yield core
    core.close().result(LONG)


@pytest.fixture
def speaker(card):
    core = make("output")
    core.start().result(LONG)
    yield core
    core.close().result(LONG)


def test_life(card):
    core = make("input")
    assert core.phase is Phase.NEW
    assert not core.open
    assert core.ended
    core.start().result(LONG)
    assert core.phase is Phase.RUNNING
    assert core.open
    assert core.running
    core.start().result(LONG)
    core.stop().result(LONG)
    core.stop().result(LONG)
    assert core.phase is Phase.STOPPED
    assert core.ended
    core.start().result(LONG)
    assert core.running
    core.abort().result(LONG)
    core.close().result(LONG)
    core.close().result(LONG)
    assert core.phase is Phase.CLOSED
    assert not core.open
    names = [call.name for call in card.calls]
    assert names.count("Pa_StartStream") == 2
    assert names.count("Pa_CloseStream") == 1
    with pytest.raises(StreamClosed):
        core.start().result(LONG)
    with pytest.raises(StreamClosed, match="was closed"):
        _ = core.readable


def test_never_opened(card):
    core = make("input")
    for get in ("kernel", "samplerate", "sides", "readable", "time"):
        with pytest.raises(StreamClosed, match="start"):
            getattr(core, get)
    with pytest.raises(StreamClosed, match="never opened"):
        core.statistics()
    core.stop().result(LONG)
    core.close().result(LONG)
    assert "Pa_OpenStream" not in [call.name for call in card.calls]


def test_everything_is_done_on_the_control_thread(card):
    card.clear_calls()
    core = make("duplex", prefill=2)
    core.start().result(LONG)
    core.close().result(LONG)
    ident = control.call(threading.get_native_id)
    assert {call.thread_id for call in card.calls} == {ident}


def test_the_queue_holds_whole_blocks(card):
    for buffer, blocksize, capacity in (
        (640 / RATE, 64, 640),
        (650 / RATE, 64, 704),
        (0.00001, 64, 128),
        (1.0, 0, RATE),
    ):
        core = make("input", buffer=buffer, blocksize=blocksize)
        core.start().result(LONG)
        assert core.input_capacity == capacity
        assert core.block_frames == (blocksize or 480)
        core.close().result(LONG)


def test_reading(card, mic):
    card.advance(200)
    assert mic.readable == 192
    data, frames, info = mic.read(100)
    assert frames == 100
    assert data.base is None
    assert (data.shape, info.frame, info.lost) == ((100, 1), 0, 0)
    data, frames, info = mic.read(1000)
    assert frames == 92
    assert (data.shape, info.frame) == ((92, 1), 100)
    data, frames, _ = mic.read(5)
    assert (data.shape, frames) == ((0, 1), 0)


def test_stop_at_gap(card):
    core = make("input", overflow="drop_newest")
    core.start().result(LONG)
    card.advance(640 + 128)
    core.read(600)
    card.advance(64)
    data, _, info = core.read(500, stop_at_gap=True)
    assert (len(data), info.frame, info.lost) == (40, 600, 0)
    data, _, info = core.read(500, stop_at_gap=True)
    assert (len(data), info.frame, info.lost) == (64, 768, 128)
    core.close().result(LONG)


def test_writing(card, speaker):
    assert not speaker.playing
    data = np.arange(1000, dtype=np.float32)[:, None]
    assert speaker.put(data, 0, 1000, 1000) == (640, 0, False)
    assert (speaker.queued, speaker.room) == (640, 0)
    card.advance(100)
    assert speaker.queued == 640, "held until 1000 frames are there, or begin_playing"
    speaker.begin_playing()
    assert speaker.playing
    card.advance(100)
    assert speaker.queued < 640
    request_ = speaker.request_clear()
    assert not speaker.cleared(request_)
    card.advance(64)
    assert speaker.cleared(request_)
    assert speaker.queued == 0
    speaker.begin_draining()
    assert speaker.draining
    now = speaker.statistics()
    assert now.output_written == 640
    assert speaker.played < 640 - now.output_discarded, "the host's buffer is still to be heard"
    assert speaker.drained_at == now.output_last + 128
    card.advance(128)
    assert speaker.frame >= speaker.drained_at
    assert speaker.played == 640 - now.output_discarded


def test_a_failed_open_leaves_no_kernel(card):
    card.fail("Pa_OpenStream", -9996)
    core = make("input")
    with pytest.raises(PortAudioError, match="Invalid device"):
        core.start().result(LONG)
    assert not core.open
    assert core.phase is Phase.NEW
    core.start().result(LONG)
    assert core.running, "a core may be started again"
    core.close().result(LONG)
    with pytest.raises(DeviceNotFound):
        make("input", device="toaster").start().result(LONG)


def test_prepare_runs_between_open_and_start(card):
    seen = []

    def prepare(core):
        seen.append((core.phase, control.on_control_thread()))
        assert core.kernel

    core = make("input", prepare=prepare)
    core.start().result(LONG)
    core.stop().result(LONG)
    core.start().result(LONG)
    core.close().result(LONG)
    assert seen == [(Phase.STOPPED, True)]


def test_close_wins_over_a_start_that_is_under_way(card):
    card.slow("Pa_OpenStream", 0.02)
    core = make("output")
    start, close = core.start(), core.close()
    with pytest.raises(StreamClosed):
        start.result(LONG)
    close.result(LONG)
    assert card.open_streams == 0
    assert "Pa_StartStream" not in [call.name for call in card.calls]


def test_a_failed_close_keeps_the_kernel(card):
    core = make("output")
    core.start().result(LONG)
    kernel = weakref.ref(core.kernel)
    card.fail("Pa_CloseStream", -9999, "stuck")
    with pytest.raises(PortAudioError, match="stuck"):
        core.close().result(LONG)
    pointer = kernel().pointer if kernel() else None
    del core
    gc.collect()
    card.advance(640)  # its callbacks still come, and find memory and a shut gate
    from aiosounddevice.core import handle

    assert pointer is None or any(entry[0] == pointer for entry in handle._abandoned)
    assert handle._abandoned
    card.reset()
    handle._abandoned.clear()
    control.call(library.get).streams.clear()


@pytest.mark.parametrize("function", ["Pa_OpenStream", "Pa_StartStream", "Pa_AbortStream"])
def test_a_call_that_hangs_gives_the_stream_up(card, monkeypatch, function):
    """The instance is left alone from then on; the next one is fresh."""
    core = make("output")
    if function == "Pa_AbortStream":
        core.start().result(LONG)
    monkeypatch.setattr(life, "OPEN_LIMIT", 0.05)
    monkeypatch.setattr(life, "CLOSE_LIMIT", 0.05)
    card.slow(function, 0.3)
    call = core.abort if function == "Pa_AbortStream" else core.start
    with pytest.raises(CallTimeout):
        call().result(LONG)
    assert core.phase is Phase.CLOSED
    assert core.closing
    assert core.ended
    assert not core.open
    core.close().result(LONG)
    abandoned = library.current()
    assert abandoned.abandoned
    card.slow(function, 0)
    late = [thread for thread in threading.enumerate() if "control" in thread.name]
    for thread in late:
        if not control.call(lambda t=thread: t is threading.current_thread()):
            thread.join(LONG)
    assert core.phase is Phase.CLOSED, "what comes late changes nothing"
    assert not core.running
    core.statistics()
    abandoned.streams.clear()
    card.reset()


def test_a_device_that_dies(card, mic):
    from aiosounddevice.core._kernel import lib

    mic.raise_if_lost()
    card.advance(64)
    lib.asd_stream_shut_gate(mic.kernel.pointer)
    card.advance(128)
    assert mic.ended
    assert not mic.running
    with pytest.raises(DeviceLost, match=r"'Virtual microphone'.*still there"):
        mic.raise_if_lost()
    assert len(mic.read(100)[0]) == 64, "what was captured is still there"


def test_a_stop_is_no_loss(card, mic):
    mic.stop().result(LONG)
    mic.raise_if_lost()
    assert mic.ended


def test_statistics_outlive_the_stream(card):
    core = make("input")
    core.start().result(LONG)
    card.advance(640)
    core.close().result(LONG)
    now = core.statistics()
    assert (now.frames, now.callbacks) == (640, 10)


def test_pairs_are_delayed_by_prefill(card):
    core = make("duplex", prefill=3)
    core.start().result(LONG)
    assert core.delay == 192
    assert [side.device for side in core.sides] == [1, 2]
    card.advance(64)
    assert core.write_at(192, np.ones((64, 1), np.float32)) == 64
    card.advance(640)
    assert core.write_at(64, np.ones((64, 1), np.float32)) == 0, "too late"
    core.close().result(LONG)
    assert np.flatnonzero(card.speaker.recorded[:, 0]).tolist() == list(range(192, 256))
