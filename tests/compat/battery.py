"""Many calls of one module, and what came of each: run as a program, once for each of two modules.

    python battery.py MODULE PART

prints one JSON object, {label: outcome}; PART is "blocking" for what needs a card on the manual
clock (so that nothing is lost between two calls), "other" for the rest. Both modules get the same
calls in the same order on the same virtual card, so the two objects can be compared entry by entry.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
import zlib
from collections.abc import Iterator
from typing import Any

from behaviour import BEHAVIOUR, BLOCKING

VALUES: dict[str, Any] = {
    "None": None,
    "-1": -1,
    "0": 0,
    "1": 1,
    "2": 2,
    "99": 99,
    "1.5": 1.5,
    "nan": float("nan"),
    "True": True,
    "'x'": "x",
    "''": "",
    "'speaker'": "speaker",
    "'virtual'": "virtual",
    "'low'": "low",
    "'int16'": "int16",
    "'float64'": "float64",
    "'int24'": "int24",
    "b'x'": b"x",
    "(1, 2)": (1, 2),
    "(0, None)": (0, None),
    "[1, 2]": [1, 2],
    "(1, 2, 3)": (1, 2, 3),
    "[]": [],
    "{}": {},
}
STREAMS = (
    "Stream",
    "InputStream",
    "OutputStream",
    "RawStream",
    "RawInputStream",
    "RawOutputStream",
)
DEFAULTS = (
    "device",
    "channels",
    "dtype",
    "latency",
    "extra_settings",
    "samplerate",
    "blocksize",
    "clip_off",
    "dither_off",
    "never_drop_input",
    "prime_output_buffers_using_stream_callback",
    "nonsense",
)
PROPERTIES = ("samplerate", "blocksize", "device", "channels", "dtype", "samplesize", "latency")
STATES = ("active", "stopped", "closed", "cpu_load")


def plain(value: Any) -> Any:
    """Return what JSON can hold of a value, with its type where that is not obvious."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return f"float {value!r}"
    if isinstance(value, (tuple, list)) and type(value).__name__ != "DeviceList":
        return {type(value).__name__: [plain(item) for item in value]}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    name = type(value).__name__
    if name == "CallbackFlags":
        return {"CallbackFlags": str(value)}
    if name == "ndarray":
        return {"ndarray": [str(value.dtype), list(value.shape), zlib.crc32(value.tobytes())]}
    if name in ("DeviceList", "_InputOutputPair", "InputOutputPair"):
        return {name.lstrip("_"): [plain(value[0]), plain(value[1])], "repr": repr(value)}
    return f"<{name}>"


