"""Cancelling at every await what has to do with files, and the round trip."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import soundfile

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .cutting import Cut
from .helpers import RATE, ramp

CASES: dict[str, Callable[[Cut, Card], Awaitable[None]]] = {}
INPUT: dict[str, Any] = {"samplerate": RATE, "device": "microphone", "channels": 1}
FRAMES = 2000


def case(name: str) -> Callable[[Callable[[Cut, Path], Awaitable[None]]], None]:
    """Register a case; it gets the path of a file of `FRAMES` frames."""

    def register(function: Callable[[Cut, Path], Awaitable[None]]) -> None:
        async def one(cut: Cut, card: Card) -> None:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "sound.wav"
                soundfile.write(path, ramp(FRAMES), RATE, "FLOAT")
                await function(cut, path)

        CASES[name] = one

    return register


def readable(path: Path) -> int:
    """Frames of a recording, which is whole, however it ended; 0: there is none."""
    return len(soundfile.read(path)[0]) if path.exists() else 0


@case("play_file")
async def play_file(cut: Cut, path: Path) -> None:
    await cut(sd.play_file(path, device="speaker", blocksize=64))


@case("FilePlayer.__aenter__")
async def enter_player(cut: Cut, path: Path) -> None:
    player = sd.FilePlayer(path, device="speaker")
    await cut(player.__aenter__())
    if not cut.scope.cancelled_caught:
        await player.aclose()


@case("FilePlayer.play")
async def play(cut: Cut, path: Path) -> None:
    async with sd.FilePlayer(path, device="speaker") as player:
        await cut(player.play())
        assert 0 <= player.position <= FRAMES / RATE


@case("FilePlayer.aclose")
async def close_player(cut: Cut, path: Path) -> None:
    async with sd.FilePlayer(path, device="speaker") as player:
        await cut(player.aclose())


@case("FilePlayer.__aexit__")
async def leave_player(cut: Cut, path: Path) -> None:
    player = sd.FilePlayer(path, device="speaker")
    await player.__aenter__()
    await cut(player.__aexit__(None, None, None))
    await player.aclose()


@case("record_file")
async def record_file(cut: Cut, path: Path) -> None:
    await cut(sd.record_file(path, FRAMES, overwrite=True, **INPUT))
    kept = readable(path)
    assert cut.scope.cancelled_caught or kept == FRAMES


@case("FileRecorder.__aenter__")
async def enter_recorder(cut: Cut, path: Path) -> None:
    recorder = sd.FileRecorder(path, overwrite=True, **INPUT)
    await cut(recorder.__aenter__())
    if not cut.scope.cancelled_caught:
        await recorder.aclose()


@case("FileRecorder.record")
async def record(cut: Cut, path: Path) -> None:
    async with sd.FileRecorder(path, overwrite=True, **INPUT) as recorder:
        await cut(recorder.record(FRAMES))
        kept = recorder.frames
    assert readable(path) >= kept


@case("FileRecorder.next_level")
async def next_level(cut: Cut, path: Path) -> None:
    async with (
        sd.FileRecorder(path, overwrite=True, **INPUT) as recorder,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(recorder.record)
        await cut(recorder.next_level())
        recorder.stop()


@case("FileRecorder.aclose")
async def close_recorder(cut: Cut, path: Path) -> None:
    async with sd.FileRecorder(path, overwrite=True, **INPUT) as recorder:
        await cut(recorder.aclose())
    readable(path)


@case("FileRecorder.__aexit__")
async def leave_recorder(cut: Cut, path: Path) -> None:
    recorder = sd.FileRecorder(path, overwrite=True, **INPUT)
    await recorder.__aenter__()
    await cut(recorder.__aexit__(None, None, None))
    await recorder.aclose()
    readable(path)


@case("measure_latency")
async def measure_latency(cut: Cut, path: Path) -> None:
    await cut(sd.measure_latency(samplerate=RATE))
