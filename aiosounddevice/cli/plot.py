"""The command ``plot``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer

from ..aio.takes import rec
from ..dsp.overview import Overview
from . import card, options
from .console import say, stdout
from .errors import Failure, need, usage
from .running import run
from .source import Source

COLUMNS = 1200


class Sound(NamedTuple):
    """What is drawn."""

    title: str
    frames: int
    samplerate: float
    channels: int
    read: Callable[[int, int], Any]
    """Is given the first frame and the one after the last."""


def command(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE_OR_DEVICE]",
            help="A sound file, or a device's number or part of its name; default: the default "
            "input device.",
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="PICTURE", help="Its ending says which format."),
    ] = "plot.png",
    device: options.Device = None,
    channels: options.Channels = None,
    samplerate: options.Samplerate = None,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", "-s", metavar="S", help="How many; 5 of a device by default."),
    ] = None,
    virtual: options.Virtual = False,
    virtual_delay: options.VirtualDelay = 0,
) -> int:
    """Draw a sound file, or some seconds of an input device, into a picture.

    The picture shows waveform and spectrogram; hours of sound take no more memory than seconds.
    Needs matplotlib, and for files soundfile: pip install "aiosounddevice\\[plot]".
    """
    limit = options.seconds(seconds)
    need("matplotlib", "plot")
    _check_output(output)
    if device is not None and source is not None:
        raise usage("give a file or a device, not both")
    if source is not None and (os.path.exists(source) or _is_path(source)):
        return draw(_file(source, limit), output)
    card.choose(virtual, delay=virtual_delay, listen=source is None and device is None)
    asked = Source.asked(device if source is None else source, channels, samplerate)
    return run(_device, asked, limit or 5.0, output)


def _is_path(text: str) -> bool:
    """Whether something that is not there was meant as a file."""
    return os.sep in text or 1 < len(os.path.splitext(text)[1]) <= 5


def _check_output(path: str) -> None:
    """Refuse what cannot be written before anything is recorded or read."""
    from matplotlib.backend_bases import FigureCanvasBase

    formats = FigureCanvasBase.get_supported_filetypes()
    ending = os.path.splitext(path)[1].lstrip(".").lower()
    if ending not in formats:
        raise usage(f"{path}: no picture ends like that; use one of {', '.join(sorted(formats))}")
    if os.path.isdir(path):
        raise Failure(f"{path} is a directory: name a file in it")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise Failure(f"{folder}: there is no such directory")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise Failure(f"{path}: cannot be written here: permission denied")


def _file(path: str, seconds: float | None) -> Sound:
    if os.path.isdir(path):
        raise Failure(f"{path} is a directory, not a sound file")
    if not os.path.exists(path):
        raise Failure(f"{path}: no such file; 'aiosounddevice devices' lists the devices")
    soundfile = need("soundfile", "plot")
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        text = error.error_string.rstrip(".")
        raise Failure(f"{path} cannot be read as a sound file: {text}") from None
    frames = file.frames if seconds is None else min(file.frames, round(seconds * file.samplerate))
    if frames < 1:
        raise Failure(f"{path}: there is no sound in it")

    def read(start: int, stop: int) -> Any:
        file.seek(start)
        return file.read(stop - start, dtype="float32", always_2d=True)

    return Sound(os.path.basename(path), frames, file.samplerate, file.channels, read)


async def _device(asked: Source, seconds: float, output: str) -> int:
    async with asked.listen() as (stream, title):  # to see what it is
        rate, channels = stream.samplerate, stream.channels
    say(stdout(), f"recording   {seconds:g} s from {title}")
    take = await rec(round(seconds * rate), rate, channels, "float32", device=asked.device)
    name = title.split(" · ")[0]
    return draw(
        Sound(name, len(take), rate, channels, lambda start, stop: take[start:stop]), output
    )


def draw(sound: Sound, path: str) -> int:
    """Draw a sound into a picture and say so; returns the exit code."""
    from .picture import picture

    overview = Overview(sound.frames, sound.samplerate, sound.channels, COLUMNS)
    overview.draw(sound.read)
    seconds = sound.frames / sound.samplerate
    channels = f"{sound.channels} channel{'' if sound.channels == 1 else 's'}"
    about = f"{seconds:.2f} s, {channels}, {sound.samplerate:g} Hz"
    picture(overview, f"{sound.title} · {about}").savefig(path)
    peak = 20 * np.log10(max(1e-6, float(np.abs([overview.least, overview.largest]).max())))
    say(stdout(), f"written     {path}: {about}, peak {peak:.1f} dBFS")
    return 0
