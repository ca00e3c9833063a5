"""play, rec, playrec: on the C kernel, to the last frame, and nothing is left behind."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card

TYPES = ["float64", "float32", "int32", "int16", "int8", "uint8"]


def scale(dtype: str) -> float:
    return 1.0 if dtype.startswith("float") else 2.0 ** (8 * np.dtype(dtype).itemsize - 1)


@pytest.mark.parametrize("dtype", TYPES)
def test_play(card: Card, sd: Any, dtype: str) -> None:
    signal = np.arange(1, 101, dtype=dtype)
    if dtype.startswith("float"):
        signal /= 128
    assert sd.play(signal, 48000, device=2) is None
    assert sd.wait() is None
    heard = signal.astype("float64") - (128 if dtype == "uint8" else 0)
    played = card.speaker.recorded
    np.testing.assert_array_equal(played[:100, 0] * scale(dtype), heard)
    assert not played[100:].any()
    assert not played[:, 1].any(), "one channel is one channel"


@pytest.mark.parametrize("dtype", TYPES)
def test_rec(card: Card, sd: Any, dtype: str) -> None:
    take = sd.rec(300, 48000, channels=2, dtype=dtype, device=1, blocking=True)
    assert (take.shape, take.dtype) == ((300, 2), dtype)
    ramp = np.arange(300) / 2**23
    wanted = ramp if dtype.startswith("float") else np.rint(ramp * scale(dtype))
    wanted = wanted + 128 if dtype == "uint8" else wanted
    np.testing.assert_array_equal(take[:, 1], wanted.astype(dtype))


def test_playrec(card: Card, sd: Any) -> None:
    signal = np.random.default_rng(1).integers(1, 1000, (500, 2)).astype("int16")
    take = sd.playrec(signal, 48000, channels=2, blocksize=64)
    assert take.dtype == np.int16
    sd.wait()
    np.testing.assert_array_equal(take[64:], signal[:-64])


def test_mapping(card: Card, sd: Any) -> None:
    signal = np.array([[1, 2], [3, 4]], "float32") / 8
    sd.play(signal, 48000, mapping=[2, 1], device=2, blocking=True)
    np.testing.assert_array_equal(card.speaker.recorded[:2], signal[:, ::-1])
    card.speaker.clear()
    sd.play(signal[:, :1], 48000, mapping=[1, 2], device=2, blocking=True)
    np.testing.assert_array_equal(card.speaker.recorded[:2], signal[:, [0, 0]])
    card.speaker.clear()
    sd.play(signal[:, :1], 48000, mapping=[2], device=2, blocking=True)
    assert not card.speaker.recorded[:, 0].any()
    np.testing.assert_array_equal(card.speaker.recorded[:2, 1], signal[:, 0])


def test_a_single_mapped_channel_leaves_the_others_silent(card: Card, sd: Any) -> None:
    """Some hosts would play a stream of one channel on all of the device's."""
    sd.play(np.ones(10, "float32"), 48000, mapping=[1], device=2, blocking=True)
    assert sd._last_callback.output_channels == 2
    assert not card.speaker.recorded[:, 1].any()


def test_rec_with_mapping_ignores_channels(card: Card, sd: Any) -> None:
    take = sd.rec(100, 48000, channels=7, mapping=[2], device=1, blocking=True)
    assert take.shape == (100, 1)
    np.testing.assert_array_equal(take[:, 0] * 2**23, np.arange(100))


class Subclass(np.ndarray):
    pass


@pytest.mark.parametrize(
    "out",
    [
        np.zeros((50, 2), "int32"),
        np.zeros((50, 2), "int32", order="F"),
        np.zeros((50, 2), ">i4"),
        np.zeros((100, 4), "int32")[::2, ::2],
        np.zeros((50, 2), "int32").view(Subclass),
    ],
    ids=["plain", "fortran", "swapped", "strided", "subclass"],
)
def test_out_of_any_layout(card: Card, sd: Any, out: np.ndarray) -> None:
    take = sd.rec(out=out, samplerate=48000, device=1, blocking=True)
    assert take is out
    np.testing.assert_array_equal(out[:, 0], np.arange(50) * 256)


def test_out_is_left_alone_after_stop(card: Card, sd: Any) -> None:
    out = np.full((48000, 1), 7.0)
    sd.rec(out=out, samplerate=48000, device=1, blocksize=64)
    card.advance(640)
    sd.stop()
    sd.wait()
    filled = int(np.flatnonzero(out == 7.0)[0])
    assert filled >= 640
    np.testing.assert_array_equal(out[:filled, 0] * 2**23, np.arange(filled))
    assert (out[filled:] == 7.0).all()


def test_loop(card: Card, sd: Any) -> None:
    signal = np.array([1, 2, 3], "int16")
    sd.play(signal, 48000, device=2, loop=True, blocksize=64, latency="low")
    card.advance(640)
    assert sd.get_stream().active
    sd.stop()
    played = card.speaker.recorded[:600, 0] * 2**15
    np.testing.assert_array_equal(played, np.tile(signal, 200))


@pytest.mark.parametrize("shape", [(0,), (0, 2), ()])
def test_nothing_to_play(card: Card, sd: Any, shape: tuple[int, ...]) -> None:
    sd.play(np.zeros(shape), 48000, device=2)
    assert sd.wait() is None
    assert not card.speaker.recorded.any()


