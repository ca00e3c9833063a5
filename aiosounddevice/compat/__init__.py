"""python-sounddevice's API, for programs written for it: ``import aiosounddevice.compat as sd``.

Callbacks in Python run on PortAudio's thread, as they do there. `play`, `rec` and `playrec` run on
this package's C kernel, and lose nothing while Python is busy.

Importing loads no library; that happens at first use. Names with an underscore are those that
programs have come to lean on, and assigning one of them here takes effect.
"""

from __future__ import annotations

from typing import Any

from ..core._portaudio import ffi as _ffi
from ..core.defaults import InputOutputPair as _InputOutputPair
from ..core.defaults import default
from ..core.devices import DeviceList
from ..core.errors import PortAudioError
from ..core.flags import CallbackFlags
from ..core.settings import AsioSettings, CoreAudioSettings, WasapiSettings
from . import session as _session
from .base import _StreamBase
from .blocking import _InputStreamBase, _OutputStreamBase
from .callback import CallbackAbort, CallbackStop
from .callback import array as _array
from .callback import buffer as _buffer
from .callback import wrap_callback as _wrap_callback
from .context import _CallbackContext
from .devices import (
    check_input_settings,
    check_output_settings,
    get_portaudio_version,
    query_devices,
    query_hostapis,
    sleep,
)
from .devices import device_id as _get_device_id
from .installing import install
from .parameters import check_dtype as _check_dtype
from .parameters import check_mapping as _check_mapping
from .parameters import sampleformats as _sampleformats
from .parameters import select as _select_input_or_output
from .parameters import split_pair as _split
from .parameters import stream_parameters as _get_stream_parameters
from .session import check as _check
from .session import exit_handler as _exit_handler
from .session import ignore_stderr as _ignore_stderr
from .session import initialize as _initialize
from .session import string as _ffi_string
from .session import terminate as _terminate
from .streams import (
    InputStream,
    OutputStream,
    RawInputStream,
    RawOutputStream,
    RawStream,
    Stream,
)
from .takes import get_status, get_stream, play, playrec, rec, stop, wait

__version__ = "0.5.3"
"""The release of python-sounddevice whose API this is."""

_default_instance = default
_last_callback: Any = None

__all__ = [
    "AsioSettings",
    "CallbackAbort",
    "CallbackFlags",
    "CallbackStop",
    "CoreAudioSettings",
    "DeviceList",
    "InputStream",
    "OutputStream",
    "PortAudioError",
    "RawInputStream",
    "RawOutputStream",
    "RawStream",
    "Stream",
    "WasapiSettings",
    "check_input_settings",
    "check_output_settings",
    "default",
    "get_portaudio_version",
    "get_status",
    "get_stream",
    "install",
    "play",
    "playrec",
    "query_devices",
    "query_hostapis",
    "rec",
    "sleep",
    "stop",
    "wait",
]


def __getattr__(name: str) -> Any:
    """Load the library when its names are first asked for."""
    if name == "_lib":
        return _session.load().lib
    if name == "_libname":
        return _session.load().path
    if name == "_initialized":
        return _session.count
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
