"""Voices against a model: a list of arrays that are added up, or filled, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from kernel_driver import NEVER, RATE, Driver, Side, Voice

from aiosounddevice.core._kernel import ffi, lib

FLOATS = Side(device_channels=2, channels=2, format=lib.ASD_FLOAT32)
# Sums of these depend on the order in which they are made.
UNEVEN = np.float32([1e8, -1e8, 1.0, 0.1, 3e-7, -0.3, 7e7, -2.5])


def collected(driver: Driver) -> list[int]:
    """Addresses of the voices that are done, in order."""
    found = []
    voice = lib.asd_voices_collect(driver.pointer)
    while voice != ffi.NULL:
        found.append(int(ffi.cast("uintptr_t", voice)))
        voice = lib.asd_voice_next(voice)
    return found


wishes = st.tuples(
    st.integers(0, 40),  # frames
    st.booleans(),  # record
    st.sampled_from([[0], [1], [0, 1], [1, 0]]),  # map
    st.booleans(),  # mono
    st.sampled_from([None, -5, 0, 3, 17, 60]),  # ahead
    st.booleans(),  # loop
    st.integers(0, 7),  # first value
)


@dataclass(eq=False)
class Part:
    """What the model knows of a voice."""

    voice: Voice
    data: np.ndarray
    record: bool
    columns: int
    map: list[int]
    at: int
    loop: bool
    position: int = 0
    start: int = NEVER
    end: int = NEVER
    cancelled: bool = False
    done: bool = False
    wanted: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def begins(self, frame: int, frames: int) -> int | None:
        """Where in the block it goes on; None: not in this one."""
        if self.start != NEVER or self.at == NEVER or self.at <= frame:
            return 0
        return self.at - frame if self.at < frame + frames else None


class VoiceMachine(RuleBasedStateMachine):
    """One stream, both directions, voices of all kinds."""

    @initialize()
    def start(self):
        self.driver = Driver(FLOATS, FLOATS)
        self.parts: list[Part] = []
        self.frame = self.finished = 0
        self.outgoing: list[Part] = []

    @rule(wishes=st.lists(wishes, min_size=1, max_size=5))
    def submit(self, wishes):
        for wish in wishes:
            self.submit_one(*wish)

    def submit_one(self, frames, record, map, mono, ahead, loop, first):  # noqa: A002
        columns = 1 if mono and not record else len(map)
        values = UNEVEN[(np.arange(frames * columns) + first) % 8]
        data = np.ascontiguousarray(values.reshape(frames, columns), np.float32)
        at = NEVER if ahead is None else max(0, self.frame + ahead)
        voice = Voice(
            data, record=record, columns=columns, map=map, channels=len(map), at_frame=at, loop=loop
        )
        self.driver.voice_submit(voice.pointer)
        part = Part(voice, data, record, columns, map, at, loop and frames > 0)
        part.wanted = data.copy()
        self.parts.append(part)

    @rule(pick=st.integers(0, 10**6), really=st.sampled_from([False, False, True]))
    def cancel(self, pick, really):
        if self.parts and really:
            part = self.parts[pick % len(self.parts)]
            assert part.voice.cancel() == 1  # no callback is inside
            assert part.voice.quiet() == 1
            part.cancelled = True

    @rule(blocks=st.lists(st.integers(1, 32), min_size=1, max_size=4), deaf=st.booleans())
    def callbacks(self, blocks, deaf):
        for frames in blocks:
            self.callback(frames, deaf)

    def callback(self, frames, deaf):
        captured = np.arange(self.frame * 2, (self.frame + frames) * 2, dtype=np.float32)
        captured = captured.reshape(frames, 2)
        output = self.driver.callback(frames, None if deaf else captured.tobytes())
        wanted = np.zeros((frames, 2), np.float32)
        if deaf:
            captured[:] = 0
        for part in self.parts:
            if not part.done and not part.cancelled:
                self.run(part, captured, wanted)
            ended = part.start != NEVER and part.position == len(part.data)
            if not part.done and (part.cancelled or ended):
                part.done = True
                self.finished += 1
                self.outgoing.append(part)
        np.testing.assert_array_equal(np.frombuffer(output, np.float32).reshape(-1, 2), wanted)
        self.frame += frames
        for part in self.parts:
            np.testing.assert_array_equal(part.data, part.wanted)

    def run(self, part, captured, wanted):
        offset = part.begins(self.frame, len(wanted))
        if offset is None:
            return
        if part.start == NEVER:
            part.start = self.frame + offset
        while offset < len(wanted) and part.position < len(part.data):
            for column, channel in enumerate(part.map):
                if part.record:
                    part.wanted[part.position, column] = captured[offset, channel]
                else:
                    sample = part.data[part.position, column if part.columns > 1 else 0]
                    wanted[offset, channel] += sample
            offset += 1
            part.position += 1
            if part.loop and part.position == len(part.data):
                part.position = 0
        if part.position == len(part.data):
            part.end = self.frame + offset

    @rule()
    def collect(self):
        addresses = [int(ffi.cast("uintptr_t", part.voice.pointer)) for part in self.outgoing]
        assert collected(self.driver) == addresses
        self.parts = [part for part in self.parts if part not in self.outgoing]
        self.outgoing.clear()

    @invariant()
    def reports(self):
        if not hasattr(self, "driver"):
            return
        for part in self.parts:
            assert part.voice.position() == part.position
            assert part.voice.started_at() == part.start
            assert part.voice.ended_at() == part.end
            assert bool(part.voice.done()) == part.done


VoiceMachine.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, derandomize=True, deadline=None
)
TestVoices = VoiceMachine.TestCase


def test_voice_is_added_to_what_the_queue_plays():
    driver = Driver(output=Side(format=lib.ASD_FLOAT32, capacity=8))
    driver.write(np.full(4, 0.25, np.float32).tobytes())
    driver.output_set_mode(lib.ASD_DRAIN)
    voice = Voice(np.full((6, 1), 0.5, np.float32), at_frame=2)
    driver.voice_submit(voice.pointer)
    output = np.frombuffer(driver.callback(8), np.float32)
    np.testing.assert_array_equal(output, np.float32([0.25, 0.25, 0.75, 0.75, 0.5, 0.5, 0.5, 0.5]))
    assert (voice.done(), voice.started_at(), voice.ended_at()) == (1, 2, 8)


@pytest.mark.parametrize("at", [0, 1, 7, 8, 9, 15, 16, 100])
def test_voice_begins_at_its_frame_whatever_the_blocks(at):
    for block in (1, 3, 8, 64):
        driver = Driver(output=Side(format=lib.ASD_FLOAT32))
        voice = Voice(np.ones((5, 1), np.float32), at_frame=at)
        driver.voice_submit(voice.pointer)
        heard = np.concatenate(
            [np.frombuffer(driver.callback(block), np.float32) for _ in range(128 // block + 1)]
        )
        assert list(np.flatnonzero(heard)) == list(range(at, at + 5))
        assert (voice.started_at(), voice.ended_at()) == (at, at + 5)


def test_voices_wait_behind_a_gate_and_a_rewind():
    driver = Driver(output=Side(format=lib.ASD_FLOAT32))
    voice = Voice(np.ones((4, 1), np.float32))
    driver.stream_shut_gate()
    driver.voice_submit(voice.pointer)
    driver.stream_rewind()
    driver.stream_open_gate()
    assert voice.started_at() == NEVER
    assert np.frombuffer(driver.callback(4), np.float32).all()
    assert voice.started_at() == 0
    assert driver.stream_time() == pytest.approx(4 / RATE)


def test_stream_completes_with_the_block_in_which_the_last_voice_ends():
    driver = Driver(output=Side(format=lib.ASD_FLOAT32))
    driver.stream_complete_after(2)
    voices = [Voice(np.ones((frames, 1), np.float32)) for frames in (3, 9)]
    for voice in voices:
        driver.voice_submit(voice.pointer)
    seen = []
    for _ in range(4):
        driver.callback(4)
        seen.append(driver.completed)
    assert seen == [False, False, True, True]
