"""The command ``wire``."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Group, RenderableType
from rich.text import Text

from ..aio.devices import query_devices
from ..aio.duplex import Stream
from ..dsp.levels import Meter
from . import bars, card, options
from .console import is_live, say, stdout
from .live import Display, head, with_keys
from .running import run


def command(
    device: options.Device = None,
    input_device: options.InputDevice = None,
    output_device: options.OutputDevice = None,
    channels: options.Channels = None,
    samplerate: options.Samplerate = None,
    blocksize: Annotated[
        int, typer.Option("--blocksize", "-b", min=1, help="Frames of a block.")
    ] = 256,
    prefill: Annotated[
        int, typer.Option("--prefill", min=1, help="Blocks between input and output.")
    ] = 2,
    latency: options.Latency = "low",
    seconds: options.Seconds = None,
    virtual: options.Virtual = False,
    virtual_delay: options.VirtualDelay = 0,
) -> int:
    """Play what comes in; show the delay, how much of it was needed, and xruns.

    The delay is what the host reports for input and output and, counted in frames, what lies
    between them here; 'spare' is by how much the latest block was early at worst: with little
    left, a larger --prefill helps, and with much a smaller one will do. m mutes, q or Ctrl+C ends
    it. Mind the feedback between speaker and microphone.
    """
    asked = {
        "device": options.devices(device, input_device, output_device),
        "samplerate": samplerate,
        "blocksize": blocksize,
        "prefill": prefill,
        "latency": options.latency(latency),
    }
    limit = options.seconds(seconds)
    card.choose(virtual, delay=virtual_delay, listen=device is None and input_device is None)
    return run(_wire, asked, channels, limit, endless=True)


async def _wire(asked: dict[str, Any], channels: int | None, seconds: float | None) -> None:
    console = stdout()
    given, taken = asked["device"]
    infos = [await query_devices(given, "input"), await query_devices(taken, "output")]
    most = [min(2, infos[0]["max_input_channels"]), min(2, infos[1]["max_output_channels"])]
    stream = Stream(channels=tuple(most if channels is None else [channels] * 2), **asked)
    async with stream:
        title = f"{infos[0]['name']} → {infos[1]['name']} · {stream.samplerate:g} Hz"
        view = Wire(stream, title)
        if not is_live(console):
            say(console, title)

        async def follow() -> None:
            with Display(console, view) as display:
                async for indata, outdata in stream:
                    view.through(indata, outdata)
                    display.update(view.seconds)
                    if seconds is not None and view.seconds >= seconds:
                        break

        try:
            await with_keys(follow, view.key)
            await stream.abort()  # now, instead of when all that was written has been heard
        finally:
            say(console, view.summary())


class Wire:
    """What goes from a stream's input to its output.

    Attributes
    ----------
    seconds : float
        Of the sound, so far.
    """

    def __init__(self, stream: Stream, title: str) -> None:
        self._stream, self._title = stream, title
        self._meter = Meter(stream.channels[0], stream.samplerate)
        self._muted = False
        self._spare = stream.delay
        self.seconds = 0.0

    def key(self, key: str) -> None:
        """Mute, or no longer."""
        if key == "m":
            self._muted = not self._muted

    def through(self, indata: np.ndarray, outdata: np.ndarray) -> None:
        """Take a pair of blocks."""
        stream = self._stream
        if not self._muted:
            if indata.shape == outdata.shape:
                outdata[:] = indata
            else:  # one channel is heard on all, several become one
                outdata[:] = indata.mean(axis=1, keepdims=True)
        self._meter.feed(indata)
        frame = stream.info.frame
        self.seconds = (frame + len(indata)) / stream.samplerate
        # The device has done so many frames: it asks for this block's place that much later.
        self._spare = min(self._spare, frame + stream.delay - stream.statistics().frames)

    def _milliseconds(self, frames: float) -> str:
        return f"{1000 * frames / self._stream.samplerate:.1f} ms"

    def _delay(self) -> str:
        stream = self._stream
        given, taken = (round(1000 * part, 1) for part in stream.latency)
        here = 1000 * stream.delay / stream.samplerate
        return (
            f"{given + here + taken:.1f} ms = {given:.1f} input + {here:.1f} here "
            f"({stream.delay} frames) + {taken:.1f} output"
        )

    def _xruns(self) -> tuple[str, bool]:
        counted = self._stream.statistics()
        lost = counted.input_lost
        late = counted.output_late + counted.output_inserted
        host = counted.input_overflows + counted.output_underflows
        text = f"{lost} frames lost, {late} too late, {host} xruns of the host"
        return text, bool(lost or late or host)

    def picture(self, width: int, height: int) -> RenderableType:
        """Draw levels, delay and xruns."""
        keys = "m mutes, q quits"
        lines = [head(self._title, width, keys)]
        room = max(4, width - 3 - 8)
        for number, (level, held) in enumerate(
            zip(self._meter.level, self._meter.held, strict=True), 1
        ):
            line = Text(f"{number:2} ").append_text(bars.bar(level, room, held))
            lines.append(line.append(f" {bars.decibels(held)}"))
        lines.append(Text("   ").append_text(bars.scale(room)).append(" dBFS", "bright_black"))
        xruns, bad = self._xruns()
        muted = ("  muted", "bold yellow") if self._muted else ""
        for name, text, style in (
            ("delay", self._delay(), ""),
            ("spare", f"{self._milliseconds(self._spare)} at worst", ""),
            ("xruns", xruns, "red" if bad else "green"),
            ("time", f"{self.seconds:.1f} s", ""),
        ):
            lines.append(Text.assemble((f"   {name:<6}", "bright_black"), (text, style)))
        lines[-1].append_text(Text.assemble(muted))
        for line in lines:
            line.no_wrap = True
            line.truncate(width)
        return Group(*lines[: max(1, height - 1)])

    def line(self) -> str:
        """Say level, spare time and xruns."""
        levels = " ".join(bars.decibels(held) for held in self._meter.held)
        spare = self._milliseconds(self._spare)
        return f"{self.seconds:7.2f} s  peak {levels} dBFS  spare {spare}  {self._xruns()[0]}"

    def summary(self) -> str:
        """Say how it went."""
        spare = self._milliseconds(self._spare)
        return f"{self.seconds:.1f} s, delay {self._delay()}, spare {spare}\n{self._xruns()[0]}"
