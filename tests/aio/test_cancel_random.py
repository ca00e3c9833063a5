"""Random programs, cancelled at random points: what arrived is what was sent.

A program is made of tasks that read, write, play and record at the same time; each call may be
cancelled at any of its awaits, and each task as a whole by another one. The seed is told when one
fails; `STRESS_SEED` begins there.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import anyio
import numpy as np
import pytest
from stress import times

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .cutting import Cut, held, let_go
from .helpers import RATE, numbers, ramp

pytestmark = pytest.mark.anyio

PROGRAMS = times(70, 3334)
"""On each of the three backends."""
FIRST = int(os.environ.get("STRESS_SEED", "0"))
TOP = 30000


class Program:
    """Some tasks, chosen by chance; what they saw is checked by each when it ends."""

    def __init__(self, seed: int, card: Card) -> None:
        self.chance = Random(seed)
        self.card = card
        self.cancelled = 0

    async def run(self) -> None:
        jobs = self.chance.sample([self.read, self.read, self.blocks, self.rec, self.duplex], 2)
        jobs += self.chance.sample([self.write, self.play], 1)
        async with anyio.create_task_group() as tasks:
            for job in self.chance.sample(jobs, self.chance.randint(1, 3)):
                tasks.start_soon(self._whole, job)

    async def _whole(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job; some are cancelled as a whole, at one of their awaits."""
        cut = Cut(self.chance.randint(0, 60))
        await cut(job())
        self.cancelled += cut.scope.cancelled_caught

    async def perhaps(self, awaitable: Awaitable[Any]) -> Any:
        """Await it, or cancel it at one of its awaits: then None."""
        cut = Cut(self.chance.choice([0, 0, 1, 2, 3, 5, 8, 10**6, 10**6, 10**6]))
        result = await cut(awaitable)
        self.cancelled += cut.scope.cancelled_caught
        return result

    # ---- what is heard by the microphone is a ramp

    async def read(self) -> None:
        pick, taken = self.chance, []
        policy = pick.choice(["drop_oldest", "drop_newest", "raise"])
        block = pick.choice([0, 32, 64, 100])
        # A shorter one may overflow: where others stop their streams, the card moves on by itself.
        buffer = pick.choice([0.4, 1.0])
        async with sd.InputStream(
            RATE, block, "microphone", 1, overflow=policy, buffer=buffer
        ) as stream:
            try:
                for _ in range(pick.randint(1, 8)):
                    size = pick.choice([1, 64, 333, 1000, 15000])
                    kind = pick.choice(["read", "receive", "next", "nowait"])
                    if kind == "nowait":
                        taken.append(stream.read_nowait(size))
                        continue
                    calls = {"receive": stream.receive, "next": stream.__anext__}
                    call = calls.get(kind, lambda size=size: stream.read(size))
                    taken.append(await self.perhaps(call()))
            finally:
                told = numbers(np.concatenate([np.zeros((0, 1)), *filter(_there, taken)]))
                assert not len(told) or told.tolist() == list(range(told[0], told[0] + len(told)))
                assert stream.frames_read == len(told)
                assert stream.frames_lost == 0

    async def blocks(self) -> None:
        size, overlap = self.chance.choice([(64, 0), (100, 50), (333, 1)])
        last = None
        async with sd.InputStream(RATE, 64, "microphone", 1) as stream:
            over = stream.blocks(size, overlap=overlap)
            for _ in range(self.chance.randint(1, 6)):
                block = await self.perhaps(over.__anext__())
                if block is not None:
                    told = numbers(block)
                    assert len(told) == size
                    assert last is None or told[0] == last + 1 - overlap
                    last = told[-1]

    async def rec(self) -> None:
        out = np.full((self.chance.randint(1, 2000), 1), 7, np.float32)
        try:
            await self.perhaps(sd.rec(out=out, samplerate=RATE, device="microphone"))
        finally:
            told = numbers(out[(out != 7) & (out != 0)][:, None])
            assert not len(told) or told.tolist() == list(range(told[0], told[0] + len(told)))

    # ---- what the speaker heard

    async def write(self) -> None:
        sent = 0
        self.card.speaker.clear()
        stream = sd.OutputStream(
            RATE, 64, "speaker", 1, buffer=self.chance.choice([0.01, 0.1]), prebuffer=0.005
        )
        try:
            async with stream:
                for _ in range(self.chance.randint(1, 6)):
                    chunk = ramp(self.chance.choice([1, 64, 500, 3000]), start=1 + sent % TOP)
                    await self.perhaps(self.chance.choice([stream.write, stream.send])(chunk))
                    sent = stream.frames_written
                    if self.chance.random() < 0.2:
                        await self.perhaps(stream.drain())
        except BaseException:
            self._heard(None)
            raise
        self._heard(sent)

    def _heard(self, frames: int | None) -> None:
        """Compare what sounded with the ramp that was sent; None: with its beginning."""
        played = self.card.speaker.recorded[:, 0]
        heard = np.round(played[played != 0] * 2**15).astype(int)
        assert heard.tolist() == list(range(1, len(heard) + 1))
        assert frames is None or len(heard) == frames

    async def play(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            data = ramp(self.chance.randint(1, 3000))
            self.card.speaker.clear()
            done = None
            try:
                done = await self.perhaps(sd.play(data, RATE, device="speaker"))
            finally:
                self._heard(None if done is None else len(data))

    async def duplex(self) -> None:
        after = None
        async with sd.Stream(RATE, 64, channels=1, prefill=self.chance.randint(1, 4)) as stream:
            for _ in range(self.chance.randint(1, 8)):
                pair = await self.perhaps(stream.__anext__())
                if pair is not None:
                    indata, outdata = pair
                    assert after is None or stream.info.frame == after
                    after = stream.info.frame + len(indata)
                    outdata[:] = 0.5


def _there(block: Any) -> bool:
    return block is not None


async def test_random_cancellations(auto_card: Card) -> None:
    await sd.query_devices()
    before, cancelled = await held(auto_card), 0
    for seed in range(FIRST, FIRST + PROGRAMS):
        program = Program(seed, auto_card)
        try:
            with anyio.fail_after(60):
                await program.run()
        except BaseException as error:
            error.__notes__ = [*getattr(error, "__notes__", []), f"seed {seed}"]
            raise
        cancelled += program.cancelled
        if seed % 100 == 0:
            assert await let_go(before, auto_card) == before, (
                f"left behind by seed {seed} or before"
            )
    assert await let_go(before, auto_card) == before
    assert cancelled > PROGRAMS / 2, "too few cancellations to prove anything"
