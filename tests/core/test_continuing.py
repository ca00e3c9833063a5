"""Opening a stream for a lost one to adopt, and the library that it is opened in."""

from __future__ import annotations

import time

import pytest

from aiosounddevice.core import control, library
from aiosounddevice.core.continuing import Continuation
from aiosounddevice.core.errors import DeviceLost, DeviceNotFound, StreamClosed
from aiosounddevice.core.life import Phase
from aiosounddevice.core.parameters import request
from aiosounddevice.core.stream import CoreStream

LONG = 30.0


def make(card):
    asked = request("input", device="microphone", channels=1, samplerate=48000, blocksize=64)
    core = CoreStream(asked, buffer=0.1)
    core.start().result(LONG)
    card.advance(128)
    return core


def lose(card, core):
    card.die(card.microphone)
    card.advance(0)
    with pytest.raises(DeviceLost):
        core.raise_if_lost()


def test_adoption(card):
    core = make(card)
    lose(card, core)
    continuation = Continuation(core)
    core.let_go().result(LONG)
    core.let_go().result(LONG)
    assert card.open_streams == 0
    assert core.readable == 128, "what was captured is still there"
    card.advance(64)
    card.plug(card.microphone)
    other = continuation.attempt(same=True).result(LONG)
    assert other.running
    core.adopt(other)
    assert core.running
    assert other.phase is Phase.CLOSED
    assert not other.open
    other.close().result(LONG)
    card.advance(64)
    assert core.running
    data, _, info = core.read(64)
    assert (len(data), info.frame, info.lost) == (64, 192, 192)
    assert core.statistics().callbacks == 3
    assert core.outage == pytest.approx(64 / 48000)
    core.stop().result(LONG)
    core.start().result(LONG)
    assert core.statistics().callbacks == 0, "a start counts from 0"
    core.close().result(LONG)
    assert core.statistics().frames == 0


def test_an_attempt_in_vain_leaves_nothing_open(card):
    core = make(card)
    lose(card, core)
    continuation = Continuation(core)
    core.let_go().result(LONG)
    with pytest.raises(Exception, match="Device unavailable"):
        continuation.attempt(same=True).result(LONG)
    card.unplug(card.microphone)
    with pytest.raises(DeviceNotFound, match="'Virtual microphone'"):
        continuation.attempt(same=True).result(LONG)
    card.fail("Pa_StartStream", -9999)
    with pytest.raises(Exception, match="Error starting"):
        continuation.attempt(same=False).result(LONG)
    assert card.open_streams == 0
    core.close().result(LONG)


@pytest.mark.parametrize("way", ["close", "stop"])
def test_who_was_closed_meanwhile_adopts_nothing(card, way):
    core = make(card)
    lose(card, core)
    continuation = Continuation(core)
    core.let_go().result(LONG)
    card.plug(card.microphone)
    other = continuation.attempt(same=True).result(LONG)
    getattr(core, way)().result(LONG)
    assert not core.wanted
    with pytest.raises(StreamClosed):
        core.adopt(other)
    assert control.wait_idle(LONG)
    assert card.open_streams == 0
    core.close().result(LONG)


def test_renewing_the_library(card):
    first = control.call(library.get)
    assert control.call(library.renew, first.initialized_at) is first
    before = first.initialized_at
    assert control.call(library.renew, time.monotonic()) is first
    assert first.initialized_at > before
    core = make(card)
    second = control.call(library.renew, time.monotonic())
    assert second is not first
    assert first.retired
    assert not first.abandoned
    core.close().result(LONG)
    assert card.open_streams == 0
    second.has_jack = True
    assert control.call(library.renew, time.monotonic()) is second, "too soon for another client"
    third = control.call(library.renew, second.initialized_at + library.JACK_PAUSE)
    assert third is not second
    assert second.retired
