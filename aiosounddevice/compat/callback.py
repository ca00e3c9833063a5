"""Python callables as PortAudio callbacks.

They run on PortAudio's thread, with the GIL, because that is what python-sounddevice's API
promises. An exception must not leave a C callback; and while the interpreter shuts down nothing
that a traceback needs may be there any more.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core import control
from ..core._portaudio import ffi
from ..core.flags import CallbackFlags
from . import hooks

if TYPE_CHECKING:
    import numpy

_CONTINUE, _COMPLETE, _ABORT = 0, 1, 2  # PaStreamCallbackResult

_inside = control.InCallback()


class CallbackStop(Exception):  # noqa: N818
    """Raised by a stream's callback: no further call, and what is queued is played out."""


class CallbackAbort(Exception):  # noqa: N818
    """Raised by a stream's callback: no further call, and what is queued is thrown away."""


def wrap_callback(callback: Callable[..., object], *args: Any) -> int:
    """Call a callback and return a `PaStreamCallbackResult`; what `_wrap_callback` does."""
    try:
        callback(*args)
    except CallbackStop:
        return _COMPLETE
    except CallbackAbort:
        return _ABORT
    return _CONTINUE


def buffer(ptr: Any, frames: int, channels: int, samplesize: int) -> Any:
    """Return a callback's memory as a buffer object; what `_buffer` does."""
    return ffi.buffer(ptr, frames * channels * samplesize)


def array(buffer: Any, channels: int, dtype: str) -> numpy.ndarray:
    """Return a buffer as an array of shape (frames, channels); what `_array` does."""
    import numpy

    return numpy.frombuffer(buffer, dtype=dtype).reshape(-1, channels)


Side = tuple[int, str, int]
"""Channels, dtype and sample size of one direction."""


def closure(
    callback: Callable[..., object], given: Side | None, taken: Side | None, wrap: str
) -> Any:
    """Return a `PaStreamCallback *` that calls a Python callable.

    Parameters
    ----------
    callback : callable
        Called with (indata,) (outdata,) frames, time, status.
    given, taken : Side or None
        Input and output.
    wrap : {'array', 'buffer'}
        What the data is given as.
    """
    view = _as_array if wrap == "array" else _as_buffer

    def run(indata: Any, outdata: Any, frames: int, time: Any, status: int, userdata: Any) -> int:
        with _inside:
            try:
                args: list[Any] = []
                if given is not None:
                    args.append(view(indata, frames, given))
                if taken is not None:
                    args.append(view(outdata, frames, taken))
                wrapped = hooks.assigned("_wrap_callback") or wrap_callback
                return int(wrapped(callback, *args, frames, time, CallbackFlags(status)))
            except BaseException:
                _report()
                return _ABORT

    return ffi.callback("PaStreamCallback", run, error=_ABORT)


def finished_closure(callback: Callable[[], object]) -> Any:
    """Return a `PaStreamFinishedCallback *` that calls a Python callable."""

    def run(userdata: Any) -> None:
        with _inside:
            try:
                callback()
            except BaseException:
                _report()

    return ffi.callback("PaStreamFinishedCallback", run)


def _as_buffer(pointer: Any, frames: int, side: Side) -> Any:
    return buffer(pointer, frames, side[0], side[2])


def _as_array(pointer: Any, frames: int, side: Side) -> Any:
    return array(buffer(pointer, frames, side[0], side[2]), side[0], side[1])


def _report() -> None:
    """Print the traceback, if there is still somewhere to print it."""
    try:
        if sys.stderr is not None:
            traceback.print_exc()
    except BaseException:
        pass


def foreign(pointer: Any, ctype: str) -> Any:
    """Return a pointer made by another library's FFI as one of ours; the caller keeps it alive."""
    if pointer is None:
        return ffi.NULL
    if isinstance(pointer, ffi.CData) and ffi.typeof(pointer) is ffi.typeof(ctype):
        return pointer
    return ffi.cast(ctype, ffi.cast("uintptr_t", pointer))
