"""The command ``rec``."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from ..aio.devices import query_devices
from ..core.errors import AudioError
from ..files.recorder import FileRecorder
from . import card, options, times
from .console import is_live, say, stdout
from .errors import Failure, usage
from .live import Display, with_keys
from .recording import RecView, Silence
from .running import run
from .source import MOST


def command(
    file: Annotated[str, typer.Argument(help="What to make: .wav, .flac, .ogg, .opus, .mp3, ...")],
    device: options.Device = None,
    duration: Annotated[
        str | None,
        typer.Option("--duration", "-t", metavar="TIME", help="End after that: seconds, or 1:30."),
    ] = None,
    until_silence: Annotated[
        float | None,
        typer.Option(metavar="S", help="End after so many seconds of silence, once it was loud."),
    ] = None,
    threshold: Annotated[
        float, typer.Option(metavar="DB", max=0, help="dBFS below which it is silent.")
    ] = -50.0,
    channels: options.Channels = None,
    samplerate: options.Samplerate = None,
    subtype: Annotated[
        str | None,
        typer.Option(help="How samples are stored: PCM_16, PCM_24, FLOAT, ...; see libsndfile."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace a file.")] = False,
    latency: options.Latency = None,
    virtual: options.Virtual = False,
) -> int:
    """Record into a sound file, with a live meter.

    q or Ctrl+C ends it. What has been recorded is in the file whatever happens: a full disk, a
    device that vanishes, a program that is killed.
    """
    seconds = times.parse(duration, "--duration")
    if seconds is not None and seconds <= 0:
        raise usage("--duration must be longer than 0")
    options.seconds(until_silence, "--until-silence")
    if not math.isfinite(threshold):
        raise usage("--threshold must be a number of dB")
    asked = {
        "device": options.device(device),
        "samplerate": samplerate,
        "subtype": subtype,
        "overwrite": force,
        "latency": options.latency(latency),
    }
    silence = None if until_silence is None else Silence(until_silence, threshold)
    card.choose(virtual, listen=device is None)
    return run(_rec, file, asked, channels, seconds, silence, endless=True)


async def _rec(
    path: str,
    asked: dict[str, Any],
    channels: int | None,
    seconds: float | None,
    silence: Silence | None,
) -> None:
    console = stdout()
    info = await query_devices(asked["device"], "input")
    if channels is None:
        channels = min(MOST, info["max_input_channels"])
    # Losses are shown while they happen; a warning at the end would say the same again.
    recorder = FileRecorder(path, channels=channels, overflow="ignore", **asked)
    view: RecView | None = None
    try:
        async with recorder:
            view = RecView(path, info["name"], recorder, seconds, silence)
            if not is_live(console):
                say(console, view.title())
            with Display(console, view) as display:
                await with_keys(lambda: _record(recorder, view, display, seconds))
    except FileExistsError as error:
        raise Failure(f"{path} exists already: choose another name, or --force") from error
    except ValueError as error:
        if isinstance(error, AudioError):
            raise
        raise usage(str(error)) from error
    finally:
        if view is not None and recorder.frames:
            say(console, view.summary())


async def _record(
    recorder: FileRecorder, view: RecView, display: Display, seconds: float | None
) -> None:
    async def watch() -> None:
        """End the recording when it has been silent for long enough."""
        while not view.feed(await recorder.next_level()):
            display.update(recorder.position)

    await recorder.record(seconds=seconds, until=watch)
