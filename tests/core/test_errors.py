from __future__ import annotations

import pickle
import sys
import traceback

import pytest

from aiosounddevice.core import errors
from aiosounddevice.core.errors import AudioError, PortAudioError


def test_arguments_are_kept_as_documented():
    error = PortAudioError("Error opening", -9999, (2, -5, "gone"), host_api_name="ALSA", device=3)
    assert error.args == ("Error opening", -9999, (2, -5, "gone"))
    assert (error.code, error.host_api, error.host_code) == (-9999, 2, -5)
    assert (error.host_text, error.host_api_name, error.device) == ("gone", "ALSA", 3)


def test_what_is_unknown_is_none():
    error = PortAudioError("text")
    values = (error.code, error.host_api, error.host_code, error.host_text, error.device)
    assert values == (None,) * 5
    assert PortAudioError().code is None
    assert PortAudioError("t", -9999, (-10000, 0, "")).host_api is None


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (PortAudioError(), ""),
        (PortAudioError("text"), "text"),
        (PortAudioError("text", -9997), "text [PaErrorCode -9997]"),
        (
            PortAudioError("text", -9999, (0, -22, "Invalid argument"), host_api_name="ALSA"),
            "text [PaErrorCode -9999]: 'Invalid argument' [ALSA error -22]",
        ),
        (
            PortAudioError("text", -9999, (-10000, 0, "")),
            "text [PaErrorCode -9999]: '' [unknown host API error 0]",
        ),
    ],
)
def test_text_is_the_familiar_one(error, text):
    assert str(error) == text
    error.explanation = "use 48000 Hz"
    assert str(error) == f"{text}\nuse 48000 Hz".lstrip("\n")


@pytest.mark.parametrize(
    "error",
    [
        PortAudioError("t", -9999, (0, 1, "x"), host_api_name="ALSA", explanation="because"),
        errors.DeviceBusy("t", -9985),
        errors.DeviceQueryFailed("Error querying device 9", device=9),
        errors.LibraryNotFound("PortAudio library not found", explanation="tried a"),
        errors.CallTimeout("no return"),
    ],
)
def test_errors_survive_pickling(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert again.args == error.args
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_the_tree():
    assert issubclass(errors.DeviceNotFound, ValueError)
    assert issubclass(errors.DeviceQueryFailed, PortAudioError)
    assert issubclass(errors.LibraryNotFound, OSError)
    assert issubclass(errors.WrongLoop, RuntimeError)
    assert issubclass(errors.CallTimeout, TimeoutError)
    assert issubclass(errors.XrunWarning, UserWarning)
    for cls in (errors.DeviceBusy, errors.DeviceLost, errors.FormatNotSupported):
        assert issubclass(cls, PortAudioError)
    for cls in (PortAudioError, errors.InputOverflow, errors.StreamClosed, errors.StreamBusy):
        assert issubclass(cls, AudioError)


@pytest.mark.parametrize(
    ("code", "host", "cls"),
    [
        (-9985, (), errors.DeviceBusy),
        (-9997, (), errors.FormatNotSupported),
        (-9998, (), errors.FormatNotSupported),
        (-9994, (), errors.FormatNotSupported),
        (-9996, (), PortAudioError),
        (-9999, (8, -19), errors.DeviceLost),
        (-9999, (8, -16), errors.DeviceBusy),
        (-9999, (13, 0x88890004 - 2**32), errors.DeviceLost),
        (-9999, (8, -22), PortAudioError),
    ],
)
def test_class_by_code(code, host, cls):
    assert errors.error_class(code, *host) is cls


def test_notes_are_shown():
    error = PortAudioError("text", -9999)
    errors.add_note(error, "ALSA lib: broken")
    errors.add_note(error, "and again")
    shown = "".join(traceback.format_exception(error))
    assert "ALSA lib: broken\nand again" in shown
    assert ("ALSA lib" in str(error)) is (sys.version_info < (3, 11))
