"""The input queue against a model: a list of the frames that are stored."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from kernel_driver import INPUT_LAYOUTS, RATE, Driver, Side

layouts = st.sampled_from(INPUT_LAYOUTS)
STARTED = 12.5  # stream time of frame 0


blocks = st.tuples(
    st.integers(0, 6) | st.integers(0, 40),  # frames
    st.sampled_from([0, 0, 0, 1, 2, 3, 16]),  # flags
    st.sampled_from([True, True, True, False]),  # given: whether the host has a buffer
)


class InputMachine(RuleBasedStateMachine):
    """Frames are stored, lost or read; flags belong to the first frame stored after them."""

    @initialize(
        layout=st.sampled_from(INPUT_LAYOUTS), capacity=st.integers(1, 28), newest=st.booleans()
    )
    def start(self, layout, capacity, newest):
        self.side = layout.sized(capacity)
        self.newest = newest
        self.driver = Driver(self.side, drop_newest=newest)
        self.stored: list[int] = []
        self.silent: set[int] = set()  # captured while the host gave no buffer
        self.flags: dict[int, int] = {}
        self.held = self.frame = self.next = self.lost = 0

    @rule(blocks=st.lists(blocks, min_size=1, max_size=4))
    def callbacks(self, blocks):
        for block in blocks:
            self.callback(*block)

    def callback(self, frames, flags, given):
        data = self.side.captured(self.frame, frames) if given else None
        self.driver.callback(frames, data, STARTED + self.frame / RATE, flags)
        coming = list(range(self.frame, self.frame + frames))
        self.silent.update(coming if not given else [])
        self.frame += frames
        if not frames:
            return
        everything = self.stored + coming
        room = self.side.capacity
        kept = everything[:room] if self.newest else everything[-room:]
        fresh = [frame for frame in kept if frame >= coming[0]]
        self.lost += len(everything) - len(kept)
        self.stored = kept
        self.held |= flags
        if fresh:
            self.flags[fresh[0]] = self.held
            self.held = 0

    @rule(
        reads=st.lists(st.integers(0, 12) | st.integers(0, 50), min_size=1, max_size=3),
        stop=st.booleans(),
    )
    def reads(self, reads, stop):
        for frames in reads:
            self.read(frames, stop)

    def read(self, frames, stop):
        data, block = self.driver.read(frames, stop_at_gap=stop)
        size = self.side.frame_bytes
        got = [data[i : i + size] for i in range(0, len(data), size)]
        if not self.stored or not frames:
            assert not got
            return
        first = self.stored[0]
        wanted = []
        while self.stored and len(wanted) < frames:
            frame = first + len(wanted)
            if self.stored[0] == frame:
                wanted.append(self.stored.pop(0))
            elif stop:
                break
            else:
                wanted.append(None)
        assert got == [self.content(frame) for frame in wanted]
        assert block.frame == first
        assert block.time == pytest.approx(STARTED + first / RATE, abs=1e-9)
        assert block.lost == first - self.next + wanted.count(None)
        flags = 0
        for frame in wanted:
            flags |= self.flags.get(frame, 0)
        assert block.flags == flags
        self.next = first + len(wanted)

    def content(self, frame):
        if frame is None or frame in self.silent:
            return self.side.silent
        return self.side.gathered(frame)

    @rule(once_in_a_while=st.sampled_from([False] * 15 + [True]))
    def rewind(self, once_in_a_while):
        if not once_in_a_while:
            return
        self.driver.stream_shut_gate()
        self.driver.stream_rewind()
        self.driver.stream_open_gate()
        self.stored.clear()
        self.silent.clear()
        self.flags.clear()
        self.held = self.frame = self.next = self.lost = 0

    @invariant()
    def counts(self):
        if not hasattr(self, "driver"):
            return
        assert self.driver.input_fill() == len(self.stored)
        assert self.driver.statistics.input_lost == self.lost
        assert self.driver.stream_frame() == self.frame


InputMachine.TestCase.settings = settings(
    max_examples=130, stateful_step_count=40, derandomize=True, deadline=None
)
TestInput = InputMachine.TestCase


@pytest.mark.parametrize("newest", [False, True])
@pytest.mark.parametrize("flags", [0, 1])
def test_queue_fills_up_however_many_marks_it_would_need(newest, flags):
    """A reader that waits for all of it must be woken, so nothing may be lost before that."""
    side = Side(capacity=1000, sample_bytes=2)
    driver = Driver(side, drop_newest=newest)
    for frame in range(1000):
        driver.callback(1, side.captured(frame, 1), flags=flags)
    assert driver.input_fill() == 1000
    assert driver.statistics.input_lost == 0
    data, block = driver.read(1000)
    assert data == side.captured(0, 1000)
    assert (block.frame, block.lost, block.flags) == (0, 0, flags)


@pytest.mark.parametrize("newest", [False, True])
def test_queue_of_gaps_fills_up_again(newest):
    """More gaps than there are marks: older frames make way, and all are still accounted for."""
    side = Side(capacity=600, sample_bytes=2)
    driver = Driver(side, drop_newest=newest)
    frame = read = lost = 0

    def push(frames):
        nonlocal frame
        driver.callback(frames, side.captured(frame, frames))
        frame += frames

    def check(frames):
        nonlocal read, lost
        data, block = driver.read(frames, stop_at_gap=True)
        count = len(data) // 2
        assert data == side.captured(block.frame, count)
        read += count
        lost += block.lost
        return count

    push(600)
    for _ in range(200):
        # Room for two of three, so each block ends in a gap. The first 600 frames need one mark
        # only, so reading them gives none back.
        check(2)
        push(3)
    check(1)
    for _ in range(600):
        push(1)
    assert driver.input_fill() == 600
    while check(50):
        pass
    assert read + driver.statistics.input_lost == frame
    assert lost <= driver.statistics.input_lost


def test_flags_wait_for_a_mark():
    side = Side(capacity=400, sample_bytes=2)
    driver = Driver(side)
    for frame in range(200):
        driver.callback(1, side.captured(frame, 1), flags=1)
    driver.callback(1, side.captured(200, 1), flags=2)
    assert driver.read(201)[1].flags == 1
    driver.callback(1, side.captured(201, 1))
    assert driver.read(1)[1].flags == 3


def test_flags_of_lost_blocks_are_told_with_the_next():
    side = Side(capacity=2, sample_bytes=2)
    driver = Driver(side, drop_newest=True)
    for frames, flags in ((2, 0), (1, 1), (1, 2), (1, 0)):
        driver.callback(frames, bytes(2 * frames), flags=flags)
    assert driver.read(2)[1].flags == 0
    driver.callback(1, bytes(2))
    block = driver.read(1)[1]
    assert (block.frame, block.lost, block.flags) == (5, 3, 3)
