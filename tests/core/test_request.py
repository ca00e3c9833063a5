from __future__ import annotations

import math

import numpy as np
import pytest

from aiosounddevice.core import control
from aiosounddevice.core.defaults import default
from aiosounddevice.core.errors import FormatNotSupported, PortAudioError
from aiosounddevice.core.request import request
from aiosounddevice.core.settings import AsioSettings


@pytest.fixture(autouse=True)
def _factory_defaults():
    default.reset()
    yield
    default.reset()


@pytest.fixture(autouse=True)
def _never_asks(monkeypatch):
    """`request` runs on event loops: it must not wait for the control thread."""

    def refuse(*args, **kwargs):
        raise AssertionError("waited for the control thread")

    monkeypatch.setattr(control, "call", refuse)


def test_everything_left_out():
    asked = request("duplex")
    assert asked.kind == "duplex"
    assert (asked.samplerate, asked.blocksize, asked.flags) == (None, 0, 0)
    for kind, side in (("input", asked.input), ("output", asked.output)):
        assert side.kind == kind
        assert side.device is side.channels is side.mapping is side.extra_settings is None
        assert side.format.name == "float32"
        assert side.latency == "high"


def test_directions():
    assert request("input").output is None
    assert request("output").input is None


def test_defaults_fill_what_is_left_out():
    default.device = "mic", None
    default.channels = 1, 2
    default.dtype = "int16", None
    default.samplerate = 16000
    default.blocksize = 64
    default.clip_off = True
    asked = request("duplex", device=(None, 3), dtype=(None, "uint8"), dither_off=True)
    assert (asked.input.device, asked.output.device) == ("mic", 3)
    assert (asked.input.channels, asked.output.channels) == (1, 2)
    assert (asked.input.format.name, asked.output.format.name) == ("int16", "uint8")
    assert (asked.samplerate, asked.blocksize, asked.flags) == (16000.0, 64, 0x3)
    assert request("input", clip_off=False).flags == 0


def test_passing_the_default_objects_pairs():
    default.channels = 1, 2
    asked = request("duplex", device=default.device, channels=default.channels)
    assert asked.input.device is None
    assert (asked.input.channels, asked.output.channels) == (1, 2)
    assert request("output", channels=default.channels).output.channels == 2


@pytest.mark.parametrize(
    ("kind", "channels", "expected"),
    [
        ("input", 2, [(2, None)]),
        ("input", np.int32(2), [(2, None)]),
        ("input", (3, 4), [(3, None)]),
        ("output", (3, 4), [(4, None)]),
        ("output", (3, None), [(None, None)]),
        ("input", [3, 4], [(2, (2, 3))]),
        ("input", [1, 2], [(2, None)]),
        ("input", [2, 1], [(2, (1, 0))]),
        ("input", range(2, 5), [(3, (1, 2, 3))]),
        ("output", np.array([7]), [(1, (6,))]),
        ("duplex", 2, [(2, None), (2, None)]),
        ("duplex", (1, 2), [(1, None), (2, None)]),
        ("duplex", [1, 2], [(1, None), (2, None)]),
        ("duplex", ([2], 2), [(1, (1,)), (2, None)]),
        ("duplex", ([1], [4, 3]), [(1, None), (2, (3, 2))]),
    ],
)
def test_pairs_and_lists_of_channel_numbers(kind, channels, expected):
    asked = request(kind, channels=channels)
    sides = [side for side in (asked.input, asked.output) if side is not None]
    assert [(side.channels, side.mapping) for side in sides] == expected


@pytest.mark.parametrize(
    ("kind", "channels", "error", "text"),
    [
        ("input", 1.0, TypeError, "an integer is required"),
        ("input", "2", TypeError, "an integer is required"),
        ("input", [1.5], TypeError, "an integer is required"),
        ("input", [], ValueError, "empty"),
        ("input", [0], ValueError, "counted from 1"),
        ("input", [2, -1], ValueError, "counted from 1"),
        ("input", [2, 2], ValueError, "only once"),
        ("input", (1, 2, 3), ValueError, "Only single values and pairs"),
        ("duplex", [1, 2, 3], ValueError, "Only single values and pairs"),
        ("duplex", (1, []), ValueError, "empty"),
        ("output", 0, FormatNotSupported, "Invalid number of channels"),
        ("output", -1, FormatNotSupported, "Invalid number of channels"),
    ],
)
def test_channels_that_cannot_be(kind, channels, error, text):
    with pytest.raises(error, match=text):
        request(kind, channels=channels)


@pytest.mark.parametrize("rate", [math.nan, math.inf, -math.inf, 0, -44100])
def test_impossible_samplerates(rate):
    """PortAudio aborts the process on some of them."""
    with pytest.raises(ValueError, match="positive and finite"):
        request("output", samplerate=rate)
    default.samplerate = rate
    with pytest.raises(ValueError, match="positive and finite"):
        request("output")


@pytest.mark.parametrize("rate", ["44100", 1j, [1]])
def test_samplerate_is_a_number(rate):
    with pytest.raises(TypeError):
        request("output", samplerate=rate)


@pytest.mark.parametrize("latency", ["mid", math.nan, math.inf, -0.1, (0.1, "lo")])
def test_impossible_latencies(latency):
    with pytest.raises(ValueError, match="latency"):
        request("output", latency=latency)


def test_latencies():
    asked = request("duplex", latency=("low", 1))
    assert (asked.input.latency, asked.output.latency) == ("low", 1.0)


@pytest.mark.parametrize(
    ("blocksize", "error"), [(-1, ValueError), (64.0, TypeError), ("64", TypeError)]
)
def test_blocksize(blocksize, error):
    with pytest.raises(error, match="blocksize"):
        request("output", blocksize=blocksize)


def test_sample_formats():
    with pytest.raises(ValueError, match="Invalid input sample format"):
        request("duplex", dtype=("float64", "float32"))
    assert request("output", dtype=("float64", "int24")).output.format.size == 3
    assert request("input", dtype=np.int16).input.format.silence == 0


@pytest.mark.parametrize(("kind", "blocksize"), [("input", 0), ("output", 0), ("duplex", 64)])
def test_never_drop_input(kind, blocksize):
    assert request("duplex", never_drop_input=True).flags == 0x4
    with pytest.raises(PortAudioError, match="never_drop_input") as caught:
        request(kind, blocksize=blocksize, never_drop_input=True)
    assert caught.value.args == ("Invalid flag", -9995)


def test_flags():
    asked = request(
        "duplex",
        clip_off=True,
        dither_off=True,
        never_drop_input=True,
        prime_output_buffers_using_stream_callback=True,
    )
    assert asked.flags == 0xF


def test_extra_settings():
    settings = AsioSettings([1])
    asked = request("duplex", extra_settings=(None, settings))
    assert asked.input.extra_settings is None
    assert asked.output.extra_settings is settings
    with pytest.raises(TypeError, match="not int"):
        request("input", extra_settings=5)


@pytest.mark.parametrize("device", [1.0, [1, 2, 3], (1.0, 2)])
def test_devices_that_cannot_be(device):
    with pytest.raises((TypeError, ValueError)):
        request("duplex", device=device)
