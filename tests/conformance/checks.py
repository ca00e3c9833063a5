"""What every PortAudio does, whatever is behind it.

``checks.py LIBRARY HOSTAPI DEVICE ATTEMPTS [NOT]...`` runs each function named ``check_...``, but
for those that are named, on one device of a library that is loaded for it, so many times at most
until it succeeds, and prints a line of JSON for each: its name, and what went wrong, if anything
did. The facts are from PortAudio's header, and from watching 19.6.0 where it is silent.
"""

from __future__ import annotations

import faulthandler
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "virtual"))
from card_portaudio import ffi

RATE, BLOCK = 48000, 256
FLOAT, COMPLETE, ABORT = 1, 1, 2
LIMIT = 20.0
NULL = ffi.NULL


@dataclass
class Portaudio:
    """A library, initialised, and the device to use."""

    lib: Any
    device: int
    channels: tuple[int, int]

    def side(self, direction: int, **changes: Any) -> Any:
        """Make stream parameters for the device."""
        fields = {
            "device": self.device,
            "channelCount": 1,
            "sampleFormat": FLOAT,
            "suggestedLatency": 0.1,
            "hostApiSpecificStreamInfo": NULL,
        }
        return ffi.new("PaStreamParameters *", {**fields, **changes})

    def open_code(self, inputs: Any, outputs: Any, rate: float = RATE, **options: Any) -> int:
        """Try to open a stream that is never started, and close it; what opening gave."""
        pointer = ffi.new("void **")
        callback = options.get("callback", NULL)
        block, flags = options.get("block", BLOCK), options.get("flags", 0)
        code = self.lib.Pa_OpenStream(pointer, inputs, outputs, rate, block, flags, callback, NULL)
        if code == 0:
            assert self.lib.Pa_CloseStream(pointer[0]) == 0
        return int(code)

    @contextmanager
    def stream(
        self,
        kind: str,
        *,
        block: int = BLOCK,
        flags: int = 0,
        blocking: bool = False,
        answer: Callable[[int], int] = lambda count: 0,
    ) -> Iterator[Stream]:
        """Open a stream and close it in the end, whatever state it is in."""
        stream = Stream(self, kind, block, flags, blocking, answer)
        try:
            yield stream
        finally:
            if not stream.closed:
                assert self.lib.Pa_CloseStream(stream.pointer) == 0


class Stream:
    """An open stream whose callback notes what it was given and plays silence."""

    def __init__(
        self,
        pa: Portaudio,
        kind: str,
        block: int,
        flags: int,
        blocking: bool,
        answer: Callable[[int], int],
    ) -> None:
        self.lib, self.kind, self.closed = pa.lib, kind, False
        self.frames: list[int] = []
        self.times: list[tuple[float, float, float]] = []
        self.pointers: list[tuple[bool, bool]] = []
        self.finished = 0
        self._answer = answer
        self._callback = ffi.callback("PaStreamCallback", self._run, error=ABORT)
        self._finish = ffi.callback("PaStreamFinishedCallback", self._end)
        pointer = ffi.new("void **")
        code = pa.lib.Pa_OpenStream(
            pointer,
            pa.side(0) if "input" in kind else NULL,
            pa.side(1) if "output" in kind else NULL,
            RATE,
            block,
            flags,
            NULL if blocking else self._callback,
            NULL,
        )
        same("opening", code, 0)
        self.pointer = pointer[0]
        if not blocking:
            same("setting", pa.lib.Pa_SetStreamFinishedCallback(self.pointer, self._finish), 0)

    def _run(self, inputs: Any, outputs: Any, frames: int, times: Any, flags: int, _: Any) -> int:
        self.frames.append(frames)
        self.times.append((times.adc, times.current, times.dac))
        self.pointers.append((inputs != NULL, outputs != NULL))
        if outputs != NULL:
            ffi.memmove(outputs, bytes(4 * frames), 4 * frames)
        return self._answer(len(self.frames))

    def _end(self, _: Any) -> None:
        self.finished += 1

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(self.lib, f"Pa_{name}")
        return lambda *arguments: function(self.pointer, *arguments)


def same(what: str, found: object, expected: object) -> None:
    """Fail, with both, unless they are equal."""
    assert found == expected, f"{what}: {found!r} and not {expected!r}"