def outcome(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Return what a call gave, or how it failed."""
    try:
        return plain(function(*args, **kwargs))
    except Exception as error:
        arguments = [plain(item) for item in error.args]
        return {"raises": type(error).__name__, "str": str(error), "args": arguments}


def facts(stream: Any) -> Any:
    """Return what is known of an open stream; closes it."""
    try:
        return {name: plain(getattr(stream, name)) for name in (*PROPERTIES, *STATES)}
    finally:
        stream.close()


def parameters(function: Any) -> list[str]:
    skipped = ("kwargs", "args", "callback", "finished_callback", "extra_settings")
    return [name for name in inspect.signature(function).parameters if name not in skipped]


def constructors(sd: Any) -> Iterator[tuple[str, Any]]:
    """Every stream class, each argument alone with each value."""
    for name in STREAMS:
        cls = getattr(sd, name)
        for argument in parameters(cls):
            for label, value in VALUES.items():

                def make(cls: Any = cls, argument: str = argument, value: Any = value) -> Any:
                    return facts(cls(**{argument: value}))

                yield f"{name}({argument}={label})", make


def functions(sd: Any) -> Iterator[tuple[str, Any]]:
    """Every query, each argument alone with each value."""
    names = ("query_devices", "query_hostapis", "check_input_settings", "check_output_settings")
    for name in names:
        function = getattr(sd, name)
        for argument in parameters(function):
            for label, value in VALUES.items():
                yield (
                    f"{name}({argument}={label})",
                    lambda f=function, a=argument, v=value: f(**{a: v}),
                )
    for kind in ("input", "output", None, "duplex"):
        for label, value in VALUES.items():
            yield (
                f"query_devices({label}, {kind!r})",
                lambda v=value, k=kind: sd.query_devices(v, k),
            )


def defaults(sd: Any) -> Iterator[tuple[str, Any]]:
    """Every default with each value: what it reads as then, and what a stream makes of it."""
    for name in DEFAULTS:
        for label, value in VALUES.items():

            def assign(name: str = name, value: Any = value) -> Any:
                sd.default.reset()
                try:
                    setattr(sd.default, name, value)
                    return plain(getattr(sd.default, name)), outcome(
                        lambda: facts(sd.Stream(blocksize=64))
                    )
                finally:
                    sd.default.reset()

            yield f"default.{name} = {label}", assign


def semi_private(sd: Any) -> Iterator[tuple[str, Any]]:
    """The helpers with an underscore."""
    for label, value in VALUES.items():
        yield f"_split({label})", lambda v=value: sd._split(v)
        yield f"_check_dtype({label})", lambda v=value: sd._check_dtype(v)
        yield f"_check({label})", lambda v=value: sd._check(v, "doing it")
        for kind in ("input", "output", None):
            yield (
                f"_get_device_id({label}, {kind!r})",
                lambda v=value, k=kind: sd._get_device_id(v, k),
            )
            yield (
                f"_get_device_id({label}, {kind!r}, True)",
                lambda v=value, k=kind: sd._get_device_id(v, k, raise_on_error=True),
            )
        yield f"_check_mapping({label}, 2)", lambda v=value: sd._check_mapping(v, 2)
        yield f"CallbackFlags({label})", lambda v=value: sd.CallbackFlags(v)
        yield f"sleep({label})", lambda v=value: sd.sleep(v) if v != 99 else None
        yield f"AsioSettings({label})", lambda v=value: sd.AsioSettings(v)
        yield f"CoreAudioSettings({label})", lambda v=value: sd.CoreAudioSettings(v)
    for code in range(-10005, -9965):
        yield f"_check({code})", lambda c=code: sd._check(c, "doing it")


def takes(sd: Any) -> Iterator[tuple[str, Any]]:
    """play, rec and playrec: each argument alone with each value, and every kind of array."""
    import numpy as np

    few = {name: value for name, value in VALUES.items() if name not in ("99", "0")}

    sd.default.reset()
    sd.default.latency = 10  # the host's longest buffer: the machine may be busy

    def play(*args: Any, **kwargs: Any) -> Any:
        try:
            sd.play(*args, **kwargs)
            sd.wait()
            return facts(sd.get_stream())
        finally:
            sd.stop()

    def returning(function: str, *args: Any, **kwargs: Any) -> Any:
        try:
            take = getattr(sd, function)(*args, **kwargs)
            sd.wait()
            return plain(take)
        finally:
            sd.stop()

    data = np.zeros((480, 2), "float32")
    for name in ("samplerate", "mapping", "device", "latency", "blocksize", "channels", "nonsense"):
        for label, value in few.items():
            options = {"device": 2} | {name: value}
            yield f"play(data, {name}={label})", lambda o=options: play(data, **o)
    for dtype in (
        "float64",
        "float32",
        "float16",
        "int64",
        "int32",
        "int16",
        "int8",
        "uint8",
        "U1",
    ):
        yield f"play({dtype})", lambda d=dtype: play(np.zeros(100, d), device=2)
    for shape in ((), (0,), (0, 2), (10,), (10, 1), (1, 1), (10, 3), (2, 2, 2), (10, 0)):
        yield f"play({shape})", lambda s=shape: play(np.zeros(s, "float32"), device=2)
    for label, value in VALUES.items():
        yield f"play({label})", lambda v=value: play(v, device=2)
    for name in ("frames", "samplerate", "channels", "dtype", "out", "mapping", "device"):
        for label, value in few.items():
            options = {"frames": 240, "device": 1, "channels": 2} | {name: value}
            yield f"rec({name}={label})", lambda o=options: returning("rec", **o)
    for name in ("channels", "dtype", "out", "input_mapping", "output_mapping", "samplerate"):
        for label, value in few.items():
            yield (
                f"playrec(data, {name}={label})",
                lambda n=name, v=value: returning(
                    "playrec", data, **({"device": 0, "channels": 1} | {n: v})
                ),
            )


PARTS = {
    "blocking": BLOCKING,
    "other": (functions, constructors, defaults, semi_private, takes, *BEHAVIOUR),
}


def main() -> None:
    sd = importlib.import_module(sys.argv[1])
    results = {label: outcome(call) for part in PARTS[sys.argv[2]] for label, call in part(sd)}
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
