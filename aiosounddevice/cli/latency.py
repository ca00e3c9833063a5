"""The command ``latency``."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer
from rich.console import Console

from ..aio.devices import query_devices
from ..aio.duplex import Stream
from ..aio.latency import RoundTrip, measure_latency
from . import card, options
from .console import say, stdout
from .errors import usage
from .running import run


def command(
    device: options.Device = None,
    input_device: options.InputDevice = None,
    output_device: options.OutputDevice = None,
    channels: options.Channels = None,
    samplerate: options.Samplerate = None,
    blocksize: options.Blocksize = None,
    latency: options.Latency = None,
    repeat: Annotated[int, typer.Option("--repeat", "-n", min=1, help="How often to measure.")] = 3,
    longest: Annotated[
        float, typer.Option("--longest", metavar="S", help="Seconds to wait for the sound.")
    ] = 1.0,
    volume: Annotated[float, typer.Option("--volume", help="Of the chirp, up to 1.")] = 0.5,
    virtual: options.Virtual = False,
    virtual_delay: options.VirtualDelay = 0,
) -> int:
    """Measure the round trip: play a chirp, and find it in what the input hears.

    Connect output and input by a cable, or put the microphone near the speaker. Each measurement
    opens the devices anew, as some hosts give another latency each time.
    """
    if not 0 < volume <= 1:
        raise usage("--volume must be more than 0 and 1 at most")
    options.seconds(longest, "--longest")
    asked = {
        "device": options.devices(device, input_device, output_device),
        "samplerate": samplerate,
        "blocksize": blocksize,
        "latency": options.latency(latency),
    }
    card.choose(virtual, delay=virtual_delay)
    return run(_latency, asked, channels, repeat, longest, volume)


async def _latency(
    asked: dict[str, Any], channels: int | None, repeat: int, longest: float, volume: float
) -> None:
    console = stdout()
    reported = await _introduce(console, asked, channels)
    found = []
    for number in range(1, repeat + 1):
        trip = await measure_latency(channels=channels, longest=longest, volume=volume, **asked)
        found.append(trip)
        if repeat > 1:
            say(console, f"{number:<11} {_frames(trip.frames, trip.samplerate)}, {_heard(trip)}")
    _conclude(console, found, reported)


async def _introduce(console: Console, asked: dict[str, Any], channels: int | None) -> float:
    """Say what is measured; returns the latency that the host reports, in seconds."""
    stream = Stream(channels=channels or 1, **asked)
    async with stream:
        reported = float(sum(stream.latency))
        await stream.abort()
    names = [(await query_devices(number))["name"] for number in stream.device]
    say(console, f"output      {names[1]}")
    say(console, f"input       {names[0]}")
    blocks = f"blocks of {stream.blocksize}" if stream.blocksize else "blocks as the host likes"
    say(console, f"settings    {stream.samplerate:g} Hz, {blocks}")
    return reported


def _conclude(console: Console, found: list[RoundTrip], reported: float) -> None:
    frames, rate = sorted(trip.frames for trip in found), found[0].samplerate
    median = frames[len(frames) // 2]
    say(console, f"round trip  {_frames(median, rate)}")
    if frames[0] != frames[-1]:
        say(console, f"            from {frames[0]} to {frames[-1]} frames: not the same each time")
    say(console, f"the host    reports {1000 * reported:.2f} ms for input and output together")


def _frames(frames: int, samplerate: float) -> str:
    return f"{frames} frames, {1000 * frames / samplerate:.2f} ms"


def _heard(trip: RoundTrip) -> str:
    level = round(20 * math.log10(max(abs(trip.gain), 1e-6)), 1) + 0.0  # no -0.0
    turned = ", upside down" if trip.gain < 0 else ""
    return f"{round(100 * trip.similarity)} % alike, back at {level:+.1f} dB{turned}"
