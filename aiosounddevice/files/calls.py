"""`play_file` and `record_file`: a file in one line."""

from __future__ import annotations

from typing import Any

from ..core.flags import CallbackFlags
from .beside import waiting_for
from .errors import Path
from .player import FilePlayer
from .recorder import FileRecorder, check_length


async def play_file(
    path: Path,
    *,
    start: float | None = None,
    stop: float | None = None,
    loop: bool = False,
    channels: Any = None,
    mapping: Any = None,
    samplerate: float | None = None,
    **stream: Any,
) -> CallbackFlags:
    """Play a sound file; returns when its last frame has been heard.

    The file is read in blocks by a thread of its own: any length takes the same few megabytes, and
    nothing of it happens on the event loop. For a position, pauses and jumps use `FilePlayer`.

    Parameters
    ----------
    path
        WAV, FLAC, Ogg (Vorbis, Opus), MP3, AIFF and what else libsndfile reads.
    start, stop
        Part of the file, in seconds, rounded to frames (`frame / samplerate` names one exactly);
        default: all of it. A `stop` behind the end is the end.
    loop
        Play the part again and again without a gap, until cancelled.
    channels
        How many of the file's channels, or a list of those, counted from 1; default: all.
    mapping
        Channel numbers of the device, from 1, for these; a single channel goes to all of them.
    samplerate
        The device's rate; default: the file's, or the device's own where it refuses that. soxr
        converts.
    **stream
        Further arguments of `OutputStream`: blocksize, device, latency, extra_settings, the
        flags, and `buffer`, the seconds that are read ahead (2).

    Returns
    -------
    CallbackFlags
        What the host reported while it played; `output_underflow` also where the disk was too
        slow. False when nothing went wrong.

    Raises
    ------
    FileError
        If the file cannot be read, or is damaged: in that case when the rest has been heard.
        Files without a length that can be relied on (Ogg, MP3) simply end.
    ValueError, TypeError
        If the arguments do not fit the file.
    PortAudioError, DeviceNotFound, LibraryNotFound
        If the device cannot be opened; `DeviceLost` if it goes away.
    MissingPackage
        Without soundfile (``pip install "aiosounddevice[files]"``), or without soxr where rates
        differ (``[resample]``).

    Notes
    -----
    Cancelling is silent from the next callback on, and leaves neither thread nor open file.
    """
    player = FilePlayer(
        path,
        start=start,
        stop=stop,
        loop=loop,
        channels=channels,
        mapping=mapping,
        samplerate=samplerate,
        **stream,
    )
    async with player:
        return await player.play()


async def record_file(
    path: Path,
    frames: int | None = None,
    samplerate: float | None = None,
    channels: Any = None,
    *,
    seconds: float | None = None,
    until: Any = None,
    mapping: Any = None,
    format: str | None = None,  # noqa: A002
    subtype: str | None = None,
    overwrite: bool = False,
    overflow: str = "warn",
    **stream: Any,
) -> int:
    """Record into a sound file; returns when it is complete.

    The file is written in blocks by a thread of its own. For a level meter, or to stop it from
    elsewhere, use `FileRecorder`.

    Parameters
    ----------
    path
        Its extension tells the format: .wav, .flac, .ogg (Vorbis), .opus, .mp3, .aiff, .rf64 and
        what else libsndfile writes. WAV and AIFF files end at 4 GB.
    frames, seconds
        Length, in frames of the file or in seconds; with `until` the most that is recorded.
        Without any of the three: until cancelled.
    samplerate
        Of the file; default: the device's. Where the device refuses it, soxr converts from the
        device's own.
    channels
        Number of channels, or a list of channel numbers from 1; default: all that the device has.
    until
        An event of any library (anything with an async `wait()`), or an async function: when it
        returns the recording ends; when it raises, so does this, with the file complete.
    mapping
        Channel numbers from 1, as in `rec`; instead of `channels`.
    format, subtype
        libsndfile's names, where the extension does not tell: ``"WAV"``, ``"PCM_24"``,
        ``"FLOAT"``. The default subtype is 16 bit where there is a choice.
    overwrite
        Replace a file that is there.
    overflow
        When input was lost: ``"warn"`` (`XrunWarning`), ``"raise"`` (`InputOverflow`) or
        ``"ignore"``, at the end. Silence stands for frames that are known to be lost.
    **stream
        Further arguments of `InputStream`: blocksize, device, latency, extra_settings, the flags,
        and `buffer`, the seconds that may wait for the disk (5).

    Returns
    -------
    int
        Frames in the file.

    Raises
    ------
    FileError
        If the file is there already or cannot be made; when the disk is full.
    ValueError, TypeError
        For arguments that cannot be, and formats that libsndfile does not write.
    PortAudioError, DeviceNotFound, LibraryNotFound
        If the device cannot be opened; `DeviceLost` if it goes away.
    MissingPackage
        Without soundfile (``pip install "aiosounddevice[files]"``), or without soxr where rates
        differ (``[resample]``).

    Notes
    -----
    Whatever ends it, what was captured until then is in the file: after an error and after a
    cancellation, which waits for the disk, but 5 seconds at most. If the program is killed, the
    file can be read as it is, up to the last half second (WAV, AIFF, RF64, W64, CAF, FLAC at
    usual rates, Opus, MP3). Vorbis keeps what fills pages of 4 kB: about a second less with sound,
    up to six less of digital silence. See `aiosounddevice.files.keeping`.
    """
    check_length(frames, seconds)
    if until is not None:
        waiting_for(until)
    recorder = FileRecorder(
        path,
        samplerate=samplerate,
        channels=channels,
        mapping=mapping,
        format=format,
        subtype=subtype,
        overwrite=overwrite,
        overflow=overflow,
        **stream,
    )
    recorder._stacklevel += 1
    async with recorder:
        return await recorder.record(frames, seconds=seconds, until=until)
