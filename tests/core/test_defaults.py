from __future__ import annotations

import pytest

from aiosounddevice.core.defaults import Defaults, InputOutputPair, split


@pytest.fixture
def default():
    class Untouched(Defaults):
        _default_device = (7, 8)  # what PortAudio would say

    return Untouched()


def test_factory_defaults(default):
    assert list(default.device) == [7, 8]
    assert list(default.channels) == [None, None]
    assert list(default.dtype) == ["float32", "float32"]
    assert list(default.latency) == ["high", "high"]
    assert list(default.extra_settings) == [None, None]
    assert (default.samplerate, default.blocksize) == (None, 0)
    assert default.clip_off is default.dither_off is default.never_drop_input is False
    assert default.prime_output_buffers_using_stream_callback is False


def test_one_value_sets_both_and_a_pair_each(default):
    default.device = 5
    assert list(default.device) == [5, 5]
    default.device = "usb mic"
    assert list(default.device) == ["usb mic", "usb mic"]
    default.channels = 1, 2
    assert list(default.channels) == [1, 2]
    assert repr(default.channels) == "[1, 2]"


def test_none_resets(default):
    default.device = None, 4
    assert list(default.device) == [7, 4]
    default.device = None
    assert list(default.device) == [7, 8]
    default.dtype = "int16"
    default.dtype = None, "int8"
    assert list(default.dtype) == ["float32", "int8"]
    default.samplerate = 48000
    default.samplerate = None
    assert default.samplerate is None
    default.blocksize = 64
    default.blocksize = None
    assert default.blocksize == 0


def test_sides_can_be_set_one_by_one(default):
    default.channels[0] = 3
    default.channels["output"] = 4
    assert default.channels["input"] == 3
    assert list(default.channels) == [3, 4]
    default.channels[0] = None
    assert default.channels[0] is None
    with pytest.raises(KeyError):
        default.channels["left"]
    with pytest.raises(IndexError):
        default.channels[2]


def test_a_pair_is_no_sequence_of_channel_numbers(default):
    assert isinstance(default.channels, InputOutputPair)
    assert not isinstance(default.channels, (list, tuple))


def test_reset(default):
    default.device, default.samplerate, default.latency = 3, 44100, "low"
    pair = default.device
    default.reset()
    assert default.device is pair
    assert list(pair) == [7, 8]
    assert default.samplerate is None
    assert list(default.latency) == ["high", "high"]


@pytest.mark.parametrize("name", ["chanels", "hostapi", "reset", "_pairs", "_default_device"])
def test_what_cannot_be_assigned(default, name):
    with pytest.raises(AttributeError):
        setattr(default, name, 1)


def test_unknown_attribute(default):
    with pytest.raises(AttributeError, match="sampelrate"):
        _ = default.sampelrate


def test_overrides_never_ask_portaudio(default):
    assert default.overrides("device") == (None, None)
    default.device = None, "speaker"
    assert default.overrides("device") == (None, "speaker")
    assert default.overrides("dtype") == ("float32", "float32")


@pytest.mark.parametrize(
    ("value", "pair"),
    [
        ("ab", ("ab", "ab")),
        (b"ab", (b"ab", b"ab")),
        (5, (5, 5)),
        (None, (None, None)),
        ((1, 2), (1, 2)),
        ([1, 2], (1, 2)),
        (range(2), (0, 1)),
        (iter((1, 2)), (1, 2)),
    ],
)
def test_split(value, pair):
    assert split(value) == pair


@pytest.mark.parametrize("value", [(1, 2, 3), [1], ()])
def test_split_refuses_other_lengths(value):
    with pytest.raises(ValueError, match="Only single values and pairs are allowed, not"):
        split(value)
