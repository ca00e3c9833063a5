"""PortAudio on PulseAudio, through ALSA: a sink is played into, and its monitor recorded."""

from __future__ import annotations

import anyio
import numpy
import pytest
from numpy.typing import NDArray
from pulse import RATE
from real import Host
from signals import ramp, sounding

import aiosounddevice as sd

pytestmark = pytest.mark.pulse

Signal = NDArray[numpy.generic]
LATENCY = 0.5
"""Seconds. PulseAudio's threads need the processor too."""

# PulseAudio leaves out of a monitor what it had rendered when a stream joined: up to its latency,
# and more when its threads had to wait.
LEAD = RATE


async def played(device: int, data: Signal) -> tuple[Signal, int]:
    """Play it behind some silence, and record the monitor."""
    silence = numpy.zeros((LEAD, data.shape[1]), data.dtype)
    mic = sd.InputStream(RATE, device=device, channels=1, latency=LATENCY, buffer=30)
    async with mic:
        await mic.read(1)
        await sd.play(numpy.concatenate([silence, data]), RATE, device=device, latency=LATENCY)
        return await until_silent(mic), mic.frames_lost


async def written(device: int, data: Signal) -> tuple[Signal, int]:
    """Write it into a stream that is playing silence, and record the monitor."""
    mic = sd.InputStream(RATE, device=device, channels=1, latency=LATENCY, buffer=30)
    speaker = sd.OutputStream(
        RATE, device=device, channels=1, latency=LATENCY, buffer=4, prebuffer=4
    )
    async with mic:
        await mic.read(1)
        async with speaker:
            await speaker.write(numpy.zeros((LEAD, 1), data.dtype))
            for chunk in numpy.array_split(data, 41):
                assert await speaker.write(chunk) == 0
            await speaker.drain()
            return await until_silent(mic), mic.frames_lost


async def until_silent(mic: sd.InputStream) -> Signal:
    """Read until something was heard and a quarter of a second of silence came after it."""
    heard = [mic.read_nowait()]
    with anyio.fail_after(30):
        while not any(block.any() for block in heard) or heard[-1].any():
            heard.append(await mic.read(RATE // 4))
    return numpy.concatenate(heard)


@pytest.mark.parametrize("way", [played, written])
def test_sink_and_monitor(pulse_host: Host, backend: str, way: object) -> None:
    data = ramp(RATE // 2)
    found, lost = pulse_host.run(way, backend, data=data)
    heard = sounding(found)
    assert lost == 0
    assert heard.shape == data.shape
    assert numpy.array_equal(heard, data)
