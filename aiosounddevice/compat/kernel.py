"""A take on the C kernel: no Python between its first frame and its last.

The callback plays from and records into the arrays where they lie (`core.voices`). Python comes
back when the stream has ended: a thread of the take's own waits for that, without the GIL, and
then lets go of the arrays. Not the host's finished callback in Python: it may run on a thread that
serves other streams too (JACK's does), which would stand still while it waits for the GIL.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core import wakeup, watchdog
from ..core._kernel import lib
from ..core._portaudio import ffi
from ..core.flags import CallbackFlags
from ..core.formats import FORMATS
from ..core.handle import Kernel, Layout
from ..core.parameters import Direction
from ..core.voices import Voice
from .base import NativeCallback

if TYPE_CHECKING:
    import numpy

    from .context import _CallbackContext
    from .handle import Handle

_NEVER = 2**63


class Take(NativeCallback):
    """Plays and records what a context has been given."""

    def __init__(self, context: _CallbackContext) -> None:
        self.callback = ffi.cast("PaStreamCallback *", lib.asd_callback_address())
        self.finished = ffi.cast("PaStreamFinishedCallback *", lib.asd_finished_address())
        self._voices: list[Voice] = []
        self._copies: list[tuple[numpy.ndarray, numpy.ndarray]] = []
        self._kernel: Kernel | None = None
        self._context: _CallbackContext | None = context
        self._handle: Handle | None = None
        self._latency = 0.0
        self.lost: str | None = None

    def bind(self, samplerate: float, finished: Callable[[], object] | None) -> Any:
        """Make the kernel and hand it the arrays."""
        context = self._context
        assert context is not None
        given, taken = _sides(context)
        rate = samplerate if isinstance(samplerate, (int, float)) and samplerate > 0 else 48000
        kernel = self._kernel = Kernel(Layout(float(rate), 0), given, taken)
        if given is not None and context.out.size:
            self._voices.append(Voice("record", self._target(context.out, given), given))
        if taken is not None and context.data.size:
            array = _playable(context.data, taken.dtype)
            voice = Voice("play", array, taken, at_frame=0, loop=context.loop)
            self._voices.append(voice)
        for voice in self._voices:
            voice.submit(kernel)
        kernel.complete_after(len(self._voices))
        kernel.open_gate()
        self._finished = finished
        context.take = self
        return ffi.cast("void *", kernel.address)

    def _target(self, out: Any, side: Direction) -> numpy.ndarray:
        """Return the array to record into: `out` itself, unless the kernel cannot write there."""
        import numpy

        if not out.flags.writeable:
            raise ValueError("assignment destination is read-only")
        direct = (
            out.flags.c_contiguous and out.dtype == numpy.dtype(side.dtype) and out.dtype.isnative
        )
        if direct:
            return out.view(numpy.ndarray)  # type: ignore[no-any-return]
        target = numpy.empty(out.shape, side.dtype)
        target[...] = out
        self._copies.append((out, target))
        return target

    @property
    def flags(self) -> CallbackFlags:
        """What the host has reported so far."""
        return CallbackFlags() if self._kernel is None else self._kernel.flags

    def opened(self, handle: Handle, latency: float) -> None:
        """Start to wait for the end."""
        assert self._kernel is not None
        self._handle, self._latency = handle, latency
        watchdog.watch(self)
        waiter = threading.Thread(
            target=self._wait,
            args=(self._kernel, self._kernel.wakeup(wakeup.FRAME)),
            name="aiosounddevice take",
            daemon=True,
        )
        waiter.start()

    def pulse(self) -> watchdog.Pulse | None:
        """What the watchdog goes by; None when no callbacks are to be expected."""
        kernel = self._kernel
        if kernel is None or kernel.ended:
            return None
        now = kernel.statistics()
        silence = float(lib.asd_stream_silence(kernel.pointer))
        return watchdog.Pulse(now.callbacks, silence, now.longest_gap, self._latency)

    def lose(self, silence: float) -> None:
        """Take the device for gone, and end: nobody is to wait for ever."""
        kernel, handle = self._kernel, self._handle
        if kernel is None or handle is None or kernel.ended:
            return
        self.lost = f"nothing has come from the device for {silence:.1f} s: is it still there?"
        handle.lose()
        lib.asd_stream_shut_gate(kernel.pointer)
        lib.asd_stream_end(kernel.pointer)

    def _wait(self, kernel: Kernel, wake: wakeup.WakeUp) -> None:
        while not kernel.ended:
            wake.wait(_NEVER)
        self._finish()

    def _finish(self) -> None:
        for voice in self._voices:
            voice.drop()
        for out, target in self._copies:
            out[...] = target
        self._voices.clear()
        self._copies.clear()
        finished, self._finished = self._finished, None
        if finished is not None:
            finished()
        self._context = None

    def closed(self) -> None:
        """PortAudio will not call any more; wakes the waiting thread."""
        kernel = self._kernel
        if kernel is not None:
            kernel.release()
        if self._context is not None and not hasattr(self._context, "stream"):
            self._context.take = None  # it was never opened


def _sides(context: _CallbackContext) -> tuple[Direction | None, Direction | None]:
    given = taken = None
    if context.input_channels is not None:
        given = _side(context.input_channels, context.input_dtype, context.input_mapping)
    if context.output_channels is not None:
        taken = _side(context.output_channels, context.output_dtype, context.output_mapping)
    return given, taken


def _side(channels: Any, dtype: str, mapping: Any) -> Direction:
    entry = FORMATS[dtype]
    return Direction(
        device=-1,
        name="",
        channels=len(mapping),
        host_channels=int(channels),
        mapping=tuple(int(number) for number in mapping),
        dtype=dtype,
        sample_format=entry.code,
        samplesize=entry.size,
        silence=entry.silence,
        latency=0.0,
        struct=None,
        extra_settings=None,
    )


def _playable(data: numpy.ndarray, dtype: str) -> numpy.ndarray:
    import numpy

    return numpy.ascontiguousarray(data, numpy.dtype(dtype))
