"""Streams with callbacks: what runs where, how they end, what is left of them."""

from __future__ import annotations

import gc
import sys
import threading
import warnings
import weakref
from typing import Any

import cffi
import numpy as np
import pytest

from aiosounddevice.compat.handle import Handle
from aiosounddevice.core import control
from aiosounddevice.virtual import Card

RAMP = np.arange(4096) / 2**23


def test_callback_stream_records(card: Card, sd: Any) -> None:
    seen: list[Any] = []

    def callback(indata: Any, frames: int, time: Any, status: Any) -> None:
        assert indata.shape == (frames, 2)
        assert indata.dtype == np.float32
        assert type(status) is sd.CallbackFlags
        assert time.inputBufferAdcTime <= time.currentTime
        seen.append(indata.copy())

    with sd.InputStream(48000, 64, "microphone", 2, callback=callback) as stream:
        assert stream.active
        assert not stream.stopped
        card.advance(256)
    assert stream.closed
    np.testing.assert_array_equal(np.concatenate(seen)[:256, 1], RAMP[:256].astype("float32"))


def test_callback_stream_plays(card: Card, sd: Any) -> None:
    position = 0

    def callback(outdata: Any, frames: int, time: Any, status: Any) -> None:
        nonlocal position
        outdata[:] = RAMP[position : position + frames, np.newaxis]
        position += frames

    with sd.OutputStream(48000, 64, "speaker", 2, callback=callback, latency="low"):
        card.advance(256)
    played = card.speaker.recorded
    np.testing.assert_array_equal(played[:256, 0], RAMP[:256])


@pytest.mark.parametrize("dtype", ["float32", "int32", "int24", "int16", "int8", "uint8"])
def test_raw_wire(card: Card, sd: Any, dtype: str) -> None:
    sizes = set()

    def callback(indata: Any, outdata: Any, frames: int, time: Any, status: Any) -> None:
        sizes.add((len(indata), len(outdata), frames))
        outdata[:] = indata

    with sd.RawStream(48000, 64, channels=2, dtype=dtype, callback=callback) as stream:
        card.advance(128)
        size = stream.samplesize[0]
    assert sizes == {(64 * 2 * size, 64 * 2 * size, 64)}


def test_duplex_properties_are_pairs(card: Card, sd: Any) -> None:
    stream = sd.Stream(device=(1, 2), channels=(1, 2), dtype=("int16", "float32"), blocksize=64)
    with stream:
        pass
    assert (stream.device, stream.channels) == ((1, 2), (1, 2))
    assert (stream.dtype, stream.samplesize) == (("int16", "float32"), (2, 4))
    assert stream.latency[0] != 0 != stream.latency[1]


def endings(sd: Any) -> dict[str, Any]:
    return {"stop": sd.CallbackStop, "abort": sd.CallbackAbort, "error": ZeroDivisionError}


