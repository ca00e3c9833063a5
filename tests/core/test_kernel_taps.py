"""Several readers of one input against models: each a list of the frames that are stored."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from kernel_driver import RATE, Driver, Side

from aiosounddevice.core._kernel import ffi, lib
from aiosounddevice.core.wakeup import Descriptor

SIDE = Side(device_channels=2, channels=2, sample_bytes=2)
STARTED = 12.5  # stream time of frame 0


@dataclass
class Model:
    """What one reader will find."""

    pointer: object
    capacity: int
    newest: bool
    own: bool = False
    stored: list[int] = field(default_factory=list)
    next: int | None = None  # None: nothing read yet
    begin: int | None = None
    lost: int = 0
    spare: bool = False
    closed: bool = False

    def clear(self):
        """As after a rewind."""
        self.stored.clear()
        self.next = self.begin = None
        self.lost = 0
        self.spare = False

    def make_spare(self):
        if self.next is None and not self.spare:
            self.spare = True
            if self.lost:
                self.stored.clear()
            self.lost = 0

    def push(self, coming):
        if self.begin is None:
            self.begin = coming[0]
        everything = self.stored + coming
        newest = self.newest and not self.spare
        kept = everything[: self.capacity] if newest else everything[-self.capacity :]
        if not self.spare:
            self.lost += len(everything) - len(kept)
        self.stored = kept

    def read(self, frames, stop):
        """Numbers of the frames, None for silent ones; first frame; frames lost."""
        if not self.stored or not frames:
            return [], 0, 0
        first = self.stored[0]
        if self.next is None:
            self.next = first if self.spare else self.begin
            self.spare = False
        wanted = []
        while self.stored and len(wanted) < frames:
            if self.stored[0] == first + len(wanted):
                wanted.append(self.stored.pop(0))
            elif stop:
                break
            else:
                wanted.append(None)
        lost = first - self.next + wanted.count(None)
        self.next = first + len(wanted)
        return wanted, first, lost


class TapsMachine(RuleBasedStateMachine):
    """Readers come and go while the device runs; none notices another."""

    @initialize(capacity=st.integers(1, 28), newest=st.booleans(), shy=st.booleans())
    def start(self, capacity, newest, shy):
        self.shy = shy  # the stream's own reader, who comes late
        self.side = SIDE.sized(capacity)
        self.driver = Driver(self.side, drop_newest=newest)
        self.own = Model(ffi.NULL, capacity, newest, own=True)
        self.taps: list[Model] = []
        self.frame = 0

    @property
    def readers(self):
        return [self.own, *self.taps]

    @rule(blocks=st.lists(st.integers(0, 6) | st.integers(0, 40), min_size=1, max_size=4))
    def callbacks(self, blocks):
        for frames in blocks:
            data = self.side.captured(self.frame, frames)
            self.driver.callback(frames, data, STARTED + self.frame / RATE)
            coming = list(range(self.frame, self.frame + frames))
            self.frame += frames
            live = [tap for tap in self.taps if not tap.closed]
            if coming and live:
                self.own.make_spare()
            for reader in [self.own, *live] if coming else []:
                reader.push(coming)

    @precondition(lambda self: len(self.taps) < 4)
    @rule(capacity=st.integers(1, 28), newest=st.booleans())
    def subscribe(self, capacity, newest):
        pointer = self.driver.open_tap(capacity, drop_newest=newest)
        assert pointer not in [tap.pointer for tap in self.taps]
        self.taps.append(Model(pointer, capacity, newest))

    @precondition(lambda self: self.taps)
    @rule(which=st.integers(0, 3), release=st.booleans())
    def leave(self, which, release):
        tap = self.taps[which % len(self.taps)]
        lib.asd_tap_close(tap.pointer)
        tap.closed = True
        if release:
            lib.asd_tap_release(tap.pointer)
            self.taps.remove(tap)

    @rule(
        which=st.integers(0, 4),
        reads=st.lists(st.integers(0, 12) | st.integers(0, 50), min_size=1, max_size=3),
        stop=st.booleans(),
    )
    def reads(self, which, reads, stop):
        readers = self.taps if self.shy else self.readers
        if not readers:
            return
        reader = readers[which % len(readers)]
        for frames in reads:
            data, block = self.driver.read(frames, stop_at_gap=stop, tap=reader.pointer)
            wanted, first, lost = reader.read(frames, stop)
            silent = self.side.silent
            assert data == b"".join(silent if f is None else self.side.gathered(f) for f in wanted)
            if wanted:
                assert (block.frame, block.lost) == (first, lost)
                assert block.time == pytest.approx(STARTED + first / RATE, abs=1e-9)

    @rule(once_in_a_while=st.sampled_from([False] * 7 + [True]))
    def come(self, once_in_a_while):
        self.shy = self.shy and not once_in_a_while

    @rule(once_in_a_while=st.sampled_from([False] * 15 + [True]))
    def rewind(self, once_in_a_while):
        if not once_in_a_while:
            return
        self.driver.stream_shut_gate()
        assert self.driver.stream_rewind()
        self.driver.stream_open_gate()
        self.frame = 0
        for reader in self.readers:
            if not reader.closed:
                reader.clear()

    @invariant()
    def counts(self):
        if not hasattr(self, "driver"):
            return
        assert self.driver.statistics.input_lost == self.own.lost
        for reader in self.readers:
            assert self.driver.input_fill(reader.pointer) == len(reader.stored)
        for tap in self.taps:
            assert lib.asd_tap_lost(tap.pointer) == tap.lost
            assert bool(lib.asd_tap_closed(tap.pointer)) == tap.closed


TapsMachine.TestCase.settings = settings(
    max_examples=120, stateful_step_count=40, derandomize=True, deadline=None
)
TestTaps = TapsMachine.TestCase


def push(driver, frames, start=0):
    driver.callback(frames, driver.input.captured(start, frames), STARTED + start / RATE)


def test_memory_is_used_again():
    """As many nodes as were open at once, however many there were in a stream's life."""
    driver = Driver(SIDE.sized(100))
    seen = set()
    for number in range(500):
        taps = [driver.open_tap(100) for _ in range(1 + number % 3)]
        seen.update(taps)
        push(driver, 10, 10 * number)
        for tap in taps:
            data, block = driver.read(100, tap=tap)
            assert (data, block.frame, block.lost) == (
                driver.input.captured(10 * number, 10),
                10 * number,
                0,
            )
            lib.asd_tap_close(tap)
            lib.asd_tap_release(tap)
    assert len(seen) == 3


