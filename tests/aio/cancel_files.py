"""What `test_cancel` does to files: a cancelled recording is a file of what was recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import soundfile

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .cutting import Cut
from .helpers import RATE, numbers, ramp

SOUND = "sound.wav"
TAKE = "take.wav"


def player() -> sd.FilePlayer:
    soundfile.write(SOUND, ramp(2000), RATE, subtype="FLOAT")
    return sd.FilePlayer(SOUND, device="speaker")


def no_take() -> None:
    Path(TAKE).unlink(missing_ok=True)


def recorder() -> sd.FileRecorder:
    no_take()
    options: dict[str, Any] = {"samplerate": RATE, "channels": 1, "device": "microphone"}
    return sd.FileRecorder(TAKE, subtype="FLOAT", **options)


def assert_file(perhaps: bool = False) -> None:
    """What there is of it is a ramp without a gap, and can be read."""
    if perhaps and not Path(TAKE).exists():
        return
    told = numbers(soundfile.read(TAKE, always_2d=True)[0])
    np.testing.assert_array_equal(told, told[:1].sum() + np.arange(len(told)))


async def play_file(cut: Cut, card: Card) -> None:
    player()
    await cut(sd.play_file(SOUND, device="speaker"))


async def record_file(cut: Cut, card: Card) -> None:
    no_take()
    options: dict[str, Any] = {"device": "microphone", "subtype": "FLOAT"}
    await cut(sd.record_file(TAKE, 2000, RATE, 1, **options))
    assert_file(perhaps=True)


async def play(cut: Cut, card: Card) -> None:
    async with player() as file:
        await cut(file.play())


async def record(cut: Cut, card: Card) -> None:
    async with recorder() as file:
        await cut(file.record(2000))
    assert_file()


async def next_level(cut: Cut, card: Card) -> None:
    async with recorder() as file, anyio.create_task_group() as tasks:
        tasks.start_soon(file.record)
        await cut(file.next_level())
        file.stop()
    assert_file()


def entered(make: Callable[[], Any]) -> Callable[[Cut, Card], Awaitable[None]]:
    async def enter(cut: Cut, card: Card) -> None:
        file = make()
        await cut(file.__aenter__())
        if not cut.scope.cancelled_caught:
            await file.aclose()

    return enter


def left(make: Callable[[], Any]) -> Callable[[Cut, Card], Awaitable[None]]:
    async def leave(cut: Cut, card: Card) -> None:
        file = make()
        await file.__aenter__()
        await cut(file.__aexit__(None, None, None))

    return leave


FILE_CASES = {
    "FilePlayer.__aenter__": entered(player),
    "FilePlayer.__aexit__": left(player),
    "FilePlayer.aclose": left(player),
    "FilePlayer.play": play,
    "FileRecorder.__aenter__": entered(recorder),
    "FileRecorder.__aexit__": left(recorder),
    "FileRecorder.aclose": left(recorder),
    "FileRecorder.next_level": next_level,
    "FileRecorder.record": record,
    "play_file": play_file,
    "record_file": record_file,
}
