"""PortAudio's interface for these tests, on the virtual card, with nothing else in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import cffi
import numpy as np

ffi = cffi.FFI()
ffi.cdef("""
typedef struct { int major, minor, sub; const char *revision, *text; } PaVersionInfo;
typedef struct { int version, type; const char *name; int deviceCount, defaultInputDevice,
    defaultOutputDevice; } PaHostApiInfo;
typedef struct { int hostApiType; long errorCode; const char *errorText; } PaHostErrorInfo;
typedef struct { int version; const char *name; int hostApi, maxInputChannels, maxOutputChannels;
    double defaultLowInputLatency, defaultLowOutputLatency, defaultHighInputLatency,
    defaultHighOutputLatency, defaultSampleRate; } PaDeviceInfo;
typedef struct { int device, channelCount; unsigned long sampleFormat; double suggestedLatency;
    void *hostApiSpecificStreamInfo; } PaStreamParameters;
typedef struct { double adc, current, dac; } PaStreamCallbackTimeInfo;
typedef struct { int version; double inputLatency, outputLatency, sampleRate; } PaStreamInfo;
typedef int PaStreamCallback(const void *, void *, unsigned long,
    const PaStreamCallbackTimeInfo *, unsigned long, void *);
typedef void PaStreamFinishedCallback(void *);
int Pa_GetVersion(void);
const char *Pa_GetVersionText(void);
const PaVersionInfo *Pa_GetVersionInfo(void);
const char *Pa_GetErrorText(int);
int Pa_Initialize(void);
int Pa_Terminate(void);
int Pa_GetHostApiCount(void);
int Pa_GetDefaultHostApi(void);
const PaHostApiInfo *Pa_GetHostApiInfo(int);
int Pa_HostApiTypeIdToHostApiIndex(int);
int Pa_HostApiDeviceIndexToDeviceIndex(int, int);
const PaHostErrorInfo *Pa_GetLastHostErrorInfo(void);
int Pa_GetDeviceCount(void);
int Pa_GetDefaultInputDevice(void);
int Pa_GetDefaultOutputDevice(void);
const PaDeviceInfo *Pa_GetDeviceInfo(int);
int Pa_IsFormatSupported(const PaStreamParameters *, const PaStreamParameters *, double);
int Pa_OpenStream(void **, const PaStreamParameters *, const PaStreamParameters *, double,
    unsigned long, unsigned long, PaStreamCallback *, void *);
int Pa_OpenDefaultStream(void **, int, int, unsigned long, double, unsigned long,
    PaStreamCallback *, void *);
int Pa_CloseStream(void *);
int Pa_SetStreamFinishedCallback(void *, PaStreamFinishedCallback *);
int Pa_StartStream(void *);
int Pa_StopStream(void *);
int Pa_AbortStream(void *);
int Pa_IsStreamStopped(void *);
int Pa_IsStreamActive(void *);
const PaStreamInfo *Pa_GetStreamInfo(void *);
double Pa_GetStreamTime(void *);
double Pa_GetStreamCpuLoad(void *);
int Pa_ReadStream(void *, void *, unsigned long);
int Pa_WriteStream(void *, const void *, unsigned long);
signed long Pa_GetStreamReadAvailable(void *);
signed long Pa_GetStreamWriteAvailable(void *);
int Pa_GetStreamHostApiType(void *);
int Pa_GetSampleSize(unsigned long);
void Pa_Sleep(long);
int virtualcard_stream_losses(void *, uint64_t *, uint64_t *);
int virtualcard_set_idle_hook(int (*)(void));
int virtualcard_set_clock(int, double);
""")

LOOPBACK, MICROPHONE, SPEAKER = 0, 1, 2
CONTINUE, COMPLETE, ABORT = 0, 1, 2
INPUT_UNDERFLOW, INPUT_OVERFLOW, OUTPUT_UNDERFLOW, OUTPUT_OVERFLOW, PRIMING = 1, 2, 4, 8, 16
NEVER_DROP_INPUT, PRIME = 4, 8
FORMATS = {"float32": 1, "int32": 2, "int24": 4, "int16": 8, "int8": 16, "uint8": 32}
NONINTERLEAVED = 0x80000000

Process = Callable[["Stream", Any, Any], int | None]


def parameters(side: tuple[int, int] | None, dtype: str, latency: float) -> Any:
    """Make `PaStreamParameters *` from (device, channels)."""
    if side is None:
        return ffi.NULL
    return ffi.new("PaStreamParameters *", (*side, FORMATS[dtype], latency, ffi.NULL))


def view(pointer: Any, frames: int, channels: int, dtype: str) -> Any:
    """Look at a callback's buffer; 24-bit samples as three bytes each."""
    if pointer == ffi.NULL:
        return None
    shape = (frames, channels, 3) if dtype == "int24" else (frames, channels)
    kind = np.dtype("uint8" if dtype == "int24" else dtype)
    size = int(np.prod(shape)) * kind.itemsize
    return np.frombuffer(ffi.buffer(pointer, size), kind).reshape(shape)


