"""A reader and a card that stalls, loses and varies its blocks: place, time and loss are exact."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from stress import times

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, numbers

EXAMPLES = times(80, 3000)

advances = st.tuples(st.just("advance"), st.integers(64, 6000))
reads = st.tuples(st.sampled_from(["read", "read", "receive"]), st.integers(1, 5000))
faults = st.tuples(st.sampled_from(["stall", "lose"]), st.integers(1, 8000))
steps = st.lists(
    st.one_of(
        st.tuples(advances, reads),
        st.tuples(advances, reads),
        st.tuples(advances, advances),
        st.tuples(advances, faults),
    ),
    min_size=8,
    max_size=30,
).map(lambda pairs: [step for pair in pairs for step in pair])


@dataclass(frozen=True)
class Delivered:
    frame: int
    time: float
    lost: int
    leap: bool
    told: np.ndarray
    """Numbers of the ramp; -1 for a sample of silence."""

    @property
    def end(self) -> int:
        return self.frame + len(self.told)


class Follower:
    """Does what the plan says, and notes what it got; the queue is looked at after each step."""

    def __init__(self, card: Card, stream: sd.InputStream, policy: str, largest: int) -> None:
        self.card, self.stream, self.policy = card, stream, policy
        self.largest = largest
        self.got: list[Delivered] = []
        self.overflows = 0

    async def step(self, kind: str, amount: int) -> None:
        if kind == "advance":
            self._advance(amount)
        elif kind == "lose":
            self.card.lose(self.card.microphone, -1, amount)
        elif kind == "stall":
            now = self.card.frame / RATE
            self.card.stall(self.card.microphone, at=now, length=amount / RATE)
            self._advance(amount)
        else:
            await self._read(kind, 0 if kind == "receive" else amount)

    def _advance(self, frames: int) -> None:
        """The queue holds what fits, and no more is lost than that a block had no room."""
        core, before = self.stream._core, self.stream.statistics()
        fill = core.readable
        self.card.advance(frames)
        after = self.stream.statistics()
        came, lost = after.frames - before.frames, after.input_lost - before.input_lost
        assert core.readable == fill + came - lost
        if fill + came <= core.input_capacity:
            assert lost == 0
        else:
            assert core.input_capacity - self.largest < core.readable <= core.input_capacity

    async def _read(self, kind: str, amount: int) -> None:
        stream, there = self.stream, self.stream._core.readable
        try:
            if kind == "receive" and there >= stream._core.block_frames and not stream._front:
                block = await stream.receive()
            else:
                block = stream.read_nowait(amount or None)
        except sd.InputOverflow:
            assert self.policy == "raise"
            self.overflows += 1
            return
        if len(block):
            info, told = stream.info, numbers(block)
            told[told == 0] = -1 if info.frame else 0
            self.got.append(
                Delivered(info.frame, info.time, info.lost, bool(info.flags.input_overflow), told)
            )

    def check(self) -> None:
        """What was delivered is where it belongs, and what was not is counted."""
        after, shift = 0, 0
        for block in self.got:
            silent = int(np.count_nonzero(block.told == -1))
            assert block.frame - after + silent == block.lost
            after = block.end
            # A sample's place in the stream and in the microphone's ramp differ by what the
            # host has lost until then.
            heard = block.told != -1
            shifts = (block.told - np.arange(block.frame, block.end))[heard]
            assert not len(shifts) or (shifts[0] >= shift and (np.diff(shifts) >= 0).all())
            shift = int(shifts[-1]) if len(shifts) else shift
        assert shift <= self.card.lost_input
        stream = self.stream
        assert stream.frames_read == sum(len(block.told) for block in self.got)
        assert stream.frames_lost == sum(block.lost for block in self.got)
        if self.policy == "raise":
            # A gap that one block ends in goes on in the next, and is told of once.
            ends = [False] + [bool(block.told[-1] == -1) for block in self.got]
            gaps = [b.lost > 0 and not e for b, e in zip(self.got, ends, strict=False)]
            assert self.overflows >= sum(gaps)
        # The clock is pulled with each of the device's blocks, by a tenth of its length at most;
        # where blocks are so short that several share a mark in the queue, by a tenth of those.
        most = 0.1 * max(self.largest, stream._core.input_capacity) / RATE + 1e-9
        for one, two in pairwise(self.got):
            frames, passed = (two.frame - one.frame) / RATE, two.time - one.time
            assert passed > 0
            assert passed > 0.9 * frames - most
            if not self.card.lost_input:  # nothing that time may leap over
                assert passed < 1.1 * frames + most


@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == 80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps,
    st.sampled_from(["drop_oldest", "drop_newest", "raise"]),
    st.sampled_from([0, 16, 64, 333, 1024]),
    st.lists(st.integers(1, 1500), max_size=5),
    st.sampled_from([0.001, 0.02, 0.1]),
)
def test_place_time_and_loss_are_exact(
    card: Card,
    plan: list[tuple[str, int]],
    policy: str,
    blocksize: int,
    sizes: list[int],
    buffer: float,
) -> None:
    card.reset()
    card.set_clock("manual")
    if not blocksize:
        card.vary_blocks(card.microphone, sizes)

    async def main() -> None:
        stream = sd.InputStream(RATE, blocksize, "microphone", 1, buffer=buffer, overflow=policy)
        async with stream:
            largest = max([blocksize or 2048, *sizes])
            follower = Follower(card, stream, policy, largest)
            for kind, amount in plan:
                await follower.step(kind, amount)
            while stream._core.readable or stream._front:
                await follower.step("read", 10**6)
            follower.check()
            counted = stream.statistics()
            untold = counted.input_lost - stream.frames_lost  # behind the last block
            assert counted.frames == (follower.got[-1].end if follower.got else 0) + untold

    asyncio.run(main())


def test_a_model_that_sees(card: Card) -> None:
    """The checks fail for a block that is one frame beside its place."""
    block = Delivered(10, 0.0, 10, False, np.arange(11, 21))
    follower = Follower.__new__(Follower)
    follower.card, follower.got, follower.policy = card, [block], "drop_oldest"
    with pytest.raises(AssertionError):
        follower.check()
