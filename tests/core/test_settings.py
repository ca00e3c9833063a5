from __future__ import annotations

import copy
import pickle

import pytest

from aiosounddevice.core._portaudio import ffi
from aiosounddevice.core.settings import AsioSettings, CoreAudioSettings, WasapiSettings


def test_asio():
    info = AsioSettings([12, 13])._streaminfo
    assert (info.size, info.hostApiType, info.version, info.flags) == (
        ffi.sizeof("PaAsioStreamInfo"),
        3,
        1,
        1,
    )
    assert [info.channelSelectors[place] for place in range(2)] == [12, 13]


def test_core_audio():
    info = CoreAudioSettings([-1, 0, 1], True, True, "min")._streaminfo
    assert (info.size, info.hostApiType) == (ffi.sizeof("PaMacCoreStreamInfo"), 5)
    assert info.flags == 0x0103
    assert [info.channelMap[place] for place in range(info.channelMapSize)] == [-1, 0, 1]
    plain = CoreAudioSettings()._streaminfo
    assert (plain.flags, plain.channelMapSize) == (0, 0)
    assert not plain.channelMap


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ({}, 0),
        ({"exclusive": True}, 1),
        ({"auto_convert": True}, 64),
        ({"explicit_sample_format": True, "exclusive": True}, 33),
    ],
)
def test_wasapi(arguments, flags):
    info = WasapiSettings(**arguments)._streaminfo
    assert (info.size, info.hostApiType, info.version) == (ffi.sizeof("PaWasapiStreamInfo"), 13, 1)
    assert info.flags == flags


def test_the_structure_is_made_once_and_survives_copies():
    settings = AsioSettings([4])
    assert settings._streaminfo is settings._streaminfo
    for again in (
        copy.copy(settings),
        copy.deepcopy(settings),
        pickle.loads(pickle.dumps(settings)),
    ):
        assert again._streaminfo != settings._streaminfo
        assert again._streaminfo.channelSelectors[0] == 4


@pytest.mark.parametrize("selectors", ["12", [1.5], 3, None])
def test_selectors_are_integers(selectors):
    with pytest.raises(TypeError):
        AsioSettings(selectors)


def test_quality_is_checked():
    with pytest.raises(ValueError, match="conversion_quality"):
        CoreAudioSettings(conversion_quality="best")
