"""Part of the battery: what streams and takes do, written by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

STATES = ("active", "stopped", "closed")


def states(stream: Any) -> list[bool]:
    return [getattr(stream, name) for name in STATES]


def reading(sd: Any) -> Iterator[tuple[str, Any]]:
    """Blocking input, before, while and after it runs."""
    stream = sd.InputStream(48000, device=1, channels=1, latency=1)
    yield "in: available before", lambda: stream.read_available
    yield "in: time", lambda: type(stream.time).__name__
    yield "in: read before start", lambda: stream.read(1)
    yield "in: enter", lambda: stream.__enter__() is stream
    yield "in: start again", stream.start
    yield "in: states", lambda: states(stream)
    for frames in (3, 0, -1, 1.5, "x", True):
        yield f"in: read({frames!r})", lambda n=frames: stream.read(n)
    yield "in: no write", lambda: stream.write
    yield "in: stop", stream.stop
    yield "in: states after stop", lambda: states(stream)
    for name in ("stop", "abort"):
        for ignore in (True, False):
            yield f"in: {name} again, {ignore}", lambda n=name, i=ignore: getattr(stream, n)(i)
    yield "in: close", stream.close
    yield "in: close again", stream.close
    yield "in: close again, False", lambda: stream.close(False)
    for name in (*STATES, "time", "cpu_load", "read_available", "samplerate", "latency", "device"):
        yield f"in: {name} after close", lambda n=name: getattr(stream, n)
    for name in ("start", "stop", "abort"):
        yield f"in: {name} after close", getattr(stream, name)
    yield "in: stop after close, False", lambda: stream.stop(ignore_errors=False)
    yield "in: read after close", lambda: stream.read(2)
    callback = sd.InputStream(48000, device=1, channels=1, callback=lambda *args: None)
    yield "in: read of a callback stream", lambda: callback.read(1)
    yield "in: available of a callback stream", lambda: callback.read_available
    callback.close()


def writing(sd: Any) -> Iterator[tuple[str, Any]]:
    """Blocking output."""
    import numpy as np

    stream = sd.OutputStream(48000, device=2, channels=2, dtype="int16", latency=1)
    zeros = np.zeros((4, 2), "int16")
    yield "out: write before start", lambda: stream.write(zeros)
    stream.start()
    given = {
        "array": zeros,
        "list": [[0, 0], [1, 1]],
        "float32": zeros.astype("float32"),
        "one dimension": zeros[:, 0],
        "three channels": np.zeros((4, 3), "int16"),
        "fortran": np.asfortranarray(zeros),
        "three dimensions": zeros.reshape(4, 2, 1),
        "nothing": zeros[:0],
        "read-only": np.frombuffer(bytes(16), "int16").reshape(4, 2),
    }
    for label, data in given.items():
        yield f"out: write({label})", lambda d=data: stream.write(d)
    yield "out: available", lambda: stream.write_available > 0
    yield "out: no read", lambda: stream.read
    stream.close()
    mono = sd.OutputStream(48000, device=2, channels=1, latency=1)
    mono.start()
    yield "out: mono", lambda: mono.write(np.zeros(4, "float32"))
    yield "out: mono float64", lambda: mono.write(np.zeros(4))
    mono.close()
    raw = sd.RawOutputStream(48000, device=2, channels=2, dtype="int24", latency=1)
    raw.start()
    for size in (12, 11, 3, 0):
        yield f"out: raw {size}", lambda n=size: raw.write(bytes(n))
    for data in (bytearray(6), memoryview(bytes(6)), np.zeros(6, "int8")):
        yield f"out: raw {type(data).__name__}", lambda d=data: raw.write(d)
    yield "out: raw integers", lambda: raw.write([0] * 12)
    raw.close()


def callbacks(sd: Any) -> Iterator[tuple[str, Any]]:
    """How a callback ends its stream."""
    errors = {"stop": sd.CallbackStop, "abort": sd.CallbackAbort}
    for cls in ("InputStream", "OutputStream", "Stream", "RawStream"):
        for kind in errors:
            yield f"callback: {cls} {kind}", lambda c=cls, k=kind: _run(sd, c, errors[k])


def _run(sd: Any, cls: str, error: type[Exception]) -> Any:
    ended, seen = threading.Event(), []

    def callback(*args: Any) -> None:
        *data, frames, time, status = args
        seen.append([frames, *(len(part) for part in data), type(status).__name__])
        for name in ("inputBufferAdcTime", "outputBufferDacTime", "currentTime"):
            assert isinstance(getattr(time, name), float)
        if len(seen) == 3:
            raise error

    stream = getattr(sd, cls)(
        48000, 64, channels=2, callback=callback, finished_callback=ended.set, latency=1
    )
    with stream:
        assert ended.wait(20)
        within = states(stream)
    return [seen[:3], len(seen), within, states(stream)]


def takes(sd: Any) -> Iterator[tuple[str, Any]]:
    """The life of play, rec and playrec."""
    import numpy as np

    sd.default.latency = 10
    ramp = np.arange(100, dtype="int32")
    yield "take: rec of nothing", lambda: sd.rec(0, 48000, channels=1, device=1, blocking=True)
    for out in (np.zeros(5, "float32"), np.zeros((5, 2), "float16"), [[1, 2]]):
        yield (
            f"take: rec(out={type(out).__name__} {getattr(out, 'shape', '')})",
            lambda o=out: sd.rec(out=o, device=1),
        )
    for frames in (1.0, 1.5, -1, "x", np.int64(5)):
        yield (
            f"take: rec({frames!r})",
            lambda n=frames: sd.rec(n, 48000, channels=1, device=1, blocking=True),
        )
    yield (
        "take: playrec of another length",
        lambda: sd.playrec(ramp, out=np.zeros((5, 1), "int32"), device=0),
    )
    for mapping in ([1], [2], [2, 1], [1, 1], [3]):
        yield f"take: play mono on {mapping}", lambda m=mapping: _play(sd, ramp, m)
        yield (
            f"take: rec from {mapping}",
            lambda m=mapping: sd.rec(20, 48000, mapping=m, device=1, blocking=True).shape,
        )
    yield "take: loop", lambda: _loop(sd, ramp)
    yield "take: states", lambda: _life(sd, ramp)
    yield "take: stop again, False", lambda: sd.stop(False)
    yield "take: wait again, False", lambda: sd.wait(ignore_errors=False)


def _play(sd: Any, data: Any, mapping: Any) -> Any:
    sd.play(data, 48000, mapping=mapping, device=2)
    last = sd._last_callback
    found = [int(last.output_channels), list(map(int, last.silent_channels)), last.frames]
    sd.wait()
    return found


def _loop(sd: Any, data: Any) -> Any:
    sd.play(data, 48000, device=2, loop=True)
    active = sd.get_stream().active
    sd.stop()
    return active, states(sd.get_stream()), sd.wait() is None


def _life(sd: Any, data: Any) -> Any:
    sd.play(data, 48000, device=2)
    last, stream = sd._last_callback, sd.get_stream()
    last.event.wait(20)
    ended = states(stream)
    sd.wait()
    return type(stream).__name__, ended, states(stream), hasattr(last, "data")


def pairs(sd: Any) -> Iterator[tuple[str, Any]]:
    """`default` and its pairs."""
    sd.default.reset()
    yield "pair: unassigned", lambda: list(sd.default.device)
    yield "pair: no len", lambda: hasattr(sd.default.device, "__len__")
    yield "pair: 2", lambda: sd.default.device[2]
    yield "pair: 'x'", lambda: sd.default.device["x"]
    yield "pair: -1", lambda: sd.default.device[-1]
    yield "pair: equal", lambda: sd.default.device == [0, 0]
    yield "pair: item", lambda: sd.default.device.__setitem__("output", 2)
    yield "pair: after that", lambda: (repr(sd.default.device), sd.default.device["output"])
    yield "pair: given on", lambda: sd.query_devices(sd.default.device)
    yield "pair: to another", lambda: setattr(sd.default, "channels", sd.default.device)
    sd.default.reset()
    yield "pair: reset", lambda: repr(sd.default.device)
    yield "default: hostapi", lambda: sd.default.hostapi
    yield "default: hostapi = 1", lambda: setattr(sd.default, "hostapi", 1)
    yield "default: _default_device", lambda: sd.default._default_device


def flags(sd: Any) -> Iterator[tuple[str, Any]]:
    """`CallbackFlags`."""
    some = sd.CallbackFlags(2)
    yield "flags: or", lambda: some.__ior__(sd.CallbackFlags(4))
    yield "flags: or int", lambda: some.__ior__(3) is NotImplemented
    yield "flags: equal", lambda: sd.CallbackFlags(2) == sd.CallbackFlags(2)
    yield "flags: repr", lambda: repr(some)
    yield "flags: truth", lambda: (bool(some), bool(sd.CallbackFlags()))
    yield "flags: assign", lambda: setattr(some, "input_overflow", False)
    yield "flags: then", lambda: (str(some), some._flags)
    yield "flags: unknown", lambda: setattr(some, "nonsense", 1)


def ending(sd: Any) -> Iterator[tuple[str, Any]]:
    """Terminating and initialising; last, for it leaves PortAudio terminated."""
    yield "end: _terminate", sd._terminate
    yield "end: _initialized", lambda: sd._initialized
    for name in ("query_devices", "query_hostapis", "check_input_settings", "_terminate"):
        yield f"end: {name}", getattr(sd, name)
    yield "end: query_devices(0)", lambda: sd.query_devices(0)
    yield "end: query_devices('speaker')", lambda: sd.query_devices("speaker")
    yield "end: default.device", lambda: list(sd.default.device)
    yield "end: InputStream", sd.InputStream
    yield "end: version", lambda: sd.get_portaudio_version()[0]
    yield "end: _initialize", sd._initialize
    yield "end: _initialize again", sd._initialize
    yield "end: initialized twice", lambda: sd._initialized
    yield "end: devices", lambda: len(sd.query_devices())
    yield "end: _exit_handler", sd._exit_handler
    yield "end: after that", lambda: sd._initialized


BLOCKING = (reading, writing)
BEHAVIOUR = (callbacks, takes, pairs, flags, ending)
