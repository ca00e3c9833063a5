"""Opening a device for a file, at another rate where it refuses the file's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..aio.devices import query_devices
from ..core.errors import PortAudioError

StreamT = TypeVar("StreamT", bound=Any)

# WASAPI says "invalid device" for a rate that it does not like.
_RATE_REFUSED = (-9997, -9996)


async def open_at(
    make: Callable[[float], StreamT], samplerate: float, kind: str, device: Any
) -> StreamT:
    """Start a stream at this rate, or at the device's own one if it refuses this one.

    Parameters
    ----------
    make
        Makes the stream for a rate.
    samplerate
        The file's.
    kind
        ``"input"`` or ``"output"``.
    device
        As given to the stream.

    Raises
    ------
    PortAudioError, DeviceNotFound, LibraryNotFound
        If it cannot be opened: why it refused the file's rate, if it refuses both.
    """
    stream = make(samplerate)
    try:
        await stream.start()
    except PortAudioError as refused:
        if refused.code not in _RATE_REFUSED:
            raise
        own = await default_rate(kind, device if refused.device is None else refused.device)
        if own == samplerate:
            raise
        stream = make(own)
        try:
            await stream.start()
        except PortAudioError:
            raise refused from None
    return stream


async def default_rate(kind: str, device: Any) -> float:
    """Return a device's own rate."""
    info: Any = await query_devices(device, kind)
    return float(info["default_samplerate"])
