from __future__ import annotations

import gc

import pytest
from fake_portaudio import fake, laptop

from aiosounddevice.core import library, parameters
from aiosounddevice.core.defaults import default
from aiosounddevice.core.errors import DeviceNotFound, FormatNotSupported, PortAudioError
from aiosounddevice.core.parameters import request, resolve
from aiosounddevice.core.settings import AsioSettings


@pytest.fixture(autouse=True)
def _factory_defaults():
    default.reset()
    yield
    default.reset()


def test_one_direction():
    asked = request("input", device="alc", dtype="int16", latency="low", blocksize=64)
    found = resolve(laptop(), asked)
    side = found.input
    assert found.output is None
    assert (found.samplerate, found.blocksize, found.flags) == (44100.0, 64, 0)
    assert (side.device, side.name) == (0, "HDA Intel: ALC (hw:0,0)")
    assert (side.channels, side.host_channels, side.mapping) == (2, 2, None)
    assert (side.dtype, side.sample_format, side.samplesize, side.silence) == ("int16", 8, 2, 0)
    assert side.latency == 0.01
    struct = side.struct
    assert (struct.device, struct.channelCount, struct.sampleFormat) == (0, 2, 8)
    assert struct.suggestedLatency == 0.01
    assert not struct.hostApiSpecificStreamInfo


def test_both_directions_and_their_defaults():
    found = resolve(laptop(), request("duplex", latency=(0.5, "high")))
    assert (found.input.device, found.output.device) == (3, 3)
    assert (found.input.channels, found.output.channels) == (32, 32)
    assert (found.input.latency, found.output.latency) == (0.5, 0.2)
    assert found.samplerate == 48000.0


def test_mapping():
    found = resolve(laptop(), request("output", device=1, channels=[7, 2], dtype="uint8"))
    side = found.output
    assert (side.channels, side.host_channels, side.mapping) == (2, 7, (6, 1))
    assert side.struct.channelCount == 7
    assert side.silence == 128


def test_extra_settings_live_as_long_as_the_structure():
    asked = request("output", channels=1, extra_settings=AsioSettings([5]))
    side = resolve(laptop(), asked).output
    del asked
    gc.collect()
    pointer = library.PortAudio.ffi.cast(
        "PaAsioStreamInfo *", side.struct.hostApiSpecificStreamInfo
    )
    assert pointer.channelSelectors[0] == 5


@pytest.mark.parametrize(
    ("kind", "arguments", "text"),
    [
        (
            "input",
            {"device": 1, "channels": 2},
            "asked for 2 input channels; 'HDA Intel: HDMI 0 (hw:0,3)' has 0 in, 8 out; "
            "devices with 2 inputs: 0, 2, 3",
        ),
        (
            "output",
            {"device": 1, "channels": [9, 1]},
            "asked for output channels 9, 1; 'HDA Intel: HDMI 0 (hw:0,3)' has 0 in, 8 out; "
            "devices with 9 outputs: 2, 3",
        ),
        (
            "input",
            {"device": 1},
            "asked for 1 input channel; 'HDA Intel: HDMI 0 (hw:0,3)' has 0 in, 8 out; "
            "devices with 1 input: 0, 2, 3, 4",
        ),
        (
            "output",
            {"device": 2, "channels": 129},
            "asked for 129 output channels; 'sysdefault' has 128 in, 128 out; "
            "no device has 129 outputs",
        ),
    ],
)
def test_too_many_channels(kind, arguments, text):
    with pytest.raises(FormatNotSupported) as caught:
        resolve(laptop(), request(kind, **arguments))
    assert caught.value.args == ("Invalid number of channels", -9998)
    assert caught.value.explanation == text
    assert caught.value.device == arguments["device"]


def test_different_default_rates():
    asked = {"device": (0, 1), "channels": 2}
    with pytest.raises(ValueError, match=r"must have the same samplerate.*44100 Hz.*48000 Hz"):
        resolve(laptop(), request("duplex", **asked))
    assert resolve(laptop(), request("duplex", samplerate=44100, **asked)).samplerate == 44100


def test_no_such_device():
    with pytest.raises(DeviceNotFound, match="No output device matching 'usb'"):
        resolve(laptop(), request("output", device="usb"))
    with pytest.raises(DeviceNotFound, match="No default output: 0 devices"):
        resolve(fake([], defaults=(-1, -1)), request("output"))


def test_check_settings(monkeypatch):
    pa = laptop(rates=(16000, 48000))
    monkeypatch.setattr(library, "get", lambda: pa)
    assert parameters.check_settings("input", samplerate=16000) is None
    default.never_drop_input = True  # cannot matter to one direction
    parameters.check_settings("output", 3, 2, "int16", None, 48000)
    with pytest.raises(FormatNotSupported) as caught:
        parameters.check_settings("output", 3, 2, samplerate=44100)
    assert caught.value.args == ("Invalid sample rate", -9997)
    assert "'default' does 16000, 48000 Hz" in str(caught.value)
    assert isinstance(caught.value, PortAudioError)
