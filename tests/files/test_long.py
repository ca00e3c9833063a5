"""Files longer than memory: a block at a time, whatever their length.

``make stress`` plays two hours; the suite five minutes.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

import anyio
import pytest
import soundfile
from aio.helpers import Beside

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import RATE, noise

STRESS = bool(os.environ.get("AIOSOUNDDEVICE_STRESS"))
MINUTES = 120 if STRESS else 5
MOST_GROWTH = 20e6  # bytes
WARM_UP = 20.0  # seconds of the file, until everything has been imported and allocated once


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def fast_card(realtime_card: Card) -> Card:
    """A card a hundred times as fast as hardware."""
    realtime_card.set_clock("100x")
    return realtime_card


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", [("asyncio", {})], ids=["asyncio"])
async def test_playing_takes_no_more_memory_with_time(fast_card: Card, tmp_path: Path) -> None:
    path, minute = tmp_path / "long.wav", noise(60 * RATE, 2)
    with soundfile.SoundFile(path, "w", RATE, 2) as file:
        for _ in range(MINUTES):
            file.write(minute)
    del minute
    frames = MINUTES * 60 * RATE
    growth: list[int] = []
    # A tenth of a second of real time is read ahead: at this speed that is 10 s of sound.
    player = sd.FilePlayer(path, device="loopback", buffer=10)
    async with player, anyio.create_task_group() as tasks:
        playing = Beside(tasks, player.play)
        while player.position < WARM_UP:  # noqa: ASYNC110
            await anyio.sleep(0.01)
        gc.collect()
        before = resident()
        while not playing.over:
            await anyio.sleep(0.05)
            growth.append(resident() - before)
        flags = await playing.result()
        assert player._stream.frames_written == frames
        inserted = player._stream.statistics().output_inserted
    print(
        f"{MINUTES} min: {max(growth) / 1e6:.2f} MB more at most, {inserted} frames late, {flags}"
    )
    assert len(growth) > 10
    assert max(growth) < MOST_GROWTH


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", [("asyncio", {})], ids=["asyncio"])
async def test_recording_takes_no_more_memory_with_time(fast_card: Card, tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    growth: list[int] = []
    options = {"device": "microphone", "channels": 1, "buffer": 10, "overflow": "ignore"}
    async with sd.FileRecorder(path, **options) as recorder, anyio.create_task_group() as tasks:
        recording = Beside(tasks, recorder.record, MINUTES * 15 * RATE)
        while recorder.position < WARM_UP:  # noqa: ASYNC110
            await anyio.sleep(0.01)
        gc.collect()
        before = resident()
        while not recording.over:
            await anyio.sleep(0.05)
            growth.append(resident() - before)
        assert await recording.result() == MINUTES * 15 * RATE
    print(f"{MINUTES / 4} min: {max(growth) / 1e6:.2f} MB more, {recorder.frames_lost} frames lost")
    assert soundfile.info(path).frames == MINUTES * 15 * RATE
    assert max(growth) < MOST_GROWTH
