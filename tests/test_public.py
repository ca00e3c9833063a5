"""The list of public names is a promise."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import aiosounddevice as sd

SOURCE = Path(sd.__file__)
NAMES = """
    AsioSettings AudioError BlockInfo Blocks CallTimeout CallbackFlags CoreAudioSettings
    DeviceBusy DeviceList DeviceLost DeviceNotFound FileError FileInfo FilePlayer
    FileRecorder FormatNotSupported InputOverflow InputStream LibraryNotFound
    MissingPackage OutputStream PortAudioError RawInputStream RawOutputStream RawStream
    RoundTrip Stream StreamBusy StreamClosed StreamStatistics Take Until WasapiSettings
    WrongLoop XrunWarning blocks check_input_settings check_output_settings default
    measure_latency play play_file playrec query_devices query_hostapis rec record_file
    recording virtual
"""


def test_public_names() -> None:
    assert sorted(sd.__all__) == NAMES.split()


@pytest.mark.parametrize("name", NAMES.split())
def test_each_is_there_and_documented(name: str) -> None:
    thing = getattr(sd, name)
    assert name in dir(sd)
    if callable(thing):
        assert thing.__doc__, f"{name} has no docstring"


def test_the_type_checker_sees_the_same_names() -> None:
    tree = ast.parse(SOURCE.read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {alias.name for node in block.body for alias in node.names}  # type: ignore[attr-defined]
    assert imported == set(sd.__all__)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        sd.nonsense  # noqa: B018


@pytest.mark.parametrize(
    "name",
    ["wait", "stop", "get_status", "get_stream", "sleep", "CallbackStop", "CallbackAbort"],
)
def test_names_that_make_sense_only_without_an_event_loop(name: str) -> None:
    with pytest.raises(AttributeError, match=r"aiosounddevice\.compat"):
        getattr(sd, name)


def test_errors_are_what_users_of_other_libraries_catch() -> None:
    import anyio

    assert issubclass(sd.StreamClosed, anyio.ClosedResourceError)
    assert issubclass(sd.StreamBusy, anyio.BusyResourceError)
    assert issubclass(sd.DeviceNotFound, ValueError)
    assert issubclass(sd.LibraryNotFound, OSError)
    assert issubclass(sd.WrongLoop, RuntimeError)
    for name in NAMES.split():
        thing = getattr(sd, name)
        if isinstance(thing, type) and issubclass(thing, Exception) and name != "XrunWarning":
            assert issubclass(thing, sd.AudioError)
