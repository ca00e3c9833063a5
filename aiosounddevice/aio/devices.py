"""Awaitable questions about devices; the answers come from the control thread."""

from __future__ import annotations

from typing import Any

from ..core import control, devices, parameters
from ..core.library import abandon_current
from .loops import posted

LIMIT = 60.0


async def query_devices(device: int | str | None = None, kind: str | None = None) -> Any:
    """Return what is known of all devices, or of one.

    Parameters
    ----------
    device
        Number, or space-separated parts of the name in any case.
    kind
        ``"input"`` or ``"output"``: with a name, what the device must do; without one, the
        default device.

    Returns
    -------
    DeviceList or dict
        Dictionaries with the keys name, index, hostapi, max_input_channels,
        max_output_channels, default_low_input_latency, default_low_output_latency,
        default_high_input_latency, default_high_output_latency (seconds) and
        default_samplerate (frames per second). `print` shows the list with the defaults marked.

    Raises
    ------
    DeviceNotFound
        If no device fits, or several do.

    Notes
    -----
    The list is PortAudio's of its start. Cancelling stops the waiting.
    """
    return await _asked(devices.query_devices, device, kind)


async def query_hostapis(index: int | None = None) -> Any:
    """Return what is known of all host APIs, or of one.

    Returns
    -------
    tuple of dict, or dict
        With the keys name, devices, default_input_device and default_output_device.
    """
    return await _asked(devices.query_hostapis, index)


async def check_input_settings(
    device: int | str | None = None,
    channels: int | None = None,
    dtype: Any = None,
    extra_settings: Any = None,
    samplerate: float | None = None,
) -> None:
    """Raise `PortAudioError` unless the device records with these settings."""
    await _asked(
        parameters.check_settings, "input", device, channels, dtype, extra_settings, samplerate
    )


async def check_output_settings(
    device: int | str | None = None,
    channels: int | None = None,
    dtype: Any = None,
    extra_settings: Any = None,
    samplerate: float | None = None,
) -> None:
    """Raise `PortAudioError` unless the device plays with these settings."""
    await _asked(
        parameters.check_settings, "output", device, channels, dtype, extra_settings, samplerate
    )


async def _asked(function: Any, *args: Any) -> Any:
    return await posted(control.post(function, *args, limit=LIMIT, on_abandon=abandon_current))
