from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiosounddevice.core.errors import DeviceNotFound, PortAudioError
from aiosounddevice.core.lookup import Candidate, find, full_name, matches

DEVICES = [
    Candidate("HDA Intel: ALC662 Analog (hw:0,0)", "ALSA", 2, 2),
    Candidate("HDA Intel: HDMI 0 (hw:0,3)", "ALSA", 0, 8),
    Candidate("sysdefault", "ALSA", 128, 128),
    Candidate("default", "ALSA", 128, 128),
    Candidate("Mic", "MME", 2, 0),
    Candidate("Mic", "Windows WASAPI", 2, 0),
]


@pytest.mark.parametrize(
    ("query", "kind", "number"),
    [
        (0, None, 0),
        (5, "output", 5),  # a number is taken as it is
        ("hdmi", None, 1),
        ("HDA analog", "output", 0),
        ("intel hw:0,3", None, 1),
        ("default", "input", 3),  # the whole name beats sysdefault
        ("Default, alsa", None, 3),  # also with the host API
        ("mic mme", "input", 4),
        ("mic, windows wasapi", None, 5),
        ("hda", "input", 0),  # the other one has no inputs
    ],
)
def test_finds(query, kind, number):
    assert find(query, kind, DEVICES) == number


def test_order_of_the_parts_matters():
    with pytest.raises(DeviceNotFound, match="No input/output device matching 'analog hda'"):
        find("analog hda", None, DEVICES)


def test_several_are_listed_on_a_line_each():
    with pytest.raises(DeviceNotFound) as caught:
        find("mic", "input", DEVICES)
    assert str(caught.value) == (
        "Multiple input devices found for 'mic':\n[4] Mic, MME\n[5] Mic, Windows WASAPI"
    )


def test_wrong_direction_is_said():
    with pytest.raises(DeviceNotFound) as caught:
        find("hdmi", "input", DEVICES)
    assert caught.value.args == ("No input device matching 'hdmi'",)
    assert "'HDA Intel: HDMI 0 (hw:0,3)' (device 1) has 0 in, 8 out" in str(caught.value)


def test_nothing_like_it_lists_what_there_is():
    with pytest.raises(DeviceNotFound) as caught:
        find("zzz", "input", DEVICES)
    assert "6 devices seen, 5 with inputs:\n  [0] HDA Intel: ALC662" in str(caught.value)
    assert "HDMI" not in str(caught.value)


@pytest.mark.parametrize("number", [6, -1, -2, 99])
def test_no_such_number(number):
    with pytest.raises(DeviceNotFound) as caught:
        find(number, "input", DEVICES)
    error = caught.value
    assert isinstance(error, PortAudioError)
    assert isinstance(error, ValueError)
    assert error.args == (f"Error querying device {number}",)
    assert error.device == number


def test_no_default():
    with pytest.raises(DeviceNotFound) as caught:
        find(-1, "input", [DEVICES[1]])
    assert "No default input: 1 device seen, 0 with inputs." in str(caught.value)


@pytest.mark.parametrize("device", [1.0, None, [1], b"mic"])
def test_other_types(device):
    with pytest.raises(TypeError, match="a number or part of a name"):
        find(device, None, DEVICES)


def test_numpy_integers():
    np = pytest.importorskip("numpy")
    assert find(np.int64(2), None, DEVICES) == 2


@given(st.text(max_size=12), st.lists(st.text(max_size=4), max_size=4))
def test_joined_parts_are_found_in_their_order(before, parts):
    name = before + "".join(part + "|" for part in parts)
    # lower() may change the length of a string: compare what it compares.
    assert matches(" ".join(parts).lower(), name.lower())


@given(st.sampled_from(DEVICES[:4]))
def test_every_full_name_finds_its_device(candidate):
    assert DEVICES[find(full_name(candidate), None, DEVICES)] == candidate