def test_no_memory_for_a_tap():
    driver = Driver(SIDE.sized(10))
    assert driver.open_tap(2**61) is None
    tap = driver.open_tap(10)
    push(driver, 5)
    assert driver.read(10, tap=tap)[1].frame == 0
    assert driver.input_fill(tap) == 0


def test_a_stream_frees_what_is_still_open():
    """Under AddressSanitizer (make sanitize) the same would tell of a leak."""
    driver = Driver(SIDE.sized(10))
    for _ in range(3):
        driver.open_tap(10)
    push(driver, 5)
    del driver
    gc.collect()


@pytest.mark.parametrize("end", ["data", "close", "stream"])
def test_a_taps_own_wake_up(end):
    """At its own threshold; by its end; by the stream's; and each tap by its own descriptor."""
    driver = Driver(SIDE.sized(100))
    taps = [driver.open_tap(100) for _ in range(3)]
    descriptors = [Descriptor() for _ in taps]
    for tap, descriptor in zip(taps, descriptors, strict=True):
        lib.asd_tap_attach(tap, descriptor.writer)
    assert lib.asd_tap_arm(driver.pointer, taps[0], 20)
    assert lib.asd_tap_arm(driver.pointer, taps[1], 50)
    push(driver, 10)
    assert driver.statistics.wakeups == 0
    if end == "data":
        push(driver, 10, 10)
        assert driver.statistics.wakeups == 1
    elif end == "close":
        lib.asd_tap_close(taps[0])
    else:
        driver.stream_end()
    assert [descriptor.poll(0) for descriptor in descriptors] == [True, end == "stream", False]
    assert not lib.asd_tap_disarm(taps[0]), "nothing to acknowledge: no handshake"
    assert not lib.asd_tap_arm(driver.pointer, taps[0], 20), "it is there, or will never be"
    assert bool(lib.asd_tap_arm(driver.pointer, taps[2], 50)) == (end != "stream")


def test_taking_from_a_tap():
    driver = Driver(SIDE.sized(100))
    tap = driver.open_tap(100)
    buffer, block = ffi.new("unsigned char[]", 400), ffi.new("asd_block*")
    signalled = ffi.new("int*")

    def take(frames):
        return lib.asd_take(driver.pointer, tap, buffer, frames, block, signalled)

    push(driver, 10)
    assert take(20) == -2
    push(driver, 10, 10)
    assert take(20) == 20
    push(driver, 5, 20)
    lib.asd_tap_close(tap)
    assert take(20) == 5, "what is left"
    assert block.frame == 20
    push(driver, 5, 25)
    assert take(20) == 0
    assert driver.input_fill() == 30
    lib.asd_tap_release(tap)


def test_a_rewind_takes_the_end_back():
    driver = Driver(SIDE.sized(100))
    tap = driver.open_tap(100)
    push(driver, 10)
    driver.stream_shut_gate()
    driver.stream_end()
    assert driver.stream_rewind() == 1
    assert not driver.stream_ended()
    assert driver.input_fill() == driver.input_fill(tap) == 0
