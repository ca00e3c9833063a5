"""The record of calls, and calls that are told to fail or to take long."""

import threading
import time

import pytest
from card_portaudio import ffi


def test_calls_and_their_threads(card, lib):
    ids = []

    def other():
        ids.append(threading.get_native_id())
        lib.Pa_GetDeviceCount()

    lib.Pa_GetVersion()
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert card.calls == [
        ("Pa_GetVersion", threading.get_native_id()),
        ("Pa_GetDeviceCount", ids[0]),
    ]
    card.clear_calls()
    assert (card.calls, card.calls_total) == ([], 0)


def test_every_function_is_recorded(card, lib):
    arguments = {"Pa_Sleep": (0,), "Pa_GetErrorText": (0,), "Pa_GetSampleSize": (1,)}
    names = [name for name in dir(lib) if name.startswith("Pa_")]
    assert len(names) == 36
    for name in names:
        function = getattr(lib, name)
        types = ffi.typeof(function).args
        zeros = [0 if kind.kind == "primitive" else ffi.NULL for kind in types]
        given = arguments.get(name, zeros)
        function(*given)
    assert [call.name for call in card.calls] == names


def test_the_latest_are_kept(card, lib):
    for _ in range(65536):
        lib.Pa_GetVersion()
    lib.Pa_GetDeviceCount()
    calls = card.calls
    assert (len(calls), card.calls_total) == (65536, 65537)
    assert calls[-1].name == "Pa_GetDeviceCount"


def test_fail_so_many_times(card, lib):
    card.fail("Pa_GetDeviceCount", -9985, times=2)
    assert [lib.Pa_GetDeviceCount() for _ in range(3)] == [-9985, -9985, 3]
    card.fail("Pa_GetDeviceCount", -9985, times=-1)
    assert [lib.Pa_GetDeviceCount() for _ in range(3)] == [-9985] * 3
    card.fail("Pa_GetDeviceCount", -9985, times=0)
    assert lib.Pa_GetDeviceCount() == 3


def test_fail_with_the_hosts_words(card, lib):
    card.fail("Pa_Initialize", -9999, "no such card")
    assert lib.Pa_Initialize() == -9999
    info = lib.Pa_GetLastHostErrorInfo()
    assert (info.hostApiType, info.errorCode) == (0, -9999)
    assert ffi.string(info.errorText) == b"no such card"
    card.reset()
    assert ffi.string(info.errorText) == b""


def test_failing_pointers_and_times(card, lib, stream):
    opened = stream(input=(1, 1))
    for name in ("GetDeviceInfo", "GetHostApiInfo", "GetStreamInfo", "GetStreamTime"):
        card.fail("Pa_" + name, -9986)
    card.advance(10)
    assert lib.Pa_GetDeviceInfo(0) == lib.Pa_GetHostApiInfo(0) == ffi.NULL
    assert lib.Pa_GetStreamInfo(opened.pointer) == ffi.NULL
    assert lib.Pa_GetStreamTime(opened.pointer) == 0


def test_a_failing_close_leaves_the_stream_open(card, lib, stream):
    opened = stream(input=(1, 1))
    card.fail("Pa_CloseStream", -9986)
    assert lib.Pa_CloseStream(opened.pointer) == -9986
    assert card.open_streams == 1
    opened.close()


def test_what_cannot_fail(card):
    for arguments in (("Pa_Nothing", -1), ("Pa_Initialize", 0), ("Pa_Initialize", -1, "", -2)):
        with pytest.raises(ValueError, match="cannot let"):
            card.fail(*arguments)
    with pytest.raises(ValueError, match="slow down"):
        card.slow("Pa_Nothing", 1)
    with pytest.raises(ValueError, match="slow down"):
        card.slow("Pa_Initialize", -1)


def test_a_slow_call_does_not_hold_up_the_others(card, lib, stream):
    mic = stream(input=(1, 1)).start()
    card.slow("Pa_IsFormatSupported", 0.3)
    begun = time.monotonic()
    waiting = threading.Thread(target=lib.Pa_IsFormatSupported, args=(ffi.NULL, ffi.NULL, 48000))
    waiting.start()
    card.advance(64)
    assert mic.frames == [64]
    assert waiting.is_alive()
    waiting.join()
    assert time.monotonic() - begun >= 0.3
    card.slow("Pa_IsFormatSupported", 0)
