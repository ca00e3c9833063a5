"""The life of a stream: opened, started, stopped, closed, lost. Nothing here waits.

Each step is posted to the control thread and answered by a future. Who waits for it, and how, is
the business of `aio` (event loops) and `compat` (threads).
"""

from __future__ import annotations

import enum
import math
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ClassVar

from . import closing, control, diagnosis, library
from ._kernel import ffi, lib
from .errors import DeviceLost, PortAudioError, StreamClosed
from .handle import Kernel, Layout, StreamStatistics
from .parameters import Direction, StreamParameters, StreamRequest, resolve

OPEN_LIMIT = 60.0
CLOSE_LIMIT = 20.0
BLOCK_SECONDS = 0.01
"""Length of a block for readers where `blocksize` is 0."""


class Phase(enum.Enum):
    """Life of a stream, as the control thread sees it."""

    NEW = "not opened"
    STOPPED = "stopped"
    RUNNING = "running"
    CLOSED = "closed"


def queue_frames(parameters: StreamParameters, seconds: float) -> int:
    """Whole blocks, two at least: a full queue then ends where a reader's block ends."""
    block = parameters.blocksize or max(1, round(parameters.samplerate * BLOCK_SECONDS))
    return max(2, math.ceil(seconds * parameters.samplerate / block)) * block


