"""The command ``spectrogram``."""

from __future__ import annotations

from typing import Annotated

import typer

from ..aio.input import InputStream
from . import card, options
from .console import is_live, say, stdout
from .errors import usage
from .live import Display, with_keys
from .running import run
from .source import Source
from .waterfall import Waterfall

COLUMNS = 20  # a second


def command(
    device: options.Device = None,
    channels: options.Channels = None,
    samplerate: options.Samplerate = None,
    latency: options.Latency = None,
    low: Annotated[float, typer.Option("--low", metavar="HZ", help="Lowest frequency.")] = 60.0,
    high: Annotated[
        float, typer.Option("--high", metavar="HZ", help="Highest frequency.")
    ] = 16000.0,
    seconds: options.Seconds = None,
    virtual: options.Virtual = False,
    virtual_delay: options.VirtualDelay = 0,
) -> int:
    """Show the spectrum of the input, live: time to the right, frequency upwards, dBFS as colour.

    Of several channels the strongest is shown. The space bar holds the picture, + and - make it
    brighter and darker, q or Ctrl+C ends it.
    """
    if not 0 < low < high:
        raise usage("--low must be more than 0 and less than --high")
    source = Source.asked(device, channels, samplerate, latency)
    limit = options.seconds(seconds)
    card.choose(virtual, delay=virtual_delay, listen=device is None)
    return run(_spectrogram, source, (low, high), limit, endless=True)


async def _spectrogram(source: Source, band: tuple[float, float], seconds: float | None) -> None:
    console = stdout()
    async with source.listen() as (stream, title):
        if band[0] >= stream.samplerate / 2:
            raise usage(f"--low must be less than half the sample rate, {stream.samplerate:g} Hz")
        view = Waterfall(title, stream.samplerate, band, COLUMNS)
        if not is_live(console):
            say(console, f"{title}\n{view.heading()}")

        async def follow() -> None:
            with Display(console, view, every=0.25, rate=COLUMNS / 2) as display:
                await _feed(view, stream, display, seconds)

        try:
            await with_keys(follow, view.key)
        finally:
            say(console, view.summary(stream.frames_lost))


async def _feed(
    view: Waterfall, stream: InputStream, display: Display, seconds: float | None
) -> None:
    async for block in stream.blocks(view.frames, overlap=view.frames - view.hop):
        if len(block) < view.frames:  # the last one, of a device that has gone
            continue
        view.feed(block)
        display.update(view.seconds)
        if seconds is not None and view.seconds >= seconds:
            break
