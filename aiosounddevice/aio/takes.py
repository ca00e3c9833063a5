"""Awaitable `play`, `rec` and `playrec`."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from ..core import wakeup
from ..core.errors import AudioError, InputOverflow, XrunWarning
from ..core.flags import CallbackFlags
from ..core.life import CLOSE_WAIT
from ..core.takes import Playback, Recording, Take, check_overflow
from ..core.tape import Tape
from .base import AsyncCore
from .loops import current, posted
from .until import Until, Watch
from .waiting import Waiters

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike

_LARGE = 2**24
"""Bytes that are not copied on the event loop: they take milliseconds."""


async def play(
    data: ArrayLike,
    samplerate: float | None = None,
    mapping: Any = None,
    loop: bool = False,
    **stream: Any,
) -> CallbackFlags:
    """Play an array; returns when its last frame has been heard.

    The callback reads from the array's own memory: no queue, no copy (except to convert float64
    to float32, or a layout that is not C-contiguous), and no Python until the end. Do not change
    the array meanwhile, unless you want to hear it.

    Parameters
    ----------
    data
        Shape (frames, channels), or (frames,) for one channel; float64, float32, int32, int16,
        int8 or uint8.
    samplerate
        Frames per second; default: the device's own.
    mapping
        Channel numbers from 1 for the columns; a single column goes to all of them.
    loop
        Play it again and again, until cancelled.
    **stream
        Further arguments of `OutputStream`: blocksize, device, latency, extra_settings, and the
        flags.

    Returns
    -------
    CallbackFlags
        What the host reported while it played; false when nothing went wrong.

    Raises
    ------
    TypeError, ValueError
        For data that cannot be played; nothing was opened.
    PortAudioError, DeviceNotFound, LibraryNotFound
        If the device cannot be opened; `DeviceLost` if it goes away.

    Notes
    -----
    Cancelling is silent from the next callback on.
    """
    take = Take(
        Playback(data, mapping, loop=loop), None, AsyncCore, samplerate=samplerate, **stream
    )
    return await _run(take)


async def rec(
    frames: int | None = None,
    samplerate: float | None = None,
    channels: Any = None,
    dtype: Any = None,
    out: numpy.ndarray | None = None,
    mapping: Any = None,
    *,
    until: Until | None = None,
    overflow: str = "warn",
    **stream: Any,
) -> numpy.ndarray:
    """Record into an array; returns when it is full, or when something has happened.

    The callback writes into the array's own memory, and no Python runs until the end.

    Parameters
    ----------
    frames
        Length; not needed with `out`. With `until` the most that is recorded, by default as much
        as there is memory for.
    samplerate
        Frames per second; default: the device's own.
    channels
        Number of channels, or a list of channel numbers from 1. Not needed with `out` or
        `mapping`. Default: all that the device has.
    dtype
        float64 (converted from float32), float32 (default), int32, int16, int8 or uint8.
    out
        Array to record into, C-contiguous and writable.
    mapping
        Channel numbers from 1.
    until
        An event of any library (anything with an async `wait()`), or an async function, which is
        called when the device runs and cancelled when the recording is full. When it returns the
        recording ends; when it raises, so does `rec`.
    overflow
        When the device lost input: ``"warn"`` (`XrunWarning`), ``"raise"`` (`InputOverflow`) or
        ``"ignore"``.
    **stream
        Further arguments of `InputStream`: blocksize, device, latency, extra_settings, and the
        flags.

    Returns
    -------
    numpy.ndarray
        Shape (frames, channels); `out` if it was given, with `until` a view of the part of `out`
        that was filled.

    Raises
    ------
    As `play`; `InputOverflow` with ``overflow="raise"``; what `until` raises, not in a group.

    Notes
    -----
    When a cancelled `rec` has returned, nothing is written into `out` any more.

    The result of `until` ends with the last block that the host had delivered when `until`
    returned, so what came to the microphone in the last `latency` seconds, and the block that was
    under way, are not in it. Without `out` the memory used grows with the recording: it is handed
    to the callback in chunks of a second, two ahead, by a thread that does not need the event
    loop. On the virtual card an automatic clock moves on for a `rec` that has a length, and does
    not for one that has none: it has only `until` to wait for.

    Frames that the device lost are missing: what follows is that much earlier in the array.
    PortAudio tells that it happened, not where nor how many, and the host's times jitter by more
    than a block, so silence in their place would be a guess.
    """
    recording: Recording | Tape
    if until is None or out is not None:
        recording = Recording(frames, channels, dtype, out, mapping)
    else:
        recording = Tape(frames, channels, dtype, mapping)
    check_overflow(overflow)
    take = Take(None, recording, AsyncCore, samplerate=samplerate, **stream)
    await _run(take, None if until is None else Watch(until, take))
    _tell(take, overflow)
    return await _result(recording)


async def playrec(
    data: ArrayLike,
    samplerate: float | None = None,
    channels: Any = None,
    dtype: Any = None,
    out: numpy.ndarray | None = None,
    input_mapping: Any = None,
    output_mapping: Any = None,
    *,
    overflow: str = "warn",
    **stream: Any,
) -> numpy.ndarray:
    """Play an array and record as many frames at the same time, both from frame 0 on.

    Parameters
    ----------
    data, samplerate, output_mapping
        As `data`, `samplerate` and `mapping` of `play`.
    channels, dtype, out, input_mapping, overflow
        As for `rec`; `dtype` is by default that of `data`.
    **stream
        Further arguments of `Stream`: blocksize, device, latency, extra_settings, and the flags.

    Returns
    -------
    numpy.ndarray
        Shape (frames of `data`, channels); `out` if it was given.

    Raises
    ------
    As `rec`.
    """
    playback = Playback(data, output_mapping)
    frames = len(playback.array)
    dtype = _dtype_of(data) if dtype is None else dtype
    recording = Recording(frames, channels, dtype, out, input_mapping)
    if recording.frames != frames:
        raise ValueError(
            f"out has {recording.frames} frames, the data {frames}: they must be the same"
        )
    check_overflow(overflow)
    take = Take(playback, recording, AsyncCore, samplerate=samplerate, **stream)
    await _run(take)
    _tell(take, overflow)
    return recording.result()


def _dtype_of(data: ArrayLike) -> Any:
    import numpy

    return numpy.asarray(data).dtype


def _tell(take: Take, overflow: str) -> None:
    text = take.overflow_text()
    if text is None or overflow == "ignore":
        return
    if overflow == "raise":
        raise InputOverflow(text)
    warnings.warn(text, XrunWarning, stacklevel=3)


async def _result(recording: Recording | Tape) -> numpy.ndarray:
    if isinstance(recording, Recording):
        return recording.result()
    if recording.frames * recording.frame_bytes < _LARGE:
        data = recording.result()
    else:
        data = await anyio.to_thread.run_sync(recording.result)
    recording.forget()
    return data


async def _run(take: Take, watch: Watch | None = None) -> CallbackFlags:
    core, loop = take.core, current()
    try:
        await posted(core.start())
        waiters = Waiters(core.kernel, loop)
        try:
            await (_until_heard(take, waiters) if watch is None else watch.run(waiters))
        finally:
            waiters.close()
        if watch is None:
            await posted(core.finish())
        return take.flags
    finally:
        # Before anything can suspend us again: silent, and no more access to the arrays.
        take.cancel()
        if not core.closed:
            reply = core.close()
            with anyio.move_on_after(CLOSE_WAIT, shield=True), contextlib.suppress(AudioError):
                await posted(reply)


async def _until_heard(take: Take, waiters: Waiters) -> None:
    core = take.core
    while core.frame < take.heard_at and not core.ended:
        await waiters.until(wakeup.FRAME, take.heard_at)
    core.raise_if_lost()
