"""Nothing of python-sounddevice's public surface is missing, or looks different."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import aiosounddevice.compat as sd

API = json.loads(Path(__file__).with_name("api.json").read_text())
CLASSES = sorted(API["classes"])
MEMBERS = [(name, member) for name in CLASSES for member in API["classes"][name]["members"]]
PRIVATE = [
    "_initialize",
    "_terminate",
    "_initialized",
    "_lib",
    "_ffi",
    "_libname",
    "_StreamBase",
    "_InputStreamBase",
    "_OutputStreamBase",
    "_split",
    "_check",
    "_check_mapping",
    "_check_dtype",
    "_sampleformats",
    "_get_device_id",
    "_get_stream_parameters",
    "_InputOutputPair",
    "_CallbackContext",
    "_wrap_callback",
    "_last_callback",
    "_exit_handler",
    "_ignore_stderr",
    "_array",
    "_buffer",
    "__version__",
]


def signature(thing: Any) -> str:
    """Names, kinds and defaults; annotations are ours."""
    found = inspect.signature(thing)
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    return str(inspect.Signature(bare))


@pytest.mark.parametrize("name", sorted(API["functions"]))
def test_function(name: str) -> None:
    assert signature(getattr(sd, name)) == API["functions"][name]


@pytest.mark.parametrize("name", CLASSES)
def test_class(name: str) -> None:
    cls, wanted = getattr(sd, name), API["classes"][name]
    assert isinstance(cls, type)
    if wanted["signature"] is not None:
        assert signature(cls) == wanted["signature"]
    bases = [base.__name__ for base in cls.__mro__[1:]]
    assert [base for base in bases if base in wanted["bases"]] == wanted["bases"]


@pytest.mark.parametrize(("name", "member"), MEMBERS, ids=lambda word: word)
def test_member(name: str, member: str) -> None:
    wanted = API["classes"][name]["members"][member]
    found = inspect.getattr_static(getattr(sd, name), member)
    if wanted["kind"] == "property":
        assert isinstance(found, property)
        assert (found.fset is not None) == wanted["settable"]
    else:
        assert signature(found) == wanted["signature"]


def test_defaults(sd: Any) -> None:
    assert set(API["default_members"]) <= set(dir(sd.default))
    for name, value in API["default"].items():
        if name == "device":
            assert sd.default.overrides(name) == (None, None)
            continue
        found = getattr(sd.default, name)
        found = (found[0], found[1]) if name in ("channels", "dtype", "latency") else found
        if name == "extra_settings":
            found = (found[0], found[1])
        assert repr(found) == value


def test_dictionaries(card: Any, sd: Any) -> None:
    assert list(sd.query_devices(0)) == API["device_keys"]
    assert list(sd.query_hostapis(0)) == API["hostapi_keys"]


@pytest.mark.parametrize("name", PRIVATE)
def test_semi_private_name(card: Any, sd: Any, name: str) -> None:
    getattr(sd, name)


def test_semi_private_signatures() -> None:
    order = (
        "(kind, samplerate=None, blocksize=None, device=None, channels=None, dtype=None, "
        "latency=None, extra_settings=None, callback=None, finished_callback=None, "
        "clip_off=None, dither_off=None, never_drop_input=None, "
        "prime_output_buffers_using_stream_callback=None, userdata=None, wrap_callback=None)"
    )
    assert signature(sd._StreamBase) == order
    assert signature(sd._InputStreamBase) == order
    assert signature(sd._OutputStreamBase) == order
    assert signature(sd._check) == "(err, msg='')"
    assert signature(sd._split) == "(value)"
    assert signature(sd._wrap_callback) == "(callback, *args)"
    assert signature(sd._get_device_id) == "(id_or_query_string, kind, raise_on_error=False)"
    assert signature(sd._get_stream_parameters) == (
        "(kind, device, channels, dtype, latency, extra_settings, samplerate)"
    )
