"""PortAudio on JACK: our outputs joined to our own inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import numpy
import pytest
from jack import PERIOD, RATE, Cables, serving
from numpy.typing import NDArray
from real import Host
from signals import ramp, sounding

import aiosounddevice as sd

pytestmark = pytest.mark.jack

Signal = NDArray[numpy.generic]


async def playrec(device: int, data: Signal) -> Signal:
    """Play and record; flags are ignored, a late computer is no loss in synchronous mode."""
    channels = data.shape[1]
    with Cables() as cables:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cables.loop, channels)
            return await sd.playrec(data, RATE, channels=channels, device=device, overflow="ignore")
    raise AssertionError("unreachable")


def test_playrec_hears_itself(jack_host: Host, backend: str) -> None:
    data = ramp(RATE * 2, 2)
    take = jack_host.run(playrec, backend, data=data)
    assert take.shape == data.shape
    # What was played before the cable was there is missing, and each channel has its own. From
    # then on all is there, as late as at the end: the loop is one period long.
    for channel in ([0], [1]):
        heard = sounding(take[:, channel])
        assert len(heard) > PERIOD
        assert numpy.array_equal(heard, data[-PERIOD - len(heard) : -PERIOD, channel])
        assert numpy.array_equal(take[-len(heard) :, channel], heard)


async def duplex(device: int, data: Signal, blocksize: int) -> dict[str, Any]:
    """Play data as pairs; return what was heard, from a pair after the joining on."""
    channels = data.shape[1]
    heard, lost, first = [], 0, None
    # Pairs may be late by half a second before anything is missing.
    prefill = RATE // 2 // (blocksize or RATE // 100)
    wire = sd.Stream(RATE, blocksize, device=device, channels=channels, buffer=8, prefill=prefill)
    with Cables() as cables:
        async with wire:
            await cables.loop(channels)
            async for indata, outdata in wire:
                lost += wire.info.lost
                if first is None:
                    first = wire.info.frame
                heard.append(indata)
                place = wire.info.frame - first
                piece = data[place : place + len(outdata)]
                outdata[: len(piece)] = piece
                if place > len(data) + wire.delay + RATE // 10:
                    break
        late = wire.statistics().output_late
    return {"heard": numpy.concatenate(heard), "lost": lost, "late": late, "delay": wire.delay}


@pytest.mark.parametrize("blocksize", [0, 1000])
def test_duplex_delay_is_constant(jack_host: Host, backend: str, blocksize: int) -> None:
    data = ramp(RATE // 2, 2)
    found = jack_host.run(duplex, backend, data=data, blocksize=blocksize)
    assert (found["lost"], found["late"]) == (0, 0)
    heard = sounding(found["heard"])
    assert numpy.array_equal(heard, data)
    delay = int(numpy.flatnonzero(found["heard"].any(axis=1))[0])
    assert delay >= found["delay"]
    # The way round is whole periods, plus what PortAudio needs to cut them into other blocks.
    assert delay - found["delay"] <= PERIOD + 2 * max(blocksize, PERIOD)


async def both(device: int, data: Signal) -> dict[str, Any]:
    """Play in one stream and record in another."""
    channels = data.shape[1]
    ears = sd.InputStream(RATE, device=device, channels=channels, buffer=20)
    voice = sd.OutputStream(RATE, device=device, channels=channels, buffer=4, prebuffer=4)
    with Cables() as cables:
        async with ears, voice:
            await cables.loop(channels)
            inserted = 0
            for chunk in numpy.array_split(data, 37):
                inserted += await voice.write(chunk)
            await voice.drain()
            there = ears.read_nowait()
            # What drain() reported as heard is on its way to the input.
            rest = await ears.read(RATE // 4)
        return {
            "heard": numpy.concatenate([there, rest]),
            "inserted": inserted,
            "lost": ears.frames_lost,
        }


def test_two_streams_at_once(jack_host: Host, backend: str) -> None:
    data = ramp(RATE // 2 + 7, 2)
    found = jack_host.run(both, backend, data=data)
    assert (found["inserted"], found["lost"]) == (0, 0)
    assert numpy.array_equal(sounding(found["heard"]), data)


async def start_and_stop(device: int) -> None:
    async with sd.OutputStream(RATE, device=device, channels=1) as speaker:
        await speaker.write(ramp(RATE // 10))


def test_program_just_ends(tmp_path: Path) -> None:
    """PortAudio's JACK client lives to the end, with a thread that must not be unmapped."""
    with serving(tmp_path) as (_, host):
        host.run(start_and_stop, "asyncio", leave=False)
