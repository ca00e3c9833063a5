from __future__ import annotations

import os

import pytest
from fake_portaudio import fake, laptop

from aiosounddevice.core import control
from aiosounddevice.core._portaudio import ffi
from aiosounddevice.core.errors import AudioError, DeviceBusy, DeviceLost, PortAudioError
from aiosounddevice.core.parameters import request, resolve


def test_off_the_control_thread_nothing_goes():
    pa = fake([])
    for call in (pa.initialize, pa.terminate, lambda: pa.close_stream(ffi.NULL)):
        with pytest.raises(AudioError, match="control thread only"):
            call()


def test_open_streams_are_known():
    pa = laptop()
    seen = []

    def open_stream(stream, given, taken, rate, frames, flags, callback, userdata):
        seen.append((bool(given), taken.device, rate, frames, flags))
        stream[0] = ffi.cast("void *", 0x1234)
        return 0

    pa.lib.Pa_OpenStream = open_stream
    pa.lib.Pa_CloseStream = lambda stream: -9988
    parameters = resolve(pa, request("output", channels=1, blocksize=64, clip_off=True))
    stream = ffi.new("PaStream **")
    control.call(pa.open_stream, stream, parameters, ffi.NULL, ffi.NULL)
    assert seen == [(False, 3, 48000.0, 64, 1)]
    assert pa.streams == {0x1234}
    with pytest.raises(PortAudioError, match="Error closing stream"):
        control.call(pa.close_stream, stream[0])
    assert not pa.streams
    pa.lib.Pa_OpenStream = lambda *args: -9985
    with pytest.raises(DeviceBusy, match="Error opening OutputStream: "):
        control.call(
            pa.open_stream, stream, parameters, ffi.NULL, ffi.NULL, "Error opening OutputStream"
        )
    assert not pa.streams


def test_abandoned_for_good():
    pa = laptop()
    pa.abandon()
    pa.abandoned = True
    with pytest.raises(AudioError, match="stays abandoned"):
        pa.abandoned = False
    with pytest.raises(AudioError, match="never returned"):
        control.call(pa.close_stream, ffi.NULL)


def test_termination_is_counted():
    pa = fake([])
    pa.lib.Pa_Initialize = pa.lib.Pa_Terminate = lambda: 0
    control.call(pa.initialize)
    assert pa.count == 2
    control.call(pa.terminate)
    assert pa.initialized
    control.call(pa.terminate)
    assert not pa.initialized
    with pytest.raises(PortAudioError) as caught:
        control.call(pa.terminate)
    assert caught.value.code == -10000


def test_what_a_failing_call_prints_is_noted(capfd):
    def loud(value):
        os.write(2, b"ALSA lib conf.c:1: (f) broken\nsomebody else\n")
        return value

    pa = laptop()
    pa.call(loud, (0,))
    with pytest.raises(PortAudioError) as caught:
        pa.call(loud, (-9996,), "Error opening stream")
    assert caught.value.__notes__ == ["ALSA lib conf.c:1: (f) broken"]
    assert capfd.readouterr().err == "somebody else\n" * 2


def test_check():
    pa = laptop()
    assert pa.check(0) == 0
    assert pa.check(7) == 7
    with pytest.raises(PortAudioError) as caught:
        pa.check(-9996)
    assert caught.value.args == ("Invalid device", -9996)
    with pytest.raises(DeviceBusy) as busy:
        pa.check(-9985, "Error opening Stream")
    assert busy.value.args[0].startswith("Error opening Stream: ")


def test_check_host_error():
    pa = laptop()
    with pytest.raises(DeviceLost) as caught:
        pa.check(-9999, "Error starting stream")
    error = caught.value
    assert error.args == (
        "Error starting stream: Unanticipated host error",
        -9999,
        (0, -19, "No such device"),
    )
    assert str(error).endswith("[PaErrorCode -9999]: 'No such device' [ALSA error -19]")
    pa.lib.host_error = (13, 5, b"")
    with pytest.raises(PortAudioError) as unknown:
        pa.check(-9999)
    assert unknown.value.host_api is None
    assert unknown.value.host_code == 5


def test_text_is_utf8_and_never_fails():
    pa = fake([])
    assert pa.text(ffi.new("char[]", "Lautsprecher ü".encode())) == "Lautsprecher ü"
    assert pa.text(ffi.NULL) == ""
    assert pa.text(ffi.new("char[]", b"broken \xff"))
