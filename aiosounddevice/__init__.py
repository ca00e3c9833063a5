"""Audio input and output for asyncio and trio.

No Python runs on the audio thread, and no audio call on the event loop: a C callback and
lock-free queues stand between the two. The names are imported at first use, PortAudio is loaded
at first use; importing this package does neither.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0.dev0"

if TYPE_CHECKING:
    from . import virtual as virtual
    from .aio.blocks import Blocks as Blocks
    from .aio.blocks import blocks as blocks
    from .aio.devices import check_input_settings as check_input_settings
    from .aio.devices import check_output_settings as check_output_settings
    from .aio.devices import query_devices as query_devices
    from .aio.devices import query_hostapis as query_hostapis
    from .aio.duplex import Stream as Stream
    from .aio.errors import StreamBusy as StreamBusy
    from .aio.errors import StreamClosed as StreamClosed
    from .aio.errors import WrongLoop as WrongLoop
    from .aio.input import InputStream as InputStream
    from .aio.latency import RoundTrip as RoundTrip
    from .aio.latency import measure_latency as measure_latency
    from .aio.output import OutputStream as OutputStream
    from .aio.raw import RawInputStream as RawInputStream
    from .aio.raw import RawOutputStream as RawOutputStream
    from .aio.raw import RawStream as RawStream
    from .aio.recording import Take as Take
    from .aio.recording import recording as recording
    from .aio.takes import play as play
    from .aio.takes import playrec as playrec
    from .aio.takes import rec as rec
    from .aio.until import Until as Until
    from .core.defaults import default as default
    from .core.devices import DeviceList as DeviceList
    from .core.errors import AudioError as AudioError
    from .core.errors import CallTimeout as CallTimeout
    from .core.errors import DeviceBusy as DeviceBusy
    from .core.errors import DeviceLost as DeviceLost
    from .core.errors import DeviceNotFound as DeviceNotFound
    from .core.errors import FormatNotSupported as FormatNotSupported
    from .core.errors import InputOverflow as InputOverflow
    from .core.errors import LibraryNotFound as LibraryNotFound
    from .core.errors import PortAudioError as PortAudioError
    from .core.errors import XrunWarning as XrunWarning
    from .core.flags import CallbackFlags as CallbackFlags
    from .core.handle import BlockInfo as BlockInfo
    from .core.handle import StreamStatistics as StreamStatistics
    from .core.settings import AsioSettings as AsioSettings
    from .core.settings import CoreAudioSettings as CoreAudioSettings
    from .core.settings import WasapiSettings as WasapiSettings
    from .files.calls import play_file as play_file
    from .files.calls import record_file as record_file
    from .files.errors import FileError as FileError
    from .files.errors import MissingPackage as MissingPackage
    from .files.player import FilePlayer as FilePlayer
    from .files.reading import FileInfo as FileInfo
    from .files.recorder import FileRecorder as FileRecorder

_HOMES = {
    "aio.blocks": ("Blocks", "blocks"),
    "aio.devices": (
        "check_input_settings",
        "check_output_settings",
        "query_devices",
        "query_hostapis",
    ),
    "aio.duplex": ("Stream",),
    "aio.errors": ("StreamBusy", "StreamClosed", "WrongLoop"),
    "aio.input": ("InputStream",),
    "aio.latency": ("RoundTrip", "measure_latency"),
    "aio.output": ("OutputStream",),
    "aio.raw": ("RawInputStream", "RawOutputStream", "RawStream"),
    "aio.recording": ("Take", "recording"),
    "aio.takes": ("play", "playrec", "rec"),
    "aio.until": ("Until",),
    "core.defaults": ("default",),
    "core.devices": ("DeviceList",),
    "core.errors": (
        "AudioError",
        "CallTimeout",
        "DeviceBusy",
        "DeviceLost",
        "DeviceNotFound",
        "FormatNotSupported",
        "InputOverflow",
        "LibraryNotFound",
        "PortAudioError",
        "XrunWarning",
    ),
    "core.flags": ("CallbackFlags",),
    "core.handle": ("BlockInfo", "StreamStatistics"),
    "core.settings": ("AsioSettings", "CoreAudioSettings", "WasapiSettings"),
    "files.calls": ("play_file", "record_file"),
    "files.errors": ("FileError", "MissingPackage"),
    "files.player": ("FilePlayer",),
    "files.reading": ("FileInfo",),
    "files.recorder": ("FileRecorder",),
}
_SYNC = "; the functions of python-sounddevice are in aiosounddevice.compat"
_AWAIT = ": here play(), rec() and playrec() are awaited and hold their own stream"
_CALLBACK = ": here no Python runs on the audio thread, so there are no callbacks to end"
_ELSEWHERE = {
    "wait": f"{_AWAIT}{_SYNC}",
    "stop": f"{_AWAIT}; cancel the task that awaits to stop them{_SYNC}",
    "get_status": f"{_AWAIT}; play() returns what went wrong{_SYNC}",
    "get_stream": f"{_AWAIT}{_SYNC}",
    "sleep": f": use asyncio.sleep() or trio.sleep(){_SYNC}",
    "CallbackStop": f"{_CALLBACK}: leave the loop{_SYNC}",
    "CallbackAbort": f"{_CALLBACK}: leave the loop, or abort(){_SYNC}",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["virtual", *_HOME_OF]


def __getattr__(name: str) -> object:
    if name == "virtual":
        return importlib.import_module(".virtual", __name__)
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}" + _ELSEWHERE.get(name, "")
        )
    value = getattr(importlib.import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
