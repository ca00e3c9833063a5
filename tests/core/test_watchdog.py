"""The watchdog, on a clock of its own."""

from __future__ import annotations

import gc
import math
import threading

import pytest

from aiosounddevice.core import watchdog
from aiosounddevice.core.watchdog import CONFIRM, LEAST, START_LIMIT, Pulse, Watchdog

LONG = 30.0


class World:
    """A clock, and a watchdog that is called when it has asked to be."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.paused = False
        self.dog = Watchdog(lambda: self.now, lambda: self.paused)
        # No thread: the rounds are ours.
        self.dog._thread = threading.current_thread()
        self.alarm = self.now

    def pass_by(self, seconds: float) -> None:
        """Let time pass, with all rounds that fall into it, as the thread would make them."""
        end = self.now + seconds
        while self.alarm <= end:
            self.now = max(self.now, self.alarm)
            self.alarm = self.dog._alarm = self.now + min(self.dog.round(), LEAST)
        self.now = end


class Stream:
    """A stream whose callbacks come when it is told so."""

    def __init__(self, world: World, latency: float = 0.0) -> None:
        self.world = world
        self.latency = latency
        self.callbacks = 0
        self.last = world.now
        self.gap = 0.0
        self.lost: float | None = None
        self.running = True
        world.dog.watch(self)

    def call(self) -> None:
        if self.callbacks:
            self.gap = max(self.gap, self.world.now - self.last)
        self.callbacks += 1
        self.last = self.world.now

    def run(self, seconds: float, period: float = 0.01) -> None:
        """Let the time pass with callbacks in it."""
        for _ in range(round(seconds / period)):
            self.world.pass_by(period)
            self.call()

    def pulse(self) -> Pulse | None:
        if not self.running:
            return None
        return Pulse(self.callbacks, self.world.now - self.last, self.gap, self.latency)

    def lose(self, silence: float) -> None:
        assert self.lost is None
        self.lost = silence


@pytest.fixture
def world() -> World:
    return World()


def test_silence_is_loss_and_told_once(world: World) -> None:
    stream, other = Stream(world), Stream(world)
    stream.run(1)
    other.running = False
    world.pass_by(LEAST)
    assert stream.lost is None
    world.pass_by(CONFIRM + 0.01)
    assert stream.lost == pytest.approx(LEAST + CONFIRM, abs=0.02)
    assert other.lost is None
    world.pass_by(100)
    assert world.dog.round() == math.inf, "nobody is left to look at"


def test_a_stream_that_runs_is_let_alone(world: World) -> None:
    stream = Stream(world)
    stream.run(100)
    assert stream.lost is None


def test_the_first_callback_may_take_longer(world: World) -> None:
    stream = Stream(world)
    world.pass_by(START_LIMIT)
    assert stream.lost is None
    world.pass_by(CONFIRM)
    assert stream.lost == pytest.approx(START_LIMIT + CONFIRM)


def test_after_the_first_callback_the_limit_is_the_usual_one(world: World) -> None:
    """Though nothing wakes the watchdog for it."""
    stream = Stream(world)
    world.pass_by(0.1)
    stream.call()
    world.pass_by(2 * LEAST + CONFIRM)
    assert stream.lost is not None


@pytest.mark.parametrize(("period", "latency", "limit"), [(0.8, 0.0, 3.2), (0.01, 1.5, 3.0)])
def test_slow_devices_have_more_time(
    world: World, period: float, latency: float, limit: float
) -> None:
    stream = Stream(world, latency)
    stream.run(10 * period, period)
    world.pass_by(limit - 0.01)
    assert stream.lost is None
    world.pass_by(CONFIRM + 0.02)
    assert stream.lost is not None


@pytest.mark.parametrize("seconds", [1.9, 2.0, 2.1, 2.3, 3.0, 60.0, 86400.0])
@pytest.mark.parametrize("before", [0.0, 0.5, 1.0, 1.99])
def test_a_process_that_was_stopped_loses_nothing(
    world: World, seconds: float, before: float
) -> None:
    """No round while it is stopped, and callbacks again soon after it goes on."""
    stream = Stream(world)
    stream.run(1 + before)
    world.now += seconds
    world.pass_by(0.1)
    stream.run(1)
    assert stream.lost is None
    # The pause was ours: a loss is found as soon as ever.
    world.pass_by(LEAST + CONFIRM + 0.01)
    if seconds >= 3:
        assert stream.lost is not None


def test_a_device_that_went_while_the_process_was_stopped(world: World) -> None:
    stream = Stream(world)
    stream.run(1)
    world.now += 60
    world.pass_by(LEAST)
    assert stream.lost is None
    world.pass_by(CONFIRM + 0.1)
    assert stream.lost == pytest.approx(LEAST + CONFIRM)


def test_on_a_card_that_may_stand_still_nobody_is_overdue(world: World) -> None:
    stream = Stream(world)
    stream.run(1)
    world.paused = True
    world.pass_by(1000)
    assert stream.lost is None
    world.paused = False
    world.pass_by(2 * LEAST + CONFIRM)
    assert stream.lost is not None


def test_a_stream_that_is_stopped_is_forgotten(world: World) -> None:
    stream = Stream(world)
    stream.run(1)
    world.dog.forget(stream)
    world.pass_by(100)
    assert stream.lost is None
    assert world.dog.round() == math.inf


def test_streams_are_held_weakly(world: World) -> None:
    Stream(world)
    gc.collect()
    assert world.dog.round() == math.inf


def test_a_round_survives_a_stream_that_fails(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    stream, other = Stream(world), Stream(world)
    stream.callbacks = other.callbacks = 1
    stream.pulse = lambda: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    world.pass_by(LEAST + CONFIRM + 0.1)
    assert other.lost is not None
    assert "could not be looked at" in caplog.text


def test_the_thread_sleeps_without_streams_and_wakes_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watchdog, "LEAST", 0.01)
    monkeypatch.setattr(watchdog, "CONFIRM", 0.01)
    rounds = threading.Semaphore(0)

    class Counted(Watchdog):
        def round(self) -> float:
            rounds.release()
            return super().round()

    lost = threading.Event()

    class Silent:
        def pulse(self) -> Pulse:
            return Pulse(1, 1000.0, 0.0, 0.0)

        def lose(self, silence: float) -> None:
            lost.set()

    dog = Counted(paused=lambda: False)
    stream = Silent()
    dog.watch(stream)
    assert lost.wait(LONG)
    while rounds.acquire(timeout=0.1):
        pass  # until it sleeps
    dog.watch(stream)
    assert rounds.acquire(timeout=LONG)
