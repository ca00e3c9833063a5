"""The output queue against a model: a list of the frames on their way."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from kernel_driver import OUTPUT_LAYOUTS, Driver, Side

from aiosounddevice.core._kernel import lib

layouts = st.sampled_from(OUTPUT_LAYOUTS)
modes = st.sampled_from([lib.ASD_HOLD, lib.ASD_PLAY, lib.ASD_DRAIN])


def frames_of(side: Side, first: int, count: int) -> list[bytes]:
    return [side.gathered(number) for number in range(first, first + count)]


class OutputMachine(RuleBasedStateMachine):
    """Frames as they come: HOLD plays nothing, PLAY counts silence, DRAIN does not."""

    @initialize(layout=layouts, capacity=st.integers(1, 40))
    def start(self, layout, capacity):
        self.side = layout.sized(capacity)
        self.driver = Driver(output=self.side)
        self.queue: list[bytes] = []
        self.mode = lib.ASD_HOLD
        self.frame = self.last = self.written = self.inserted = self.discarded = 0
        self.to_clear: int | None = None  # frames at the front of the queue
        self.request = 0

    @rule(writes=st.lists(st.integers(0, 12) | st.integers(0, 60), min_size=1, max_size=3))
    def writes(self, writes):
        for frames in writes:
            self.write(frames)

    def write(self, frames):
        placed = min(frames, self.side.capacity - len(self.queue))
        data = frames_of(self.side, self.written, frames)
        assert self.driver.write(b"".join(data)) == placed
        self.queue += data[:placed]
        self.written += placed

    @rule(blocks=st.lists(st.integers(1, 12) | st.integers(1, 50), min_size=1, max_size=3))
    def callbacks(self, blocks):
        for frames in blocks:
            self.callback(frames)

    def callback(self, frames):
        if self.to_clear is not None:
            del self.queue[: self.to_clear]
            self.discarded += self.to_clear
            self.to_clear = None
        heard = [] if self.mode == lib.ASD_HOLD else self.queue[:frames]
        del self.queue[: len(heard)]
        silence = frames - len(heard)
        wanted = [self.side.scattered(frame) for frame in heard]
        wanted += [bytes([self.side.silence]) * self.side.device_bytes] * silence
        assert self.driver.callback(frames) == b"".join(wanted)
        if heard:
            self.last = self.frame + len(heard)
        if self.mode == lib.ASD_PLAY:
            self.inserted += silence
        self.frame += frames

    @rule(mode=modes)
    def set_mode(self, mode):
        self.driver.output_set_mode(mode)
        self.mode = mode

    @rule()
    def clear(self):
        self.request = self.driver.output_request_clear()
        self.to_clear = len(self.queue)

    @rule(once_in_a_while=st.sampled_from([False] * 7 + [True]))
    def clear_behind_the_gate(self, once_in_a_while):
        if not once_in_a_while:
            return
        self.driver.stream_shut_gate()
        self.request = self.driver.output_request_clear()
        self.discarded += len(self.queue)
        self.queue.clear()
        self.to_clear = None
        self.driver.stream_open_gate()

    @invariant()
    def counts(self):
        if not hasattr(self, "driver"):
            return
        now = self.driver.statistics
        assert self.driver.output_fill() == now.output_queued == len(self.queue)
        assert self.driver.output_free() == self.side.capacity - len(self.queue)
        assert now.output_written == self.written
        assert now.output_inserted == self.inserted
        assert now.output_discarded == self.discarded
        assert now.output_last == self.last
        assert bool(self.driver.output_cleared(self.request)) == (self.to_clear is None)
        assert self.driver.output_mode() == self.mode


class AlignedMachine(RuleBasedStateMachine):
    """Frames with a place: what is in time is heard exactly there, all else is silence."""

    @initialize(layout=layouts, capacity=st.integers(1, 60), mode=modes)
    def start(self, layout, capacity, mode):
        self.side = layout.sized(capacity)
        self.driver = Driver(output=self.side, aligned=True)
        self.driver.output_set_mode(mode)
        self.playing = mode == lib.ASD_PLAY
        self.placed: dict[int, bytes] = {}
        self.frame = self.end = self.late = self.inserted = 0

    @rule(
        ahead=st.lists(st.integers(-30, 80), min_size=1, max_size=4),
        frames=st.integers(0, 30),
        number=st.integers(0, 1000),
    )
    def writes_at(self, ahead, frames, number):
        for distance in ahead:
            self.write_at(distance, frames, number)

    def write_at(self, ahead, frames, number):
        frame = max(0, self.frame + ahead)
        data = frames_of(self.side, number, frames)
        result = self.driver.write_at(frame, b"".join(data))
        if frame + frames > self.frame + self.side.capacity:
            assert result == -1
            return
        # Neither what was played nor what was placed before is written again.
        earliest = max(self.frame, self.end)
        in_time = {frame + i: data[i] for i in range(frames) if frame + i >= earliest}
        assert result == len(in_time)
        self.placed.update(in_time)
        self.late += frames - len(in_time)
        if frame + frames > earliest:
            self.end = frame + frames

    @rule(frames=st.integers(1, 40))
    def callback(self, frames):
        wanted = [
            self.side.scattered(self.placed.get(frame, self.side.silent))
            for frame in range(self.frame, self.frame + frames)
        ]
        assert self.driver.callback(frames) == b"".join(wanted)
        if self.playing:
            self.inserted += frames - min(frames, max(0, self.end - self.frame))
        self.frame += frames

    @invariant()
    def counts(self):
        if not hasattr(self, "driver"):
            return
        now = self.driver.statistics
        assert (now.output_late, now.output_inserted) == (self.late, self.inserted)
        assert now.output_queued == max(0, self.end - self.frame)


for machine in (OutputMachine, AlignedMachine):
    machine.TestCase.settings = settings(
        max_examples=100, stateful_step_count=40, derandomize=True, deadline=None
    )
TestOutput = OutputMachine.TestCase
TestAligned = AlignedMachine.TestCase


def test_stream_without_a_queue_takes_nothing():
    driver = Driver(output=Side(capacity=0))
    assert driver.write(b"\1\2\3\4") == 0
    assert driver.write_at(0, b"\1\2\3\4") == -1
    assert driver.callback(1) == bytes(4)
