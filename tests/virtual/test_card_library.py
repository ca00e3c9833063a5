"""What the library exports, says about itself and counts."""

import re
import shutil
import subprocess

import pytest
from card_portaudio import ffi

import aiosounddevice.virtual as virtual

FUNCTIONS = {
    "AbortStream",
    "CloseStream",
    "GetDefaultHostApi",
    "GetDefaultInputDevice",
    "GetDefaultOutputDevice",
    "GetDeviceCount",
    "GetDeviceInfo",
    "GetErrorText",
    "GetHostApiCount",
    "GetHostApiInfo",
    "GetLastHostErrorInfo",
    "GetSampleSize",
    "GetStreamCpuLoad",
    "GetStreamHostApiType",
    "GetStreamInfo",
    "GetStreamReadAvailable",
    "GetStreamTime",
    "GetStreamWriteAvailable",
    "GetVersion",
    "GetVersionInfo",
    "GetVersionText",
    "HostApiDeviceIndexToDeviceIndex",
    "HostApiTypeIdToHostApiIndex",
    "Initialize",
    "IsFormatSupported",
    "IsStreamActive",
    "IsStreamStopped",
    "OpenDefaultStream",
    "OpenStream",
    "ReadStream",
    "SetStreamFinishedCallback",
    "Sleep",
    "StartStream",
    "StopStream",
    "Terminate",
    "WriteStream",
}


def symbols(path, kind):
    output = subprocess.run(
        ["nm", "-D", kind, str(path)], check=True, capture_output=True, text=True
    ).stdout
    return {line.split()[-1].split("@")[0] for line in output.splitlines()}


@pytest.mark.skipif(not shutil.which("nm"), reason="needs nm")
def test_exports_portaudio_and_controls_only(library):
    exported = symbols(library, "--defined-only")
    assert {name for name in exported if name.startswith("Pa")} == {"Pa_" + n for n in FUNCTIONS}
    assert all(name.startswith(("Pa_", "virtualcard_")) for name in exported)
    assert not [name for name in symbols(library, "--undefined-only") if name.startswith("Py")]


@pytest.mark.skipif(not shutil.which("readelf"), reason="needs readelf")
def test_has_portaudios_soname(library):
    output = subprocess.run(
        ["readelf", "-d", str(library)], check=True, capture_output=True, text=True
    ).stdout
    assert re.search(r"SONAME.*\[libportaudio\.so\.2\]", output)
    assert "SYMBOLIC" in output


def test_version(lib):
    assert lib.Pa_GetVersion() == 0x130700
    info = lib.Pa_GetVersionInfo()
    assert (info.major, info.minor, info.sub) == (19, 7, 0)
    assert ffi.string(info.text) == ffi.string(lib.Pa_GetVersionText())


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "Success"),
        (-10000, "PortAudio not initialized"),
        (-9999, "Unanticipated host error"),
        (-9997, "Invalid sample rate"),
        (-9988, "Invalid stream pointer"),
        (-9972, "Bad buffer pointer"),
        (-1, "Invalid error code"),
        (-9971, "Invalid error code"),
    ],
)
def test_error_text(lib, code, text):
    assert ffi.string(lib.Pa_GetErrorText(code)).decode() == text


def test_initialize_is_counted(lib):
    assert lib.Pa_Initialize() == 0
    assert lib.Pa_Terminate() == 0
    assert lib.Pa_GetDeviceCount() == 3
    assert lib.Pa_Terminate() == 0
    assert lib.Pa_Terminate() == -10000
    assert lib.Pa_GetDeviceCount() == -10000
    assert lib.Pa_Initialize() == 0


def test_last_terminate_closes_streams(lib, stream, card):
    opened = stream(input=(1, 1)).start()
    assert lib.Pa_Terminate() == 0
    assert card.open_streams == 0
    assert opened.finished == 1
    assert lib.Pa_StopStream(opened.pointer) == -10000
    assert lib.Pa_Initialize() == 0
    assert lib.Pa_StopStream(opened.pointer) == -9988


def test_uninitialized(lib):
    lib.Pa_Terminate()
    try:
        assert lib.Pa_GetHostApiCount() == -10000
        assert lib.Pa_GetDefaultHostApi() == -10000
        assert lib.Pa_GetHostApiInfo(0) == ffi.NULL
        assert lib.Pa_GetDefaultInputDevice() == -1
        assert lib.Pa_GetDefaultOutputDevice() == -1
        assert lib.Pa_GetDeviceInfo(0) == ffi.NULL
        assert lib.Pa_IsFormatSupported(ffi.NULL, ffi.NULL, 48000) == -10000
        assert lib.Pa_OpenDefaultStream(ffi.NULL, 1, 0, 1, 48000, 0, ffi.NULL, ffi.NULL) == -10000
        assert lib.Pa_GetStreamTime(ffi.NULL) == 0
    finally:
        lib.Pa_Initialize()


def test_host_api_and_devices(lib):
    api = lib.Pa_GetHostApiInfo(0)
    assert lib.Pa_GetHostApiCount() == 1
    assert lib.Pa_GetDefaultHostApi() == 0
    assert (ffi.string(api.name), api.type, api.deviceCount) == (b"Virtual", 0, 3)
    assert (api.defaultInputDevice, api.defaultOutputDevice) == (0, 0)
    assert lib.Pa_GetHostApiInfo(1) == ffi.NULL
    assert lib.Pa_HostApiTypeIdToHostApiIndex(0) == 0
    assert lib.Pa_HostApiTypeIdToHostApiIndex(8) == -9979
    assert lib.Pa_HostApiDeviceIndexToDeviceIndex(0, 2) == 2
    assert lib.Pa_HostApiDeviceIndexToDeviceIndex(0, 3) == -9996
    assert lib.Pa_HostApiDeviceIndexToDeviceIndex(1, 0) == -9978
    infos = [lib.Pa_GetDeviceInfo(index) for index in range(3)]
    assert [
        (ffi.string(i.name).decode(), i.maxInputChannels, i.maxOutputChannels) for i in infos
    ] == [("Virtual loopback", 8, 8), ("Virtual microphone", 2, 0), ("Virtual speaker", 0, 2)]
    assert {info.defaultSampleRate for info in infos} == {48000}
    assert lib.Pa_GetDeviceInfo(3) == lib.Pa_GetDeviceInfo(-1) == ffi.NULL


@pytest.mark.parametrize(
    ("code", "size"), [(1, 4), (2, 4), (4, 3), (8, 2), (16, 1), (32, 1), (0x80000008, 2)]
)
def test_sample_size(lib, code, size):
    assert lib.Pa_GetSampleSize(code) == size


@pytest.mark.parametrize("code", [0, 3, 64, 0x10000])
def test_no_sample_size(lib, code):
    assert lib.Pa_GetSampleSize(code) == -9994


def test_sleep_advances_a_manual_card(lib, card, stream):
    opened = stream(input=(1, 1), block=480).start()
    lib.Pa_Sleep(25)
    assert card.frame == 1200
    assert len(opened.inputs) == 2


def test_missing_library(monkeypatch, tmp_path):
    monkeypatch.setattr(virtual._interface, "__file__", str(tmp_path / "_interface.py"))
    with pytest.raises(FileNotFoundError, match="not built"):
        virtual.library_path()