@pytest.mark.parametrize("kind", ["stop", "abort", "error"])
def test_an_exception_ends_the_stream(
    card: Card, sd: Any, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    calls: list[int] = []
    finished: list[threading.Thread] = []

    def callback(outdata: Any, frames: int, time: Any, status: Any) -> None:
        calls.append(frames)
        outdata[:] = 0.5
        if len(calls) == 3:
            raise endings(sd)[kind]("in the callback")

    stream = sd.OutputStream(
        48000,
        64,
        "speaker",
        1,
        latency=0.1,
        callback=callback,
        finished_callback=lambda: finished.append(threading.current_thread()),
    )
    stream.start()
    card.advance(48000)
    assert len(calls) == 3
    assert len(finished) == 1
    assert not stream.active
    assert not stream.stopped, "a stream whose callback ended it is not stopped"
    stream.stop()
    assert stream.stopped
    stream.start()
    stream.close()
    error = capfd.readouterr().err
    assert ("ZeroDivisionError: in the callback" in error) == (kind == "error")
    assert ("Traceback" in error) == (kind == "error")


def test_wrong_number_of_arguments_is_an_error_of_the_callback(
    card: Card, sd: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    with sd.InputStream(48000, 64, 1, callback=lambda: None) as stream:
        card.advance(64)
        assert not stream.active
    assert "takes 0 positional arguments" in capfd.readouterr().err


def test_cdata_callback_of_another_library(card: Card, sd: Any) -> None:
    other = cffi.FFI()
    other.cdef(
        "typedef int callback(const void *, void *, unsigned long, const void *, "
        "unsigned long, void *);"
    )
    number = other.new("int *", 7)

    @other.callback("callback")
    def function(indata: Any, outdata: Any, frames: int, time: Any, flags: int, user: Any) -> int:
        pointer = other.cast("int *", user)
        pointer[0] += frames
        return 1 if pointer[0] > 200 else 0

    ended = threading.Event()

    @other.callback("void(void *)")
    def finished(user: Any) -> None:
        assert other.cast("int *", user)[0] == 7 + 4 * 64
        ended.set()

    stream = sd._InputStreamBase(
        "input", 48000, 64, 1, 1, callback=function, userdata=number, finished_callback=finished
    )
    with stream:
        card.advance(512)
    assert number[0] == 7 + 4 * 64
    assert ended.is_set()


def test_our_own_ffi_makes_callbacks_too(card: Card, sd: Any) -> None:
    calls: list[int] = []

    @sd._ffi.callback("PaStreamCallback")
    def function(*args: Any) -> int:
        calls.append(args[2])
        return int(sd._lib.paContinue)

    with sd.RawInputStream(48000, 64, 1, 1, callback=function) as stream:
        card.advance(64)
        assert stream._callback is function
    assert calls == [64]


def test_a_python_callback_without_wrapping_is_refused(card: Card, sd: Any) -> None:
    with pytest.raises(TypeError, match="CData callback"):
        sd._StreamBase("input", device=1, callback=print)


def test_cpu_load_and_time_inside_the_callback(card: Card, sd: Any) -> None:
    seen: list[Any] = []

    def callback(indata: Any, frames: int, time: Any, status: Any) -> None:
        seen.append((stream.cpu_load, stream.time, sd.query_devices(1)["name"]))

    stream = sd.InputStream(48000, 64, 1, callback=callback)
    with stream:
        card.advance(64)
    load, time, name = seen[0]
    assert load >= 0
    assert time > 0
    assert name == "Virtual microphone"


@pytest.mark.parametrize("method", ["stop", "abort", "close"])
def test_ending_the_stream_inside_its_callback(card: Card, sd: Any, method: str) -> None:
    """It neither hangs nor is ignored: the stream ends after the callback."""
    calls: list[str] = []

    def callback(outdata: Any, frames: int, time: Any, status: Any) -> None:
        outdata[:] = 0
        calls.append(method)
        if len(calls) == 1:
            getattr(stream, method)()

    stream = sd.OutputStream(48000, 64, 2, callback=callback, latency="low")
    stream.start()
    card.advance(64)
    assert control.wait_idle(10)
    before = len(calls)
    card.advance(640)
    assert len(calls) == before
    assert stream.closed if method == "close" else stream.stopped
    stream.close()


def test_a_stream_can_be_started_from_a_finished_callback(card: Card, sd: Any) -> None:
    def callback(outdata: Any, frames: int, time: Any, status: Any) -> None:
        outdata[:] = 0
        raise sd.CallbackStop

    second = sd.InputStream(48000, 64, 1)
    first = sd.OutputStream(48000, 64, 2, callback=callback, finished_callback=second.start)
    with first:
        card.advance(9600)
        assert second.active
    second.close()


def test_after_close_everything_is_an_error_and_nothing_a_crash(card: Card, sd: Any) -> None:
    stream = sd.Stream(48000, 64, channels=1)
    stream.close()
    stream.close()
    assert (stream.active, stream.stopped, stream.closed) == (False, True, True)
    assert stream.cpu_load == 0
    for use in (
        stream.start,
        lambda: stream.stop(False),
        lambda: stream.abort(ignore_errors=False),
        lambda: stream.close(ignore_errors=False),
        lambda: stream.read(1),
        lambda: stream.write(np.zeros((1, 1), "float32")),
        lambda: stream.read_available,
        lambda: stream.write_available,
    ):
        with pytest.raises(sd.PortAudioError, match="Invalid stream pointer") as caught:
            use()
        assert type(caught.value) is sd.PortAudioError
        assert caught.value.args[1] == -9988
    with pytest.raises(sd.PortAudioError, match="stream time"):
        _ = stream.time


def notes(error: BaseException) -> str:
    if sys.version_info < (3, 11):
        pytest.skip("exceptions have no notes yet")
    return "\n".join(error.__notes__)


def test_errors_carry_their_explanation_as_notes(card: Card, sd: Any) -> None:
    with pytest.raises(sd.PortAudioError) as caught:
        sd.InputStream(device=1, channels=3)
    error = caught.value
    assert error.args == ("Error opening InputStream: Invalid number of channels", -9998)
    assert str(error).splitlines()[0].endswith("Invalid number of channels [PaErrorCode -9998]")
    assert "'Virtual microphone' has 2 in, 0 out" in notes(error)
    assert "devices with 3 input" in notes(error)


def test_an_unknown_device_number_is_explained(card: Card, sd: Any) -> None:
    with pytest.raises(sd.PortAudioError) as caught:
        sd.InputStream(device=99)
    assert caught.value.args == ("Error querying device 99",)
    assert "numbers go from 0 to 2" in notes(caught.value)


def test_host_errors_have_three_arguments(card: Card, sd: Any) -> None:
    card.fail("Pa_StartStream", -9999, "the cable is on fire")
    stream = sd.InputStream(device=1)
    with pytest.raises(sd.PortAudioError) as caught:
        stream.start()
    stream.close()
    text, code, (api, host_code, host_text) = caught.value.args
    assert (text, code) == ("Error starting stream: Unanticipated host error", -9999)
    assert (api, host_text) == (0, "the cable is on fire")
    assert isinstance(host_code, int)


@pytest.mark.parametrize("method", ["stop", "abort", "close"])
def test_ignore_errors(card: Card, sd: Any, method: str) -> None:
    stream = sd.InputStream(device=1).__enter__()
    name = f"Pa_{method.capitalize()}Stream"
    card.fail(name, -9986)
    getattr(stream, method)()
    again = sd.InputStream(device=1).__enter__()
    card.fail(name, -9986)
    with pytest.raises(sd.PortAudioError, match="Internal PortAudio error"):
        getattr(again, method)(ignore_errors=False)
    stream.close()
    again.close()
    card.reset()  # which did not hear of a close that failed


def test_a_forgotten_stream_is_closed(card: Card, sd: Any) -> None:
    stream = sd.InputStream(device=1, callback=lambda *args: None)
    stream.start()
    gone = weakref.ref(stream)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del stream
        gc.collect()
    assert gone() is None
    assert any("InputStream was not closed" in str(warning.message) for warning in caught)
    assert control.wait_idle(10)
    assert card.open_streams == 0


def test_closing_waits_for_whoever_uses_the_pointer(card: Card, sd: Any) -> None:
    stream = sd.InputStream(device=1)
    handle: Handle = stream._handle
    closer = threading.Thread(target=stream.close)
    with handle.use() as pointer:
        assert pointer != sd._ffi.NULL
        closer.start()
        while not any(call.name == "Pa_AbortStream" for call in card.calls):
            pass
        assert card.open_streams == 1, "the pointer is still good"
    closer.join(10)
    assert card.open_streams == 0


def test_calls_that_open_and_close_run_on_one_thread(card: Card, sd: Any) -> None:
    me = threading.get_native_id()
    card.clear_calls()
    with sd.InputStream(device=1) as stream:
        stream.read(10)
    threads = {call.name: call.thread_id for call in card.calls}
    changing = ("Pa_OpenStream", "Pa_StartStream", "Pa_StopStream", "Pa_CloseStream")
    assert len({threads[name] for name in changing}) == 1
    assert threads["Pa_OpenStream"] != me
    assert threads["Pa_ReadStream"] == me


@pytest.mark.parametrize("options", [{"device": 1}, {"device": 1, "blocksize": 64}])
def test_never_drop_input_needs_a_duplex_callback_stream(
    card: Card, sd: Any, options: dict[str, Any]
) -> None:
    with pytest.raises(sd.PortAudioError, match="Invalid flag"):
        sd.InputStream(never_drop_input=True, **options)
    wire = sd.Stream(
        channels=1,
        never_drop_input=True,
        callback=lambda *args: None,
        prime_output_buffers_using_stream_callback=True,
    )
    wire.close()
