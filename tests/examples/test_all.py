"""What all examples have in common."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import FOLDER, free_port

ALL = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.py"))
ASYNC = [name for name in ALL if "/" not in name]
# What each needs to be told, besides the device.
ARGUMENTS = {
    "barge_in": (),
    "impulse_response": ("room.wav", "room.png"),
    "metronome": ("120",),
    "record_until_silence": ("memo.flac",),
    "speech_detector": ("heard.wav",),
    "trio_intercom": ("127.0.0.1",),
    "tuner": (),
    "walkie_talkie": ("127.0.0.1",),
    "web_meter": (),
    "websocket_echo": (),
}
PACKAGES = {
    "impulse_response": ["soundfile", "matplotlib.pyplot"],
    "record_until_silence": ["soundfile"],
    "trio_intercom": ["trio"],
    "web_meter": ["starlette", "uvicorn"],
    "websocket_echo": ["websockets"],
}


@pytest.mark.parametrize("name", ASYNC)
def test_is_under_80_lines_and_says_what_it_does(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert len(text.splitlines()) < 80
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_says_how_to_run_it_what_it_needs_and_how_it_ends(name: str) -> None:
    text = ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text())) or ""
    assert f"    python {name}.py" in text
    assert re.search(r"\bNeeds\b", text)
    assert "Ctrl+C" in text or name == "impulse_response"
    for package in PACKAGES.get(name, ()):
        assert re.search(rf"pip install .*{package.split('.')[0]}", text)


def test_the_list_has_each_once() -> None:
    listed = re.findall(r"^[*|-].*?\]\(([\w/]+\.py)\)", (FOLDER / "README.md").read_text(), re.M)
    assert sorted(listed) == [name for name in ALL if "/test_" not in name]


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_device_that_is_not_there(
    auto_card: Card,
    example: Callable[..., Any],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for package in PACKAGES.get(name, ()):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    text = (FOLDER / f"{name}.py").read_text()
    option = "--device" if '"--device"' in text else "--input-device"
    port = ("--port", free_port()) if '"--port"' in text else ()
    done = example(name, *ARGUMENTS[name], *port, option, "nowhere")
    assert "device matching 'nowhere'" in done.code
    assert "[1] Virtual microphone" in done.code or "[2] Virtual speaker" in done.code
    assert not done.err.removesuffix(done.code), "nothing but the message"
    assert not list(tmp_path.iterdir()), "and nothing was written"


@pytest.mark.parametrize(
    "name", [name for name in ARGUMENTS if name not in ("trio_intercom", "web_meter")]
)
def test_a_device_that_goes_away(
    auto_card: Card,
    example: Callable[..., Any],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also in several tasks at once: one line, and no words of tasks that nobody waited for."""
    for package in PACKAGES.get(name, ()):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", StringIO())
    auto_card.microphone.feed("silence")
    auto_card.script("at 2 s die")
    sd.default.device = "microphone", "speaker"
    port = ("--port", free_port()) if '"--port"' in (FOLDER / f"{name}.py").read_text() else ()
    done = example(name, *ARGUMENTS[name], *port)
    assert re.search(r"'Virtual (microphone|speaker)': is the device still there\?", done.code)
    assert not done.err.removesuffix(done.code)


@pytest.mark.parametrize(
    ("name", "package"),
    [(name, package) for name, packages in PACKAGES.items() for package in packages],
)
def test_a_package_that_is_not_there(
    example: Callable[..., Any], name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [module for module in sys.modules if module.startswith(f"{package}.")]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, package, None)
    done = example(name, *ARGUMENTS[name])
    assert re.search(rf"pip install .*{package.split('.')[0]}", done.code)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_help(example: Callable[..., Any], name: str) -> None:
    done = example(name, "--help")
    assert done.code == 0
    assert f"usage: {name}.py" in done.out
    assert f"    python {name}.py" in done.out, "the docstring's lines as they are"