class Stream:
    """A stream whose callback keeps its input and asks `process` for its output.

    `process(stream, indata, outdata)` may fill outdata and return a callback result. An exception
    in it is kept and raised by `close`.
    """

    def __init__(
        self,
        lib: Any,
        *,
        input: tuple[int, int] | None = None,  # noqa: A002
        output: tuple[int, int] | None = None,
        process: Process | None = None,
        blocking: bool = False,
        rate: float = 48000,
        block: int = 64,
        dtype: str = "float32",
        flags: int = 0,
        latency: float = 0.0,
    ) -> None:
        self.lib, self.dtype, self.process = lib, dtype, process
        self.channels = (input[1] if input else 0, output[1] if output else 0)
        self.inputs: list[Any] = []
        self.times: list[tuple[float, float, float]] = []
        self.flags: list[int] = []
        self.frames: list[int] = []
        self.errors: list[BaseException] = []
        self.finished = 0
        self._callback = ffi.callback("PaStreamCallback", self._run, error=2)
        self._finished = ffi.callback("PaStreamFinishedCallback", self._finish)
        pointer = ffi.new("void **")
        code = lib.Pa_OpenStream(
            pointer,
            parameters(input, dtype, latency),
            parameters(output, dtype, latency),
            rate,
            block,
            flags,
            ffi.NULL if blocking else self._callback,
            ffi.NULL,
        )
        assert code == 0, code
        self.pointer = pointer[0]
        assert lib.Pa_SetStreamFinishedCallback(self.pointer, self._finished) == 0

    def _run(self, indata: Any, outdata: Any, frames: int, time: Any, flags: int, user: Any) -> int:
        try:
            heard = view(indata, frames, self.channels[0], self.dtype)
            played = view(outdata, frames, self.channels[1], self.dtype)
            if heard is not None:
                self.inputs.append(heard.copy())
            self.times.append((time.adc, time.current, time.dac))
            self.flags.append(flags)
            self.frames.append(frames)
            if played is not None:
                played[:] = 0
            return (self.process(self, heard, played) if self.process else None) or CONTINUE
        except BaseException as error:
            self.errors.append(error)
            return ABORT

    def _finish(self, user: Any) -> None:
        self.finished += 1

    @property
    def recorded(self) -> Any:
        """All of the input so far."""
        return np.concatenate(self.inputs)

    @property
    def losses(self) -> tuple[int, int]:
        lost, inserted = ffi.new("uint64_t *"), ffi.new("uint64_t *")
        assert self.lib.virtualcard_stream_losses(self.pointer, lost, inserted) == 0
        return lost[0], inserted[0]

    def start(self) -> Stream:
        assert self.lib.Pa_StartStream(self.pointer) == 0
        return self

    def stop(self) -> None:
        assert self.lib.Pa_StopStream(self.pointer) == 0

    def abort(self) -> None:
        assert self.lib.Pa_AbortStream(self.pointer) == 0

    @property
    def active(self) -> bool:
        return bool(self.lib.Pa_IsStreamActive(self.pointer))

    @property
    def stopped(self) -> bool:
        return bool(self.lib.Pa_IsStreamStopped(self.pointer))

    def read(self, frames: int) -> tuple[int, Any]:
        data = np.zeros((frames, self.channels[0]), self.dtype)
        return self.lib.Pa_ReadStream(self.pointer, ffi.from_buffer(data), frames), data

    def write(self, data: Any) -> int:
        data = np.ascontiguousarray(data, self.dtype)
        return int(self.lib.Pa_WriteStream(self.pointer, ffi.from_buffer(data), len(data)))

    def close(self) -> None:
        assert self.lib.Pa_CloseStream(self.pointer) == 0
        if self.errors:
            raise self.errors[0]


def playing(signal: Any) -> Process:
    """Make a process that plays an array once and then silence."""
    position = 0

    def process(stream: Stream, indata: Any, outdata: Any) -> None:
        nonlocal position
        part = signal[position : position + len(outdata)]
        outdata[: len(part)] = part
        position += len(outdata)

    return process


def until(condition: Callable[[], object]) -> None:
    """Wait for something that must happen."""
    while not condition():
        time.sleep(0.0005)