class StreamLife:
    """A stream that can be opened, started, stopped and closed without waiting.

    Parameters
    ----------
    request
        What the user asked for.
    buffer
        Length of the queues in seconds; 0 for a stream without queues (voices only).
    overflow
        ``"drop_oldest"``, ``"drop_newest"`` or ``"raise"``: what a full input queue drops.
    prefill
        For duplex pairs: blocks between a pair's input and the moment its output is played.
    prepare
        Called on the control thread when the stream is open and before it is started.
    """

    closed_error: ClassVar[type[StreamClosed]] = StreamClosed

    def __init__(
        self,
        request: StreamRequest,
        *,
        buffer: float = 1.0,
        overflow: str = "drop_oldest",
        prefill: int | None = None,
        prepare: Callable[[Any], None] | None = None,
    ) -> None:
        self.request = request
        self.phase = Phase.NEW
        self.closing = False
        self.runs = 0  # restarts
        self.parameters: StreamParameters | None = None
        self.latencies = (0.0, 0.0)
        self._buffer = buffer
        self._overflow = overflow
        self._prefill = prefill
        self._prepare = prepare
        self._stop_asked = False
        self._pa: library.PortAudio | None = None
        self._pointer: Any = None
        self._kernel: Kernel | None = None
        self._final: StreamStatistics | None = None
        self._capacity = 0
        closing.alive.add(self)

    # ---- life: posted to the control thread

    def start(self) -> Future[None]:
        """Open if need be, and run. Idempotent."""
        return control.post(self._start, limit=OPEN_LIMIT, on_abandon=self._abandon)

    def stop(self) -> Future[None]:
        """Let the host play what it was given, then halt. Readers keep what was captured."""
        self._stop_asked = True
        return control.post(
            self._halt, "Pa_StopStream", limit=CLOSE_LIMIT, on_abandon=self._abandon
        )

    def abort(self) -> Future[None]:
        """Halt at once. Output is silent from the next callback on, before this even returns."""
        self.silence()
        return control.post(
            self._halt, "Pa_AbortStream", limit=CLOSE_LIMIT, on_abandon=self._abandon
        )

    def close(self) -> Future[None]:
        """Silence and close. What was posted before is done before."""
        self.closing = True
        self.silence()
        return control.post(self._close, limit=CLOSE_LIMIT, on_abandon=self._abandon)

    def silence(self) -> None:
        """Shut the gate: from the next callback on no sound and no data. Any thread, no wait."""
        self._stop_asked = True
        if self._kernel is not None:
            lib.asd_stream_shut_gate(self._kernel.pointer)

    def _open(self) -> None:
        pa = library.get()
        parameters = resolve(pa, self.request)
        kernel = Kernel(self._layout(parameters), parameters.input, parameters.output)
        self._pa, self.parameters, self._kernel = pa, parameters, kernel
        pointer = pa.ffi.new("PaStream **")
        try:
            pa.open_stream(
                pointer,
                parameters,
                pa.ffi.cast("PaStreamCallback *", lib.asd_callback_address()),
                pa.ffi.cast("void *", kernel.address),
            )
        except PortAudioError as error:
            self._kernel = None
            kernel.release()
            error.explanation = diagnosis.explain(pa, error, parameters)
            raise
        self._pointer = pointer[0]
        if not self.open:
            raise self.closed_error("the stream was closed, or given up, while it was opened")
        self.phase = Phase.STOPPED
        finished = pa.ffi.cast("PaStreamFinishedCallback *", lib.asd_finished_address())
        pa.check(pa.lib.Pa_SetStreamFinishedCallback(self._pointer, finished))
        info = pa.lib.Pa_GetStreamInfo(self._pointer)
        if info:
            self.latencies = (info.inputLatency, info.outputLatency)
        if self._prepare is not None:
            self._prepare(self)

    def _layout(self, parameters: StreamParameters) -> Layout:
        block = parameters.blocksize or max(1, round(parameters.samplerate * BLOCK_SECONDS))
        capacity = queue_frames(parameters, self._buffer) if self._buffer else 0
        self._capacity = capacity
        delay = (self._prefill or 0) * block
        return Layout(
            samplerate=parameters.samplerate,
            blocksize=parameters.blocksize,
            input_capacity=capacity if parameters.input else 0,
            output_capacity=capacity + delay if parameters.output and capacity else 0,
            overflow=self._overflow,
            aligned=self._prefill is not None,
        )

    def _start(self) -> None:
        if self.closing:
            raise self.closed_error("the stream was closed")
        if self.phase is Phase.NEW:
            self._open()
        elif self.phase is Phase.RUNNING:
            return
        else:
            # A reader in another thread may be copying what is left: a matter of microseconds.
            while not lib.asd_stream_rewind(self.kernel.pointer):
                time.sleep(0)
            self.runs += 1
        if self._prefill:
            lib.asd_write_at(self.kernel.pointer, self.delay, ffi.new("char[1]"), 0)
            lib.asd_output_set_mode(self.kernel.pointer, lib.ASD_PLAY)
        assert self._pa is not None
        self._stop_asked = False
        lib.asd_stream_open_gate(self.kernel.pointer)
        if bool(self.closing):
            # close() came after the look above and shut a gate that was not open yet.
            lib.asd_stream_shut_gate(self.kernel.pointer)
            raise self.closed_error("the stream was closed")
        try:
            self._pa.check(self._pa.lib.Pa_StartStream(self._pointer), "Error starting stream")
        except PortAudioError:
            lib.asd_stream_shut_gate(self.kernel.pointer)
            raise
        if self._kernel is not None:  # or else it was given up: the call came back too late
            self.phase = Phase.RUNNING

    def _halt(self, function: str) -> None:
        if self.phase is not Phase.RUNNING or self._pa is None:
            return
        self.phase = Phase.STOPPED
        self._stop_asked = True  # also for a stop() that was called before the start was done
        try:
            self._pa.check(getattr(self._pa.lib, function)(self._pointer), "Error stopping stream")
        finally:
            lib.asd_stream_shut_gate(self.kernel.pointer)
            lib.asd_stream_end(self.kernel.pointer)

    def _close(self) -> None:
        if self._pa is None or self._kernel is None or self.phase is Phase.CLOSED:
            self.phase = Phase.CLOSED
            return
        self.phase = Phase.CLOSED
        pointer, self._pointer = self._pointer, None
        kernel = self._kernel
        self._final = kernel.statistics()  # there before the kernel goes: others may be asking
        self._kernel = None
        lib.asd_stream_end(kernel.pointer)
        if self._pa.abandoned:
            # Not closed, and the kernel not released: a callback may still come.
            return
        # Not after an error: where the abort in it fails, PortAudio leaves the stream open.
        self._pa.close_stream(pointer)
        kernel.release()

    def _abandon(self) -> None:
        """Give up: a call on this stream did not return. Its kernel stays for ever."""
        self.phase = Phase.CLOSED
        self.closing = True
        if self._pa is not None:
            self._pa.abandoned = True
        kernel, self._kernel = self._kernel, None
        if kernel is not None:
            self._final = kernel.statistics()
            lib.asd_stream_shut_gate(kernel.pointer)
            lib.asd_stream_end(kernel.pointer)

    # ---- state: any thread

    @property
    def kernel(self) -> Kernel:
        """The kernel of an open stream."""
        kernel = self._kernel
        if kernel is None:
            if self.phase is Phase.NEW and not self.closing:
                raise self.closed_error(
                    "the stream is not started: use 'async with' or start() first"
                )
            raise self.closed_error("the stream was closed")
        return kernel

    @property
    def open(self) -> bool:
        """Whether the device is, or may still be, open."""
        return self._kernel is not None and not self.closing

    @property
    def running(self) -> bool:
        """Whether callbacks are to be expected."""
        return self.phase is Phase.RUNNING and not self.ended

    @property
    def ended(self) -> bool:
        """Whether no more data will come: stopped, closed, or ended by the host."""
        kernel = self._kernel
        return self.closing or kernel is None or bool(lib.asd_stream_ended(kernel.pointer))

    def raise_if_lost(self) -> None:
        """Raise `DeviceLost` when the host ended the stream and nobody had asked it to.

        `StreamClosed` when it was closed meanwhile.
        """
        if self.closing:
            raise self.closed_error("the stream was closed")
        kernel = self._kernel
        if kernel is None or self._stop_asked or not lib.asd_stream_finished(kernel.pointer):
            return
        name = " and ".join(f"'{side.name}'" for side in self.sides)
        raise DeviceLost(f"the host ended the stream on {name}: is the device still there?")

    def statistics(self) -> StreamStatistics:
        """Counters since the start; of a closed stream the last ones."""
        kernel = self._kernel
        if kernel is not None:
            return kernel.statistics()
        if self._final is None:
            raise self.closed_error("there is nothing to tell of a stream that was never opened")
        return self._final

    @property
    def sides(self) -> tuple[Direction, ...]:
        """Input and output, as far as they are there."""
        parameters = self._known()
        return tuple(side for side in (parameters.input, parameters.output) if side is not None)

    def _known(self) -> StreamParameters:
        if self.parameters is None:
            raise self.closed_error(
                "known once the stream is open: use 'async with' or start() first"
            )
        return self.parameters

    @property
    def time(self) -> float:
        """Stream time in seconds at the end of the latest block."""
        return float(lib.asd_stream_time(self.kernel.pointer))

    @property
    def samplerate(self) -> float:
        """Frames per second."""
        return self._known().samplerate

    @property
    def blocksize(self) -> int:
        """Frames per callback, 0 where the host decides."""
        return self._known().blocksize

    @property
    def block_frames(self) -> int:
        """Frames of a reader's block: `blocksize`, or 10 ms where that is 0."""
        return self.blocksize or max(1, round(self.samplerate * BLOCK_SECONDS))

    @property
    def delay(self) -> int:
        """Frames from a pair's input to its output."""
        return (self._prefill or 0) * self.block_frames

    @property
    def input(self) -> Direction:
        """The input side of an input or duplex stream."""
        side = self._known().input
        assert side is not None
        return side

    @property
    def output(self) -> Direction:
        """The output side of an output or duplex stream."""
        side = self._known().output
        assert side is not None
        return side

    @property
    def output_latency_frames(self) -> int:
        """Frames between handing over a sample and its leaving the DAC, as the host reports."""
        return math.ceil(max(0.0, self.latencies[1]) * self.samplerate)
