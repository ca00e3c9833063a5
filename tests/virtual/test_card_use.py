"""Choosing the virtual card for this process."""

import pytest

import aiosounddevice.virtual as virtual

library_module = pytest.importorskip("aiosounddevice.core.library")


def test_use_selects_resets_and_sets_the_clock(card, library):
    card.loopback.delay = 100
    try:
        used = virtual.use("manual")
        assert (used.clock, used.frame, used.loopback.delay) == ("manual", 0, 0)
        pa = library_module.control.call(library_module.get)
        assert (pa.path, pa.virtual) == (str(library), True)
        assert {call.name for call in used.calls} >= {"Pa_Initialize"}
    finally:
        library_module.use(None)
    assert used.calls[-1].name == "Pa_Terminate"


def test_repr(card):
    assert repr(card) == "<Card manual 0.000000 s, 0 streams>"
    assert repr(card.speaker) == "<Speaker 'Virtual speaker'>"