def until(what: str, condition: Callable[[], object]) -> None:
    """Wait for something that must happen."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.001)


# ---- the library


def check_initialisation_is_counted(pa: Portaudio) -> None:
    same("again", pa.lib.Pa_Initialize(), 0)
    same("once less", pa.lib.Pa_Terminate(), 0)
    assert pa.lib.Pa_GetDeviceCount() > 0


def check_sample_sizes(pa: Portaudio) -> None:
    sizes = {1: 4, 2: 4, 4: 3, 8: 2, 16: 1, 32: 1, 0x80000008: 2}
    same("sizes", {code: pa.lib.Pa_GetSampleSize(code) for code in sizes}, sizes)
    same("none", [pa.lib.Pa_GetSampleSize(code) for code in (0, 64)], [-9994, -9994])


def check_error_texts(pa: Portaudio) -> None:
    texts = [ffi.string(pa.lib.Pa_GetErrorText(code)) for code in (0, *range(-10000, -9971))]
    same("texts", len(set(texts)), 30)
    same("success", texts[0], b"Success")
    same("invalid", ffi.string(pa.lib.Pa_GetErrorText(-1)), b"Invalid error code")


def check_lists(pa: Portaudio) -> None:
    apis = [pa.lib.Pa_GetHostApiInfo(index) for index in range(pa.lib.Pa_GetHostApiCount())]
    infos = [pa.lib.Pa_GetDeviceInfo(index) for index in range(pa.lib.Pa_GetDeviceCount())]
    same("devices", sum(api.deviceCount for api in apis), len(infos))
    for number, api in enumerate(apis):
        same("type", pa.lib.Pa_HostApiTypeIdToHostApiIndex(api.type), number)
        own = [index for index, info in enumerate(infos) if info.hostApi == number]
        convert = pa.lib.Pa_HostApiDeviceIndexToDeviceIndex
        same("own", [convert(number, place) for place in range(api.deviceCount)], own)
        same("beyond", convert(number, api.deviceCount), -9996)
        for default in (api.defaultInputDevice, api.defaultOutputDevice):
            assert default == -1 or default in own
    same("beyond", pa.lib.Pa_HostApiDeviceIndexToDeviceIndex(len(apis), 0), -9978)
    assert pa.lib.Pa_GetHostApiInfo(len(apis)) == pa.lib.Pa_GetHostApiInfo(-1) == NULL
    assert pa.lib.Pa_GetDeviceInfo(len(infos)) == pa.lib.Pa_GetDeviceInfo(-1) == NULL
    same("unknown type", pa.lib.Pa_HostApiTypeIdToHostApiIndex(99), -9979)


def check_defaults_are_the_default_host_apis(pa: Portaudio) -> None:
    api = pa.lib.Pa_GetHostApiInfo(pa.lib.Pa_GetDefaultHostApi())
    same("input", pa.lib.Pa_GetDefaultInputDevice(), api.defaultInputDevice)
    same("output", pa.lib.Pa_GetDefaultOutputDevice(), api.defaultOutputDevice)


# ---- opening


def check_what_opens(pa: Portaudio) -> None:
    for inputs, outputs in ((pa.side(0), NULL), (NULL, pa.side(1)), (pa.side(0), pa.side(1))):
        same("supported", pa.lib.Pa_IsFormatSupported(inputs, outputs, RATE), 0)
        for block in (0, 64, 1000):
            same("opens", pa.open_code(inputs, outputs, block=block), 0)


def check_every_format_opens(pa: Portaudio) -> None:
    for dtype in (1, 2, 4, 8, 16, 32, 0x80000001):
        side = pa.side(0, sampleFormat=dtype)
        same(f"format {dtype}", pa.open_code(side, NULL), 0)


def check_refusals(pa: Portaudio) -> None:
    side, most = pa.side, pa.channels[0]
    devices = pa.lib.Pa_GetDeviceCount()
    refused = {
        "neither direction": (pa.open_code(NULL, NULL), -9996),
        "no such device": (pa.open_code(side(0, device=devices), NULL), -9996),
        "no device": (pa.open_code(side(0, device=-1), NULL), -9996),
        "no channels": (pa.open_code(side(0, channelCount=0), NULL), -9998),
        "too many": (pa.open_code(side(0, channelCount=most + 1), NULL), -9998),
        "no format": (pa.open_code(side(0, sampleFormat=64), NULL), -9994),
        "slow": (pa.open_code(side(0), NULL, rate=999), -9997),
        "fast": (pa.open_code(side(0), NULL, rate=384001), -9997),
        "flag": (pa.open_code(side(0), NULL, flags=16), -9995),
    }
    for what, (found, expected) in refused.items():
        same(what, found, expected)


def check_never_drop_input_needs_a_duplex_callback_and_any_block_size(pa: Portaudio) -> None:
    callback = ffi.callback("PaStreamCallback", lambda *_: COMPLETE)
    both, one = (pa.side(0), pa.side(1)), (pa.side(0), NULL)
    options: dict[str, Any] = {"flags": 4, "callback": callback}
    same("legal", pa.open_code(*both, block=0, **options), 0)
    same("block size", pa.open_code(*both, block=256, **options), -9995)
    same("one direction", pa.open_code(*one, block=0, **options), -9995)
    same("blocking", pa.open_code(*both, block=0, flags=4), -9995)


# ---- callback streams


def check_states(pa: Portaudio) -> None:
    with pa.stream("input output") as stream:
        same("new", (stream.IsStreamStopped(), stream.IsStreamActive()), (1, 0))
        same("stop", stream.StopStream(), -9983)
        same("abort", stream.AbortStream(), -9983)
        same("start", stream.StartStream(), 0)
        same("running", (stream.IsStreamStopped(), stream.IsStreamActive()), (0, 1))
        same("start again", stream.StartStream(), -9982)
        same("callback", stream.SetStreamFinishedCallback(NULL), -9982)
        until("callbacks", lambda: len(stream.frames) >= 3)
        same("stop", stream.StopStream(), 0)
        same("stopped", (stream.IsStreamStopped(), stream.IsStreamActive()), (1, 0))
        same("finished", stream.finished, 1)
        count = len(stream.frames)
        time.sleep(0.05)
        same("callbacks after stop", len(stream.frames), count)
        same("start once more", stream.StartStream(), 0)
        until("more callbacks", lambda: len(stream.frames) >= count + 3)
        same("abort", stream.AbortStream(), 0)
        same("finished", stream.finished, 2)


def check_close_ends_a_running_stream(pa: Portaudio) -> None:
    with pa.stream("output") as stream:
        same("start", stream.StartStream(), 0)
        until("callbacks", lambda: stream.frames)
        same("close", stream.CloseStream(), 0)
        stream.closed = True
        same("finished", stream.finished, 1)


def check_complete_and_abort(pa: Portaudio) -> None:
    for result in (COMPLETE, ABORT):
        for kind in ("input", "output"):
            answer = {3: result}
            with pa.stream(kind, answer=lambda count, a=answer: a.get(count, 0)) as stream:
                same("start", stream.StartStream(), 0)
                until("finished callback", lambda s=stream: s.finished)
                until("inactive", lambda s=stream: s.IsStreamActive() == 0)
                same("callbacks", len(stream.frames), 3)
                same("not stopped yet", stream.IsStreamStopped(), 0)
                same("start", stream.StartStream(), -9982)
                same("stop", stream.StopStream(), 0)
                same("stopped", stream.IsStreamStopped(), 1)
                same("finished once", stream.finished, 1)


def check_blocks_have_the_size_that_was_asked_for(pa: Portaudio) -> None:
    for kind in ("input", "output", "input output"):
        for block in (64, 1000):
            with pa.stream(kind, block=block) as stream:
                same("start", stream.StartStream(), 0)
                until("callbacks", lambda s=stream: len(s.frames) >= 5)
                same("stop", stream.StopStream(), 0)
                same("sizes", set(stream.frames), {block})
                same("buffers", set(stream.pointers), {("input" in kind, "output" in kind)})


def check_the_host_chooses_a_size(pa: Portaudio) -> None:
    with pa.stream("input output", block=0) as stream:
        same("start", stream.StartStream(), 0)
        until("callbacks", lambda: len(stream.frames) >= 5)
        same("stop", stream.StopStream(), 0)
        assert min(stream.frames) > 0


def check_times(pa: Portaudio) -> None:
    with pa.stream("input output") as stream:
        info = stream.GetStreamInfo()
        same("rate", info.sampleRate, RATE)
        assert info.inputLatency >= 0, info.inputLatency
        assert info.outputLatency > 0, info.outputLatency
        same("start", stream.StartStream(), 0)
        until("callbacks", lambda: len(stream.frames) >= 10)
        first = stream.GetStreamTime()
        until("time goes on", lambda: stream.GetStreamTime() > first)
        assert 0 <= stream.GetStreamCpuLoad() < 100
        same("stop", stream.StopStream(), 0)
        # Those of input and output are estimates, and jump back on real hosts.
        current = [times[1] for times in stream.times]
        same("order", current, sorted(current))
        assert all(min(times) > 0 for times in stream.times[1:]), stream.times


def check_callback_streams_are_not_read_or_written(pa: Portaudio) -> None:
    memory = ffi.new("float[64]")
    with pa.stream("input output") as stream:
        same("start", stream.StartStream(), 0)
        same("read", stream.ReadStream(memory, 1), -9977)
        same("write", stream.WriteStream(memory, 1), -9976)
        same("stop", stream.StopStream(), 0)
        same("read available", stream.GetStreamReadAvailable(), -9977)
        same("write available", stream.GetStreamWriteAvailable(), -9976)


# ---- blocking streams


def check_blocking_reads(pa: Portaudio) -> None:
    memory = ffi.new("float[4800]")
    with pa.stream("input", blocking=True) as stream:
        same("stopped", stream.ReadStream(memory, 100), -9983)
        same("start", stream.StartStream(), 0)
        for frames in (1, 256, 4800):
            assert stream.ReadStream(memory, frames) in (0, -9981)
        same("write", stream.WriteStream(memory, 1), -9974)
        same("no buffer", stream.ReadStream(NULL, 1), -9972)
        assert stream.GetStreamReadAvailable() >= 0
        same("stop", stream.StopStream(), 0)


def check_blocking_writes(pa: Portaudio) -> None:
    memory = ffi.new("float[4800]")
    with pa.stream("output", blocking=True) as stream:
        same("stopped", stream.WriteStream(memory, 100), -9983)
        same("start", stream.StartStream(), 0)
        for frames in (1, 256, 4800):
            assert stream.WriteStream(memory, frames) in (0, -9980)
        same("read", stream.ReadStream(memory, 1), -9975)
        same("no buffer", stream.WriteStream(NULL, 1), -9972)
        assert stream.GetStreamWriteAvailable() >= 0
        same("stop", stream.StopStream(), 0)


def check_no_frames_are_no_work(pa: Portaudio) -> None:
    with pa.stream("input", blocking=True) as stream:
        same("read", stream.ReadStream(NULL, 0), 0)


# ---- pointers


def check_bad_pointers(pa: Portaudio) -> None:
    memory = ffi.new("char[64]")  # no stream's
    for pointer in (NULL, ffi.cast("void *", memory)):
        for name in ("StartStream", "StopStream", "AbortStream", "CloseStream", "IsStreamActive"):
            same(name, getattr(pa.lib, f"Pa_{name}")(pointer), -9988)
        assert pa.lib.Pa_GetStreamInfo(pointer) == NULL
        same("time", pa.lib.Pa_GetStreamTime(pointer), 0)
        same("load", pa.lib.Pa_GetStreamCpuLoad(pointer), 0)
    same("no place", pa.lib.Pa_OpenStream(NULL, NULL, NULL, RATE, 0, 0, NULL, NULL), -9988)


# ---- at the end, as they terminate


def last_terminate_closes_streams(pa: Portaudio) -> None:
    with pa.stream("output") as stream:
        same("start", stream.StartStream(), 0)
        until("callbacks", lambda: stream.frames)
        same("terminate", pa.lib.Pa_Terminate(), 0)
        stream.closed = True
        count = len(stream.frames)
        time.sleep(0.05)
        same("callbacks", len(stream.frames), count)


def nothing_works_when_terminated(pa: Portaudio) -> None:
    same("terminate", pa.lib.Pa_Terminate(), -10000)
    same("devices", pa.lib.Pa_GetDeviceCount(), -10000)
    same("APIs", pa.lib.Pa_GetHostApiCount(), -10000)
    same("default", pa.lib.Pa_GetDefaultInputDevice(), -1)
    same("info", pa.lib.Pa_GetDeviceInfo(0), NULL)
    same("open", pa.open_code(pa.side(0), NULL), -10000)
    same("supported", pa.lib.Pa_IsFormatSupported(pa.side(0), NULL, RATE), -10000)


CHECKS: list[Callable[[Portaudio], None]] = [
    *(function for name, function in list(globals().items()) if name.startswith("check_")),
    last_terminate_closes_streams,
    nothing_works_when_terminated,
]
NAMES = [function.__name__ for function in CHECKS]


def find(lib: Any, hostapi: str, device: str) -> Portaudio:
    """Find the device by names."""
    for index in range(lib.Pa_GetDeviceCount()):
        info = lib.Pa_GetDeviceInfo(index)
        api = ffi.string(lib.Pa_GetHostApiInfo(info.hostApi).name).decode()
        if (api, ffi.string(info.name).decode()) == (hostapi, device):
            return Portaudio(lib, index, (info.maxInputChannels, info.maxOutputChannels))
    raise LookupError(f"no {device!r} on {hostapi!r}")


def trouble_of(check: Callable[[Portaudio], None], pa: Portaudio) -> str:
    """Return what went wrong, if anything did."""
    faulthandler.dump_traceback_later(LIMIT + 10, exit=True)  # a call that does not return
    try:
        check(pa)
    except Exception:
        return traceback.format_exc()
    return ""


def main() -> None:
    path, hostapi, device, attempts, *left_out = sys.argv[1:]
    lib = ffi.dlopen(path)
    same("initialising", lib.Pa_Initialize(), 0)
    pa = find(lib, hostapi, device)
    for check in CHECKS:
        if check.__name__ in left_out:
            continue
        trouble = trouble_of(check, pa)
        for _ in range(1, int(attempts)):
            trouble = trouble and trouble_of(check, pa)
        print(json.dumps([check.__name__, trouble]), flush=True)


if __name__ == "__main__":
    main()
