"""The round trip from output to input, measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import anyio.to_thread

from ..core.checks import check_buffer, check_frames
from ..core.defaults import split
from ..core.errors import AudioError
from .devices import query_devices
from .takes import playrec

if TYPE_CHECKING:
    import numpy

    from ..dsp.chirps import Heard

CHIRP = 0.25
"""Seconds that the chirp lasts."""
_GUARD = 100  # frames


class RoundTrip(NamedTuple):
    """What `measure_latency` has found."""

    frames: int
    """From the frame of the stream at which a sound is played to that at which it is recorded."""
    seconds: float
    """The same, at the sample rate."""
    samplerate: float
    """Frames per second."""
    similarity: float
    """From 0 to 1: how much of what was recorded is the sound; low in noise and echoes."""
    gain: float
    """How loud it came back: 1 is as loud as it was played; negative: upside down."""


async def measure_latency(
    device: Any = None,
    samplerate: float | None = None,
    channels: Any = None,
    *,
    longest: float = 1.0,
    volume: float = 0.5,
    **stream: Any,
) -> RoundTrip:
    """Measure how many frames after it was played a sound is recorded.

    Plays a chirp and finds it in what was recorded meanwhile, by correlation. The input must hear
    the output: through the air, or by a cable, which is more exact. To bring a `playrec` take in
    line with what was played, leave out its first `frames` frames.

    Parameters
    ----------
    device, channels
        As for `playrec`; may be pairs (input, output). Channels are by default all, up to 2.
    samplerate
        Frames per second; default: the output device's own.
    longest
        Seconds of round trip up to which the chirp is looked for.
    volume
        Amplitude of the chirp, up to 1.
    **stream
        As for `playrec`: blocksize, latency, extra_settings, and the flags.

    Returns
    -------
    RoundTrip

    Raises
    ------
    AudioError
        If the chirp is not in the recording.
    InputOverflow
        If the device lost input, so that frames could not be counted.
    PortAudioError, DeviceNotFound, LibraryNotFound
        As `playrec`.

    Notes
    -----
    The time of the round trip is that of the stream with these settings; a stream with another
    `blocksize` or `latency`, and on some hosts the next stream with the same, has another one.
    Takes `longest` and a quarter of a second more. Cancelling is silent from the next callback on.
    """
    check_buffer(longest, "longest")
    if not 0 < volume <= 1:
        raise ValueError(f"volume must be positive and 1 at most, not {volume!r}")
    pair = split(device)
    infos = [await query_devices(pair[0], "input"), await query_devices(pair[1], "output")]
    given, taken = _channels(channels, infos)
    rate = float(samplerate or infos[1]["default_samplerate"])
    sound, data = _signal(rate, taken, longest, volume)
    take = await playrec(data, rate, given, device=pair, overflow="raise", **stream)
    best = await anyio.to_thread.run_sync(_best, sound, take)
    if best is None or best.frame > round(longest * rate):
        raise _not_heard(_loudest(take), longest)
    return RoundTrip(best.frame, best.frame / rate, rate, best.similarity, best.gain)


def _channels(asked: Any, infos: list[dict[str, Any]]) -> tuple[int, int]:
    most = (infos[0]["max_input_channels"], infos[1]["max_output_channels"])
    given, taken = (
        min(2, there) if count is None else check_frames(count, "channels")
        for count, there in zip(split(asked), most, strict=True)
    )
    return given, taken


def _signal(
    rate: float, channels: int, longest: float, volume: float
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return the chirp, and what is played: the chirp on all channels, and silence after it.

    A little more of it than asked for: a chirp whose end is missing is similar to whole ones that
    begin a few frames earlier.
    """
    import numpy

    from ..dsp import chirps

    sound = volume * chirps.chirp(round(CHIRP * rate), rate)
    data = numpy.zeros((len(sound) + round(longest * rate) + _GUARD, channels), numpy.float32)
    data[: len(sound)] = sound[:, None]
    return sound, data


def _best(sound: numpy.ndarray, take: numpy.ndarray) -> Heard | None:
    from ..dsp import chirps

    heard = [found for column in take.T if (found := chirps.find(sound, column)) is not None]
    return max(heard, key=lambda found: found.similarity, default=None)


def _not_heard(loudest: float, longest: float) -> AudioError:
    advice = "connect them, bring them together, or play louder"
    if loudest > -30:
        advice = "other sounds are louder, or xruns tear it: a larger latency or blocksize helps"
    return AudioError(
        "the chirp was not heard: the input does not hear the output",
        explanation=f"the loudest that was recorded is {loudest:.0f} dBFS: {advice}; "
        f"or the round trip is longer than {longest:g} s",
    )


def _loudest(take: numpy.ndarray) -> float:
    from ..dsp import levels

    return float(levels.decibels(levels.peaks(take)).max())
