"""What all streams share: opening, life, properties."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..core import control
from ..core._portaudio import ffi
from ..core.defaults import default
from ..core.errors import AudioError, PortAudioError
from . import callback as callbacks
from . import hooks, opening, session
from .handle import BAD_POINTER, Handle, open_stream
from .parameters import split_pair

if TYPE_CHECKING:
    from types import TracebackType

_NOT_STOPPED = -9982
_START_LIMIT = 60.0

S = TypeVar("S", bound="_StreamBase")


class NativeCallback:
    """A C callback that brings its own memory, in place of a Python callable (see `kernel`)."""

    callback: Any
    finished: Any

    def bind(self, samplerate: float, finished: Callable[[], object] | None) -> Any:
        """Return the callback's user data; called before the stream is opened."""
        raise NotImplementedError

    def opened(self, handle: Handle, latency: float) -> None:
        """The stream is there, with that latency in seconds."""
        raise NotImplementedError

    def closed(self) -> None:
        """Pa_CloseStream has returned, or the stream could not be opened."""
        raise NotImplementedError


class _StreamBase:
    """Base of all streams; `_StreamBase`. Not for direct use, but other packages derive from it.

    Parameters
    ----------
    kind : {'input', 'output', 'duplex'}
    samplerate, blocksize, device, channels, dtype, latency, extra_settings
        As for `Stream`.
    callback : callable or CData, optional
        A Python callable, or a C function of the type `PaStreamCallback *`, made by any FFI.
    finished_callback : callable or CData, optional
    clip_off, dither_off, never_drop_input, prime_output_buffers_using_stream_callback : optional
        As for `Stream`.
    userdata : CData, optional
        `void *`, the last argument of a C callback.
    wrap_callback : {'array', 'buffer', None}
        What a Python callback gets as data; None: the callback is CData.
    """

    _ptr: Any = ffi.NULL

    def __init__(
        self,
        kind: str,
        samplerate: Any = None,
        blocksize: Any = None,
        device: Any = None,
        channels: Any = None,
        dtype: Any = None,
        latency: Any = None,
        extra_settings: Any = None,
        callback: Any = None,
        finished_callback: Any = None,
        clip_off: Any = None,
        dither_off: Any = None,
        never_drop_input: Any = None,
        prime_output_buffers_using_stream_callback: Any = None,
        userdata: Any = None,
        wrap_callback: str | None = None,
    ) -> None:
        flags = opening.stream_flags(
            clip_off=clip_off,
            dither_off=dither_off,
            never_drop_input=never_drop_input,
            prime_output_buffers_using_stream_callback=prime_output_buffers_using_stream_callback,
        )
        blocksize = default.blocksize if blocksize is None else blocksize
        asked = (device, channels, dtype, latency, extra_settings)
        given, taken, samplerate = self._ask_for(kind, asked, samplerate)
        parameters = opening.describe(given, taken, samplerate, blocksize, flags)
        if callback is not None and wrap_callback == "array":
            import numpy  # noqa: F401 - now, and not in the callback's first call
        self._open(parameters, callback, finished_callback, userdata, wrap_callback)
        self._blocksize = blocksize

    def _ask_for(self, kind: str, asked: tuple[Any, ...], samplerate: Any) -> tuple[Any, ...]:
        """Return both directions' structures and the sample rate; sets what they imply."""
        make = hooks.assigned("_get_stream_parameters")
        if kind != "duplex":
            made = make(kind, *asked, samplerate)
            struct, self._dtype, self._samplesize, samplerate = made
            self._device, self._channels = struct.device, struct.channelCount
            pair = (struct, ffi.NULL) if kind == "input" else (ffi.NULL, struct)
            return *pair, samplerate
        pairs = [split_pair(value) for value in asked]
        given = make("input", *(pair[0] for pair in pairs), samplerate)
        taken = make("output", *(pair[1] for pair in pairs), samplerate)
        if given[3] != taken[3]:
            raise ValueError("Input and output device must have the same samplerate")
        self._dtype = given[1], taken[1]
        self._samplesize = given[2], taken[2]
        self._device = given[0].device, taken[0].device
        self._channels = given[0].channelCount, taken[0].channelCount
        return given[0], taken[0], given[3]

    def _open(
        self, parameters: Any, callback: Any, finished: Any, userdata: Any, wrap: str | None
    ) -> None:
        native = callback if isinstance(callback, NativeCallback) else None
        keep = [parameters, callback, finished, userdata]
        if native is not None:
            userdata = native.bind(parameters.samplerate, finished)
            self._callback, done = native.callback, native.finished
        else:
            self._callback = _callback_pointer(callback, parameters, wrap)
            done = _finished_pointer(finished)
            userdata = callbacks.foreign(userdata, "void *")
        self._finished_callback = done
        keep += [self._callback, done, userdata]
        try:
            pa, pointer, info = open_stream(
                parameters, self._callback, userdata, done, type(self).__name__
            )
        except BaseException:
            if native is not None:
                native.closed()
            raise
        self._handle = Handle(pa, pointer, keep, native.closed if native else None)
        self._handle.belongs_to(self)
        self._handle.on_jack = opening.on_jack(pa, parameters)
        if native is not None:
            native.opened(self._handle, max(info.inputLatency, info.outputLatency))
        self._ptr = pointer
        self._samplerate = info.sampleRate
        latencies = info.inputLatency, info.outputLatency
        sides = parameters.input, parameters.output
        self._latency = latencies if all(sides) else latencies[0 if sides[0] else 1]

    # ---- properties

    @property
    def samplerate(self) -> float:
        """Frames per second, as the device does them."""
        return self._samplerate  # type: ignore[no-any-return]

    @property
    def blocksize(self) -> int:
        """Frames per block; 0: they vary."""
        return self._blocksize  # type: ignore[no-any-return]

    @property
    def device(self) -> Any:
        """Number of the device; a pair for both directions."""
        return self._device

    @property
    def channels(self) -> Any:
        """Number of channels; a pair for both directions."""
        return self._channels

    @property
    def dtype(self) -> Any:
        """Name of the sample format; a pair for both directions."""
        return self._dtype

    @property
    def samplesize(self) -> Any:
        """Bytes of one sample; a pair for both directions."""
        return self._samplesize

    @property
    def latency(self) -> Any:
        """Seconds, as the host reports them; a pair for both directions."""
        return self._latency

    @property
    def active(self) -> bool:
        """Whether the stream was started and still calls back, or plays what is left."""
        if not self._handle.usable:
            return False
        return bool(session.check(self._handle.ask("Pa_IsStreamActive")) == 1)

    @property
    def stopped(self) -> bool:
        """Whether it was not started yet, or stopped; False if its callback ended it."""
        if not self._handle.usable:
            return True
        return bool(session.check(self._handle.ask("Pa_IsStreamStopped")) == 1)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return bool(self._ptr == ffi.NULL)

    @property
    def time(self) -> float:
        """Stream time in seconds, on the clock of the callback's time stamps."""
        now = self._handle.ask("Pa_GetStreamTime")
        if not now or now == BAD_POINTER:
            raise PortAudioError("Error getting stream time")
        return float(now)

    @property
    def cpu_load(self) -> float:
        """Part of the available time that the callback takes; 0 without a callback."""
        load = self._handle.ask("Pa_GetStreamCpuLoad")
        return 0.0 if load == BAD_POINTER else float(load)

    # ---- life

    def __enter__(self: S) -> S:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.stop()
        self.close()

    def start(self) -> None:
        """Begin to call back, or to take and give data; waits until the device runs.

        Raises
        ------
        PortAudioError
            If the stream is closed, or the device refuses. Not if it runs already.
        """
        try:
            self._change("Pa_StartStream", "Error starting stream")
        except PortAudioError as error:
            if error.code != _NOT_STOPPED:
                raise

    def stop(self, ignore_errors: bool = True) -> None:
        """End it once everything that was given to the device has been played; waits for that.

        Inside a callback it does not wait: the stream ends soon after the callback.

        Parameters
        ----------
        ignore_errors : bool
            Whether nothing is raised if the stream is stopped already, say.
        """
        with _ignored(ignore_errors):
            self._change("Pa_StopStream", "Error stopping stream")

    def abort(self, ignore_errors: bool = True) -> None:
        """End it at once and throw away what was not played. See `stop`."""
        with _ignored(ignore_errors):
            self._change("Pa_AbortStream", "Error aborting stream")

    def close(self, ignore_errors: bool = True) -> None:
        """Close it; if it runs, abort it first. See `stop`."""
        self._ptr = ffi.NULL
        with _ignored(ignore_errors):
            handle = self._handle
            if control.in_callback():
                handle.post_close()
                return
            session.call(handle.close, limit=handle.limit, on_abandon=handle.abandon)

    def _change(self, function: str, message: str) -> None:
        handle = self._handle
        if control.in_callback() and function != "Pa_StartStream":
            # Waiting for the control thread, which waits for this callback, would last for ever.
            control.post(handle.change, function, message, on_abandon=handle.abandon)
            return
        limit = _START_LIMIT if function == "Pa_StartStream" else handle.limit
        session.call(handle.change, function, message, limit=limit, on_abandon=handle.abandon)


@contextlib.contextmanager
def _ignored(ignore_errors: bool) -> Any:
    try:
        yield
    except AudioError:
        if not ignore_errors:
            raise


def _callback_pointer(callback: Any, parameters: Any, wrap: str | None) -> Any:
    if callback is None:
        return ffi.NULL
    if _is_pointer(callback):
        return callbacks.foreign(callback, "PaStreamCallback *")
    if wrap is None:
        raise TypeError(f"a CData callback is needed, not {type(callback).__name__}")
    sides = [
        None if side is None else (side.channels, side.dtype, side.samplesize)
        for side in (parameters.input, parameters.output)
    ]
    return callbacks.closure(callback, sides[0], sides[1], wrap)


def _finished_pointer(finished: Any) -> Any:
    if finished is None:
        return ffi.NULL
    if _is_pointer(finished):
        return callbacks.foreign(finished, "PaStreamFinishedCallback *")
    return callbacks.finished_closure(finished)


def _is_pointer(value: Any) -> bool:
    """Whether it is CData; another library's FFI has the same class of it."""
    return isinstance(value, ffi.CData)
