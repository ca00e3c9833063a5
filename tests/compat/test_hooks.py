"""Semi-private names: used as programs use them, and assigned on the module."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np
import pytest

from aiosounddevice.compat import session
from aiosounddevice.core import library
from aiosounddevice.virtual import Card, library_path


def test_wrap_callback(card: Card, sd: Any) -> None:
    calls: list[Any] = []
    genuine = sd._wrap_callback

    def wrap(callback: Any, *args: Any) -> int:
        calls.append(len(args))
        return int(genuine(callback, *args))

    with sd.InputStream(48000, 64, 1, callback=lambda *args: None):
        sd._wrap_callback = wrap
        card.advance(64)
    assert calls == [4]


def test_get_stream_parameters(card: Card, sd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = sd._get_stream_parameters

    def silent_speaker(kind: str, device: Any, *args: Any) -> Any:
        parameters, *rest = genuine(kind, device, *args)
        parameters.channelCount = 1
        return parameters, *rest

    monkeypatch.setattr(sd, "_get_stream_parameters", silent_speaker)
    with sd.OutputStream(device=2, channels=2) as stream:
        assert stream.channels == 1
    monkeypatch.setattr(sd, "_get_stream_parameters", mock.Mock(side_effect=KeyError("asked")))
    for use in (sd.OutputStream, sd.check_input_settings):
        with pytest.raises(KeyError, match="asked"):
            use()


def test_a_subclass_of_the_context_hears_of_the_end(card: Card, sd: Any) -> None:
    ended: list[int] = []

    class Context(sd._CallbackContext):  # type: ignore[misc]
        def finished_callback(self) -> None:
            ended.append(self.frames)
            super().finished_callback()

    sd._CallbackContext = Context
    sd.play(np.zeros(100), 48000, device=2, blocking=True)
    assert ended == [100]
    assert type(sd._last_callback) is Context


@pytest.mark.parametrize("loop", [False, True])
def test_a_context_that_changes_what_a_block_does(card: Card, sd: Any, loop: bool) -> None:
    """Then Python plays it, block by block, by way of the subclass."""

    class Louder(sd._CallbackContext):  # type: ignore[misc]
        def write_outdata(self, outdata: Any) -> None:
            super().write_outdata(outdata)
            outdata *= 2

    sd._CallbackContext = Louder
    signal = np.arange(1, 101) / 1024
    sd.play(signal, 48000, device=2, blocksize=64, loop=loop, latency="low")
    card.advance(6400)
    sd.stop()
    played = card.speaker.recorded[:, 0]
    np.testing.assert_array_equal(played[:100], 2 * signal)
    again = played[100:192]
    np.testing.assert_array_equal(again, 2 * signal[:92] if loop else np.zeros(92))


def test_driving_the_context_oneself(card: Card, sd: Any) -> None:
    context = sd._CallbackContext()
    signal = np.arange(1, 201, dtype="int16").reshape(100, 2)
    context.frames = context.check_data(signal, [2, 1], 2)
    out, frames = context.check_out(None, 100, 1, "int16", None)
    assert (out.shape, frames) == ((100, 1), 100)

    def callback(indata: Any, outdata: Any, frames: int, time: Any, status: Any) -> None:
        context.callback_enter(status, indata)
        context.read_indata(indata)
        context.write_outdata(outdata)
        context.callback_exit()

    context.start_stream(
        sd.Stream,
        48000,
        (context.input_channels, context.output_channels),
        (context.input_dtype, context.output_dtype),
        callback,
        True,
        device=(1, 2),
        blocksize=64,
    )
    np.testing.assert_array_equal(card.speaker.recorded[:100] * 2**15, signal[:, ::-1])
    np.testing.assert_array_equal(out[:, 0], np.arange(100) * 2**15 // 2**23)


def test_last_callback(card: Card, sd: Any) -> None:
    sd.play(np.zeros(48000), 48000, device=2)
    mine = sd._last_callback
    sd._last_callback = None
    sd.stop()
    assert mine.stream.active, "it is no longer the last one"
    sd._last_callback = mine
    sd.stop()
    assert mine.stream.closed


def test_terminate_and_initialize(card: Card, sd: Any) -> None:
    assert sd._initialized == 1
    stream = sd.InputStream(device=1)
    sd._terminate()
    assert sd._initialized == 0
    assert card.open_streams == 0
    stream.stop()
    stream.close()
    for use in (sd.query_devices, sd.query_hostapis, sd._terminate):
        with pytest.raises(sd.PortAudioError, match="not initialized"):
            use()
    assert (sd.default.device[0], sd.default.device[1]) == (-1, -1)
    sd._initialize()
    assert sd._initialized == 1
    assert len(sd.query_devices()) == 3


def test_exit_handler(card: Card, sd: Any) -> None:
    sd._initialize()
    assert sd._initialized == 2
    stream = sd.InputStream(device=1)
    sd._exit_handler()
    assert sd._initialized == 0
    assert card.open_streams == 0
    stream.close()
    sd._initialize()


@pytest.fixture
def other_library(card: Card, tmp_path: Any) -> Iterator[str]:
    """Another file of the same card."""
    path = tmp_path / "libportaudio-other.so"
    path.symlink_to(library_path())
    before = library._current
    yield str(path)
    session.handles.clear()
    pa = library._current
    if pa is not before:
        library._current = before


def test_assigning_the_library(card: Card, sd: Any, other_library: str) -> None:
    """What programs do to use a PortAudio of their own."""
    before = sd._lib
    sd._terminate()
    sd._lib = sd._ffi.dlopen(other_library)
    sd._libname = other_library
    sd._initialize()
    assert sd._lib is not before
    assert len(sd.query_devices()) == 3
    pa = library.current()
    assert pa is not None
    assert pa.lib is sd._lib
    assert pa.path == other_library
    with sd.InputStream(device=1) as stream:
        assert stream.read(10)[0].shape == (10, 2)
    sd._terminate()
    del sd._lib, sd._libname
    sd._initialize()


def test_a_patched_library_is_restored(card: Card, sd: Any) -> None:
    genuine = sd._lib

    class Counting:
        counted = 0

        def __getattr__(self, name: str) -> Any:
            if name == "Pa_GetDeviceCount":
                Counting.counted += 1
            return getattr(genuine, name)

    with mock.patch.object(sd, "_lib", Counting()):
        assert len(sd.query_devices()) == 3
    assert Counting.counted
    counted = Counting.counted
    sd._lib = genuine
    sd.query_devices()
    assert Counting.counted == counted


def test_ignore_stderr(card: Card, sd: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with sd._ignore_stderr():
        os.write(2, b"nobody sees this")
    os.write(2, b"but this")
    assert capfd.readouterr().err == "but this"
    entered: list[str] = []

    @contextlib.contextmanager
    def mine() -> Iterator[None]:
        entered.append("in")
        yield

    sd._ignore_stderr = mine
    sd._terminate()
    sd._initialize()
    assert entered == ["in"]


def test_pairs(card: Card, sd: Any) -> None:
    sd.default.device = 1, "speaker"
    pair = sd.default.device
    assert isinstance(pair, sd._InputOutputPair)
    assert not isinstance(pair, (list, tuple))
    assert (pair[0], pair[1], pair["input"], pair["output"]) == (1, "speaker", 1, "speaker")
    pair["output"] = 0
    assert repr(sd.default.device) == "[1, 0]"
    assert sd._split(pair) == (1, 0)
    assert sd.default._default_device == (0, 0)


def test_small_helpers(card: Card, sd: Any) -> None:
    assert sd._sampleformats["int24"] == sd._lib.paInt24
    assert sd._check(5) == 5
    with pytest.raises(sd.PortAudioError, match="opening it: Invalid device"):
        sd._check(-9996, "opening it")
    assert sd._ffi_string(sd._lib.Pa_GetErrorText(0)) == b"Success"
    memory = sd._ffi.new("float[]", [1, 2, 3, 4])
    array = sd._array(sd._buffer(memory, 2, 2, 4), 2, "float32")
    assert array.tolist() == [[1, 2], [3, 4]]
    assert sd._libname == str(library_path())
    assert sd._get_device_id("speaker", "output") == 2
    assert sd.AsioSettings([1])._streaminfo
    assert sd.CallbackFlags(2)._flags == 2


def test_unknown_names(sd: Any) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'print_devices'"):
        _ = sd.print_devices
