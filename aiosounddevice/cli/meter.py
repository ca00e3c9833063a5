"""The command ``meter``."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from rich.console import Group, RenderableType
from rich.text import Text

from ..dsp.levels import Meter
from . import bars, card, options
from .console import is_live, say, stdout
from .live import Display, head, with_keys
from .running import run
from .source import Source

BLOCK = 0.01  # seconds


def command(
    device: options.Device = None,
    channels: options.Channels = None,
    samplerate: options.Samplerate = None,
    latency: options.Latency = None,
    seconds: options.Seconds = None,
    virtual: options.Virtual = False,
    virtual_delay: options.VirtualDelay = 0,
) -> int:
    """Show the level of the input, live: a bar for each channel, the latest peak marked.

    Levels are in dBFS; 0 is full scale. q or Ctrl+C ends it.
    """
    source = Source.asked(device, channels, samplerate, latency)
    limit = options.seconds(seconds)
    card.choose(virtual, delay=virtual_delay, listen=device is None)
    return run(_meter, source, limit, endless=True)


async def _meter(source: Source, seconds: float | None) -> None:
    console = stdout()
    async with source.listen() as (stream, title):
        view = MeterView(title, stream.channels, stream.samplerate)
        frames = max(1, round(BLOCK * stream.samplerate))
        if not is_live(console):
            say(console, title)

        async def follow() -> None:
            with Display(console, view) as display:
                while seconds is None or view.seconds < seconds:
                    view.feed(await stream.read(frames), stream.frames_lost)
                    display.update(view.seconds)

        try:
            await with_keys(follow)
        finally:
            say(console, view.summary())


class MeterView:
    """The levels of a signal.

    Parameters
    ----------
    title : str
    channels : int
    samplerate : float

    Attributes
    ----------
    seconds : float
        Of the signal, so far.
    """

    def __init__(self, title: str, channels: int, samplerate: float) -> None:
        self._title, self._samplerate = title, samplerate
        self._meter = Meter(channels, samplerate)
        self._lost = 0
        self.seconds = 0.0

    def feed(self, block: npt.NDArray[Any], lost: int) -> None:
        """Take the next block of shape (frames, channels), and how many were lost so far."""
        self._meter.feed(block)
        self._lost = lost
        self.seconds += len(block) / self._samplerate

    def picture(self, width: int, height: int) -> RenderableType:
        """Draw a bar for each channel."""
        meter = self._meter
        room = max(4, width - 3 - 24)
        lines = [head(self._title, width)]
        rows = zip(meter.level, meter.held, meter.rms, strict=True)
        apart = 2 * len(meter.level) + 4 < height
        for number, (level, held, rms) in enumerate(rows, 1):
            if apart and number > 1:
                lines.append(Text())
            line = Text(f"{number:2} ").append_text(bars.bar(level, room, held))
            lines.append(line.append(f" {bars.decibels(held)} peak{bars.decibels(rms)} rms"))
        lines.append(Text("   ").append_text(bars.scale(room)).append(" dBFS", "bright_black"))
        lines.append(self._state())
        for line in lines:
            line.no_wrap = True
            line.truncate(width)
        return Group(*lines[: max(1, height - 1)])

    def line(self) -> str:
        """Say time, peak and RMS of each channel."""
        rows = zip(self._meter.held, self._meter.rms, strict=True)
        levels = "  ".join(
            f"{number}: {bars.decibels(held)} peak {bars.decibels(rms)} rms"
            for number, (held, rms) in enumerate(rows, 1)
        )
        lost = f"  {self._lost} frames lost" if self._lost else ""
        return f"{self.seconds:7.2f} s  {levels}{lost}"

    def summary(self) -> str:
        """Say what the whole signal was."""
        highest = self._meter.highest
        loudest = int(highest.argmax())
        peak = bars.decibels(highest[loudest]).strip()
        return f"{self.seconds:.1f} s, highest peak {peak} dBFS on channel {loudest + 1}, " + (
            f"{self._lost} frames lost"
        )

    def _state(self) -> Text:
        text = Text(f"   {self.seconds:.1f} s", style="bright_black")
        if self._lost:
            text.append(f" · {self._lost} frames lost", "red")
        if (over := self._meter.highest.max()) >= 0:
            text.append(f" · clipped: {over:+.1f} dBFS, lower the gain", "red")
        return text
