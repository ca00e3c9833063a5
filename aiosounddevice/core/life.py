"""The life of a stream: opened, started, stopped, closed, lost. Nothing here waits.

Each step is posted to the control thread and answered by a future. Who waits for it, and how, is
the business of `aio` (event loops) and `compat` (threads).
"""

from __future__ import annotations

import enum
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NoReturn

from . import closing, control, diagnosis, library, watchdog
from ._kernel import ffi, lib
from .errors import DeviceLost, PortAudioError
from .handle import Kernel, Layout, StreamStatistics, together
from .known import BLOCK_SECONDS, Known
from .parameters import StreamParameters, StreamRequest, resolve

OPEN_LIMIT = 60.0
CLOSE_LIMIT = 20.0
JACK_LIMIT = 5.0
"""Of a stop or close on JACK, which has nothing to wait for: its server may just have died."""
JACK_SILENCE = 1.0
"""Seconds without a callback after which a JACK server is not asked to stop or close."""
LOST_LIMIT = 3.0
"""Of a close, when the device is known to be silent."""
CLOSE_WAIT = 5.0
"""Seconds for which it makes sense to wait for a close: it is posted, and may queue for long."""


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


class StreamLife(Known):
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

    def __init__(
        self,
        request: StreamRequest,
        *,
        buffer: float = 1.0,
        overflow: str = "drop_oldest",
        prefill: int | None = None,
        prepare: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(prefill)
        self.request = request
        self.phase = Phase.NEW
        self.closing = self._hushed = False
        self.runs = 0  # restarts
        self._buffer = buffer
        self._overflow = overflow
        self._prepare = prepare
        self._stop_asked = False
        self._silence: float | None = None
        self._pa: library.PortAudio | None = None
        self._pointer: Any = None
        self._kernel: Kernel | None = None
        self._before: StreamStatistics | None = None
        self._final: StreamStatistics | None = None
        self._capacity = 0
        self._handing_over = threading.Lock()
        closing.alive.add(self)

    # ---- life: posted to the control thread

    def start(self) -> Future[None]:
        """Open if need be, and run. Idempotent."""
        return control.post(self._start, limit=OPEN_LIMIT, on_abandon=self.give_up)

    def stop(self) -> Future[None]:
        """Let the host play what it was given, then halt. Readers keep what was captured."""
        self._notice_dead_jack()
        self._stop_asked = True
        return control.post(
            self._halt, "Pa_StopStream", limit=self._limit(), on_abandon=self.give_up
        )

    def abort(self) -> Future[None]:
        """Halt at once. Output is silent from the next callback on, before this even returns."""
        self._notice_dead_jack()
        self.silence()
        return control.post(
            self._halt, "Pa_AbortStream", limit=self._limit(), on_abandon=self.give_up
        )

    def finish(self) -> Future[None]:
        """`stop`, then `close`, in one call of the control thread."""
        self._notice_dead_jack()
        self._stop_asked = True
        return control.post(self._finish, limit=self._limit(), on_abandon=self.give_up)

    def close(self) -> Future[None]:
        """Silence and close. What was posted before is done before."""
        self._notice_dead_jack()
        self.closing = True
        self.silence()
        return control.post(self._close, limit=self._limit(), on_abandon=self.give_up)

    def _limit(self) -> float:
        """Seconds that a call may take which ends the stream."""
        usual = min(JACK_LIMIT, CLOSE_LIMIT) if self.on_jack else CLOSE_LIMIT
        return usual if self._silence is None else min(LOST_LIMIT, usual)

    def silence(self) -> None:
        """Shut the gate: from the next callback on no sound and no data. Any thread, no wait."""
        self._stop_asked = True
        if self._kernel is not None:
            lib.asd_stream_shut_gate(self._kernel.pointer)

    def hush(self) -> None:
        """Wake nobody any more, whatever happens to the stream: the interpreter ends."""
        self._hushed = True
        kernel = self._kernel
        if kernel is not None:
            kernel.detach()

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
        elif self.phase is Phase.RUNNING or self._silence is not None:
            self.raise_if_lost()
            return
        elif self._pointer is None:
            raise DeviceLost("the device was lost; open a new stream")
        else:
            # A reader in another thread may be copying what is left: a matter of microseconds.
            while not lib.asd_stream_rewind(self.kernel.pointer):
                time.sleep(0)
            self.runs += 1
            self._before = None
        if self._prefill:
            ahead = lib.asd_stream_frame(self.kernel.pointer) + self.delay
            lib.asd_write_at(self.kernel.pointer, ahead, ffi.new("char[1]"), 0)
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
            watchdog.watch(self)

    def _halt(self, function: str) -> None:
        if self.phase is not Phase.RUNNING or self._pa is None:
            return
        self.phase = Phase.STOPPED
        self._stop_asked = True  # also for a stop() that was called before the start was done
        watchdog.forget(self)
        if self._silence is not None or self._pointer is None:
            return  # it would hang; or it is closed already, to be opened again
        try:
            self._pa.check(getattr(self._pa.lib, function)(self._pointer), "Error stopping stream")
        finally:
            lib.asd_stream_shut_gate(self.kernel.pointer)
            lib.asd_stream_end(self.kernel.pointer)

    def _finish(self) -> None:
        try:
            self._halt("Pa_StopStream")
        finally:
            self._close()

    def _close(self) -> None:
        with self._handing_over:
            self.phase, before = Phase.CLOSED, self.phase
            kernel = self._kernel
            if kernel is not None:
                self._final = self.statistics()  # before the kernel goes: others may be asking
            self._kernel = self._prepare = None
        if kernel is None or before is Phase.CLOSED:
            return
        watchdog.forget(self)
        lib.asd_stream_end(kernel.pointer)
        self._let_go(kernel)

    def _let_go(self, kernel: Kernel) -> None:
        """Close the device; a second time nothing."""
        pa, (pointer, self._pointer) = self._pa, (self._pointer, None)
        if pa is None or pointer is None:
            return
        if pa.abandoned or (pa.jack_lost and self.on_jack):
            # Not closed, and the kernel not released: a callback may still come.
            pa.forget_stream(pointer)
            return
        # Not after an error: where the abort in it fails, PortAudio leaves the stream open.
        pa.close_stream(pointer)
        kernel.release()

    def give_up(self) -> None:
        """Give up: a call on this stream did not return. Its kernel stays for ever."""
        self.phase = Phase.CLOSED
        self.closing = True
        watchdog.forget(self)
        if self._pa is not None:
            self._pa.abandon()
        else:  # stuck in loading or initialising
            library.abandon_current()
        kernel, self._kernel = self._kernel, None
        if kernel is not None:
            self._final = self._total(kernel.statistics())
            lib.asd_stream_shut_gate(kernel.pointer)
            lib.asd_stream_end(kernel.pointer)

    # ---- loss: the watchdog's thread

    def pulse(self) -> watchdog.Pulse | None:
        """What the watchdog goes by; None when no callbacks are to be expected."""
        kernel = self._kernel
        if kernel is None or self._stop_asked or not self.running:
            return None
        now = kernel.statistics()
        silence = float(lib.asd_stream_silence(kernel.pointer))
        return watchdog.Pulse(now.callbacks, silence, now.longest_gap, max(self.latencies))

    def lose(self, silence: float) -> None:
        """Take the device for gone: nothing has come for so many seconds. Wakes every waiter.

        On JACK no call on this stream is made any more: stop, abort and close would hang for
        minutes, and terminating the library abort the process.
        """
        kernel, pa = self._kernel, self._pa
        if kernel is None or pa is None or self._stop_asked:
            return
        self._silence = silence
        lib.asd_stream_shut_gate(kernel.pointer)
        lib.asd_stream_end(kernel.pointer)
        if self.on_jack:
            pa.lose_jack()

    def _notice_dead_jack(self) -> None:
        """Before a call that would hang there: be quicker than the watchdog."""
        pulse = self.pulse() if self.on_jack and not lib.asd_handshake_enabled() else None
        limit = math.inf if pulse is None else max(JACK_SILENCE, 4 * pulse.longest_gap)
        if pulse is not None and pulse.callbacks and pulse.silence > limit:
            self.lose(pulse.silence)

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
            self.refuse()
        return kernel

    def refuse(self) -> NoReturn:
        """Raise StreamClosed. At the interpreter's end a daemon thread is not told: it sleeps."""
        if self._hushed:
            closing.sleep_if_daemon()
        raise self.closed_error("the stream was closed")

    @property
    def open(self) -> bool:
        """Whether the device is, or may still be, open."""
        return self._kernel is not None and not self.closing

    @property
    def closed(self) -> bool:
        """Whether there is nothing left to close."""
        return self.phase is Phase.CLOSED

    @property
    def running(self) -> bool:
        """Whether callbacks are to be expected."""
        return self.phase is Phase.RUNNING and not self.ended

    @property
    def ended(self) -> bool:
        """Whether no more data will come: stopped, closed, or ended by the host."""
        kernel = self._kernel
        return self.closing or kernel is None or bool(lib.asd_stream_ended(kernel.pointer))

    def goes_on_in(self, kernel: Kernel) -> bool:
        """Whether more data may come, and by that kernel."""
        return self._kernel is kernel and not self.ended

    def raise_if_lost(self) -> None:
        """Raise `DeviceLost` when the host ended the stream and nobody had asked it to.

        `StreamClosed` when it was closed meanwhile.
        """
        if self.closing:
            self.refuse()
        kernel, silence = self._kernel, self._silence
        if kernel is None or (silence is None and self._stop_asked):
            return
        name = " and ".join(f"'{side.name}'" for side in self.sides)
        if silence is not None:
            raise DeviceLost(
                f"nothing has come from {name} for {silence:.1f} s: the device or its sound "
                "server is gone, or hangs; close this stream and open a new one"
            )
        if lib.asd_stream_finished(kernel.pointer):
            raise DeviceLost(f"the host ended the stream on {name}: is the device still there?")

    def statistics(self) -> StreamStatistics:
        """Counters since the start; of a closed stream the last ones."""
        kernel = self._kernel
        if kernel is not None:
            return self._total(kernel.statistics())
        if self._final is None:
            raise self.closed_error("there is nothing to tell of a stream that was never opened")
        return self._final

    def _total(self, now: StreamStatistics) -> StreamStatistics:
        return together(self._before, now, aligned=self._prefill is not None)

    @property
    def time(self) -> float:
        """Stream time in seconds at the end of the latest block."""
        return float(lib.asd_stream_time(self.kernel.pointer))
