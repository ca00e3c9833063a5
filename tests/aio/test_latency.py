"""The round trip that is measured is the one that was set, to the frame."""

from __future__ import annotations

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import LONG, opened

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("delay", [64, 65, 1234, 24000])
async def test_it_is_the_loopbacks_delay(auto_card: Card, delay: int) -> None:
    auto_card.loopback.delay = delay
    with anyio.fail_after(LONG):
        found = await sd.measure_latency(samplerate=44100, blocksize=64, longest=24000 / 44100)
    assert found.frames == delay
    assert found.seconds == delay / 44100
    assert found.samplerate == 44100
    assert found.similarity == pytest.approx(1)
    assert found.gain == pytest.approx(1)


async def test_below_a_block_it_is_the_block(auto_card: Card) -> None:
    found = await sd.measure_latency(blocksize=256, longest=0.1, volume=1)
    assert (found.frames, found.samplerate) == (256, 48000)


async def test_a_round_trip_longer_than_asked_for_is_not_found(auto_card: Card) -> None:
    for beyond in (1, 2, 50, 99, 100, 101, 200, 5000):
        auto_card.loopback.delay = 4800 + beyond
        with pytest.raises(sd.AudioError, match=r"longer than 0\.1 s"):
            await sd.measure_latency(longest=0.1)


async def test_an_input_that_does_not_hear_the_output(auto_card: Card) -> None:
    auto_card.microphone.feed("silence")
    with pytest.raises(sd.AudioError, match="-120 dBFS: connect them"):
        await sd.measure_latency(("microphone", "speaker"), longest=0.1)
    auto_card.microphone.feed(np.random.default_rng(1).uniform(-1, 1, 96000), loop=True)
    with pytest.raises(sd.AudioError, match="other sounds are louder, or xruns"):
        await sd.measure_latency(("microphone", "speaker"), longest=0.1)


async def test_the_best_channel_counts(auto_card: Card) -> None:
    found = await sd.measure_latency(channels=(8, 1), longest=0.1)
    assert found.similarity == pytest.approx(1)


async def test_frames_lost_by_the_device_are_an_error(auto_card: Card) -> None:
    auto_card.script("at frame 9600 lose 512 frames")
    with pytest.raises(sd.InputOverflow):
        await sd.measure_latency(longest=0.5)


async def test_cancelled_it_closes_the_device(card: Card) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sd.measure_latency)
        with anyio.fail_after(LONG):
            while not card.open_streams:
                await opened()
        tasks.cancel_scope.cancel()
    assert card.open_streams == 0


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"volume": 0}, ValueError, "volume must be"),
        ({"volume": 1.5}, ValueError, "volume must be"),
        ({"longest": 0}, ValueError, "longest must be"),
        ({"longest": "x"}, TypeError, "longest must be"),
        ({"channels": 0}, ValueError, "channels must be"),
        ({"device": "toaster"}, sd.DeviceNotFound, "toaster"),
    ],
)
async def test_what_it_refuses(card: Card, arguments: dict, error: type, text: str) -> None:
    with pytest.raises(error, match=text):
        await sd.measure_latency(**arguments)