def test_rec_of_nothing(card: Card, sd: Any) -> None:
    assert sd.rec(0, 48000, channels=1, device=1, blocking=True).shape == (0, 1)


def test_life_of_the_stream(card: Card, sd: Any) -> None:
    sd.play(np.zeros(480), 48000, device=2)
    stream = sd.get_stream()
    assert type(stream) is sd.OutputStream
    assert (stream.active, stream.stopped, stream.closed) == (True, False, False)
    assert stream.channels == 1
    card.advance(48000)
    sd._last_callback.event.wait(10)
    assert (stream.active, stream.stopped, stream.closed) == (False, False, False)
    sd.wait()
    assert (stream.active, stream.stopped, stream.closed) == (False, True, True)
    sd.rec(10, 48000, channels=1)
    assert type(sd.get_stream()) is sd.InputStream
    sd.playrec(np.zeros(10), 48000, channels=1)
    assert type(sd.get_stream()) is sd.Stream
    sd.stop()


def test_before_the_first_take(sd: Any) -> None:
    assert sd.wait() is None
    assert sd.stop() is None
    for ask in (sd.get_status, sd.get_stream):
        with pytest.raises(RuntimeError, match="was not called yet"):
            ask()


def test_stop_leaves_other_streams_alone(card: Card, sd: Any) -> None:
    with sd.InputStream(48000, device=1) as mine:
        sd.play(np.zeros(48000), 48000, device=2)
        sd.stop()
        assert sd.get_stream().closed
        assert mine.active


def test_the_next_take_stops_the_one_before(card: Card, sd: Any) -> None:
    sd.play(np.zeros(48000), 48000, device=2)
    before = sd.get_stream()
    sd.play(np.zeros(10), 48000, device=2)
    assert before.closed
    sd.wait()


def test_status_tells_xruns(card: Card, sd: Any) -> None:
    card.lose(card.speaker, 100, 10)
    sd.play(np.zeros(4800), 48000, device=2, blocksize=64, latency="low")
    status = sd.wait()
    assert type(status) is sd.CallbackFlags
    assert status.output_underflow
    assert sd.get_status().output_underflow
    sd.play(np.zeros(4800), 48000, device=2)
    assert sd.wait() is None
    assert not sd.get_status()


@pytest.mark.parametrize("end", ["wait", "stop", "nothing"])
def test_memory_is_freed(card: Card, sd: Any, end: str) -> None:
    data = np.zeros((48000, 2), "float32")
    out = np.zeros((48000, 2), "float32")
    gone = [weakref.ref(data), weakref.ref(out)]
    sd.playrec(data, 48000, out=out, blocksize=480)
    last = sd._last_callback
    assert last.data is data
    del data, out
    gc.collect()
    assert gone[0]() is not None, "in use"
    if end == "nothing":
        card.advance(96000)
    else:
        getattr(sd, end)()
    assert last.event.wait(10)
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
    assert not hasattr(last, "data")
    assert not hasattr(last, "out")


def test_a_take_ends_when_its_stream_is_closed(card: Card, sd: Any) -> None:
    sd.play(np.zeros(48000), 48000, device=2)
    sd.get_stream().close()
    assert sd.wait() is None


def test_a_read_only_out_is_refused(card: Card, sd: Any) -> None:
    out = np.zeros((10, 1), "float32")
    out.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        sd.rec(out=out, device=1)


def test_a_failed_open_leaves_nothing(card: Card, sd: Any) -> None:
    data = np.zeros((10, 3), "float32")
    gone = weakref.ref(data)
    with pytest.raises(sd.PortAudioError, match="Error opening OutputStream: Invalid number"):
        sd.play(data, device=2)
    del data
    gc.collect()
    assert gone() is None


@contextmanager
def gil_held() -> Iterator[None]:
    """Hold the GIL 50 ms of every 60, as a C extension that forgot to release it does."""
    usleep, stop = ctypes.PyDLL(None).usleep, threading.Event()

    def hold() -> None:
        while not stop.is_set():
            usleep(50_000)
            time.sleep(0.01)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_nothing_is_lost_while_the_gil_is_held(realtime_card: Card, sd: Any) -> None:
    signal = (np.arange(24000) + 1) / 2**23
    with gil_held():
        take = sd.rec(24000, 48000, channels=1, device=1, blocksize=64, latency="low")
        assert sd.wait() is None
        sd.play(signal, 48000, device=2, blocksize=64, latency="low")
        assert sd.wait() is None
    np.testing.assert_array_equal(take[:, 0], np.arange(24000, dtype="float32") / 2**23)
    np.testing.assert_array_equal(realtime_card.speaker.recorded[:24000, 0], signal)
    assert realtime_card.lost_input == 0
    assert realtime_card.inserted_output == 0


def test_no_python_runs_on_the_audio_thread(card: Card, sd: Any) -> None:
    """The kernel's callback is the stream's, and Python's wrapping is not asked."""
    asked: list[Any] = []
    sd._wrap_callback = lambda *args: asked.append(args) or 0
    sd.play(np.zeros(100), 48000, device=2, blocking=True)
    assert asked == []
