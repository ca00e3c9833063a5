"""`play`, `rec`, `playrec`, and what belongs to the one of them that was called last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core.flags import CallbackFlags
from . import hooks
from .context import _CallbackContext
from .kernel import Take
from .streams import InputStream, OutputStream, Stream

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike


def play(
    data: ArrayLike,
    samplerate: float | None = None,
    mapping: Any = None,
    blocking: bool = False,
    loop: bool = False,
    **kwargs: Any,
) -> None:
    """Play an array; returns at once, and playback goes on.

    What was going on before is stopped. The C callback reads from the array's own memory: no
    Python runs until the end, and what is written into the array meanwhile is heard (a float64
    array or one that is not C-contiguous is copied first).

    Parameters
    ----------
    data : array_like
        Shape (frames, channels), or (frames,) for one channel; float64, float32, int32, int16,
        int8 or uint8.
    samplerate : float, optional
        Hertz.
    mapping : array_like, optional
        Channel numbers from 1, one for each column; a single column goes to all of them.
    blocking : bool
        Wait until the end.
    loop : bool
        Play it again and again.
    **kwargs
        All of `OutputStream` but channels, dtype, callback and finished_callback.

    Raises
    ------
    TypeError, ValueError
        For data that cannot be played.
    PortAudioError
        If the device cannot be opened.
    """
    context = _context(loop=loop)
    context.frames = context.check_data(data, mapping, kwargs.get("device"))

    def callback(outdata: Any, frames: int, time: Any, status: CallbackFlags) -> None:
        context.callback_enter(status, outdata)
        context.write_outdata(outdata)
        context.callback_exit()

    context.start_stream(
        OutputStream,
        samplerate,
        context.output_channels,
        context.output_dtype,
        _implementation(context, callback),
        blocking,
        prime_output_buffers_using_stream_callback=False,
        **kwargs,
    )


def rec(
    frames: int | None = None,
    samplerate: float | None = None,
    channels: int | None = None,
    dtype: Any = None,
    out: numpy.ndarray | None = None,
    mapping: Any = None,
    blocking: bool = False,
    **kwargs: Any,
) -> numpy.ndarray:
    """Record into an array; returns it at once, and recording goes on.

    Parameters
    ----------
    frames : int, sometimes optional
        Length; not needed with `out`.
    samplerate : float, optional
        Hertz.
    channels : int, optional
        Not needed with `out` or `mapping`.
    dtype : str or numpy.dtype, optional
        float64 (converted from float32 at the end), float32, int32, int16, int8 or uint8.
    out : numpy.ndarray, optional
        Array to record into, of any layout; then frames, channels and dtype are ignored.
    mapping : array_like, optional
        Channel numbers from 1; then channels is ignored.
    blocking : bool
        Wait until the end.
    **kwargs
        All of `InputStream` but callback and finished_callback.

    Returns
    -------
    numpy.ndarray or type(out)
        Shape (frames, channels). Complete only when `wait` has returned.

    Raises
    ------
    TypeError, ValueError, PortAudioError
        As `play`.
    """
    context = _context()
    out, context.frames = context.check_out(out, frames, channels, dtype, mapping)

    def callback(indata: Any, frames: int, time: Any, status: CallbackFlags) -> None:
        context.callback_enter(status, indata)
        context.read_indata(indata)
        context.callback_exit()

    context.start_stream(
        InputStream,
        samplerate,
        context.input_channels,
        context.input_dtype,
        _implementation(context, callback),
        blocking,
        **kwargs,
    )
    return out


def playrec(
    data: ArrayLike,
    samplerate: float | None = None,
    channels: int | None = None,
    dtype: Any = None,
    out: numpy.ndarray | None = None,
    input_mapping: Any = None,
    output_mapping: Any = None,
    blocking: bool = False,
    **kwargs: Any,
) -> numpy.ndarray:
    """Play an array and record as many frames at the same time; returns at once.

    Parameters
    ----------
    data, samplerate, output_mapping, blocking
        As data, samplerate, mapping and blocking of `play`.
    channels, dtype, out, input_mapping
        As channels, dtype, out and mapping of `rec`; `dtype` is by default that of `data`.
    **kwargs
        All of `Stream` but channels, dtype, callback and finished_callback.

    Returns
    -------
    numpy.ndarray or type(out)
        As from `rec`.

    Raises
    ------
    TypeError, ValueError, PortAudioError
        As `play`.
    """
    context = _context()
    output_frames = context.check_data(data, output_mapping, kwargs.get("device"))
    if dtype is None:
        dtype = context.data.dtype
    frames = output_frames
    out, frames = context.check_out(out, frames, channels, dtype, input_mapping)
    if frames != output_frames:
        raise ValueError("len(data) != len(out)")
    context.frames = frames

    def callback(indata: Any, outdata: Any, frames: int, time: Any, status: CallbackFlags) -> None:
        context.callback_enter(status, indata)
        context.read_indata(indata)
        context.write_outdata(outdata)
        context.callback_exit()

    context.start_stream(
        Stream,
        samplerate,
        (context.input_channels, context.output_channels),
        (context.input_dtype, context.output_dtype),
        _implementation(context, callback),
        blocking,
        prime_output_buffers_using_stream_callback=False,
        **kwargs,
    )
    return out


def _context(**kwargs: Any) -> Any:
    return (hooks.assigned("_CallbackContext") or _CallbackContext)(**kwargs)


_PER_BLOCK = ("callback_enter", "read_indata", "write_outdata", "callback_exit")


def _implementation(context: Any, callback: Callable[..., None]) -> Any:
    """Return the C kernel, or the Python callback if the program changed what a block does."""
    own = isinstance(context, _CallbackContext) and all(
        getattr(type(context), name) is getattr(_CallbackContext, name)
        and name not in vars(context)
        for name in _PER_BLOCK
    )
    return Take(context) if own else callback


def wait(ignore_errors: bool = True) -> CallbackFlags | None:
    """Wait until `play`, `rec` or `playrec` is finished; Ctrl+C stops it.

    Parameters
    ----------
    ignore_errors : bool
        Whether an error from closing the stream is ignored.

    Returns
    -------
    CallbackFlags or None
        What went wrong in the last `play`, `rec` or `playrec`; None if nothing did.
    """
    last = hooks.assigned("_last_callback")
    return last.wait(ignore_errors) if last else None


def stop(ignore_errors: bool = True) -> None:
    """Stop `play`, `rec` or `playrec`; streams of the program's own go on.

    Parameters
    ----------
    ignore_errors : bool
        Whether an error is ignored: that the stream was closed already, for instance.
    """
    last = hooks.assigned("_last_callback")
    if last:
        last.stream.stop(ignore_errors)
        last.stream.close(ignore_errors)


def get_status() -> CallbackFlags:
    """Return what the host has reported during the last `play`, `rec` or `playrec`.

    Raises
    ------
    RuntimeError
        If none was called yet.
    """
    return _last().status  # type: ignore[no-any-return]


def get_stream() -> Any:
    """Return the stream of the last `play`, `rec` or `playrec`.

    Returns
    -------
    OutputStream, InputStream or Stream

    Raises
    ------
    RuntimeError
        If none was called yet.
    """
    return _last().stream


def _last() -> Any:
    last = hooks.assigned("_last_callback")
    if not last:
        raise RuntimeError("play()/rec()/playrec() was not called yet")
    return last
