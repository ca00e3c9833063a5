"""The examples as somebody starts them, but in this process: on the card of the test."""

from __future__ import annotations

import runpy
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import aiosounddevice as sd
from aiosounddevice import virtual

from .helpers import FOLDER, Beside, Outcome


@pytest.fixture
def example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Outcome]]:
    """Run an example by its name with its options; `beside` runs in a thread, then comes Ctrl+C."""

    def run(name: str, *options: object, beside: Callable[[], Any] | None = None) -> Outcome:
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *map(str, options)])
        # The test has put the card there, with a clock of its own.
        monkeypatch.setattr(virtual, "use", virtual.Card)
        thread = Beside(beside) if beside is not None else None
        code: int | str | None = 0
        try:
            if thread is not None:
                thread.start()
            runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
        except SystemExit as end:
            code = end.code
        finally:
            if thread is not None:
                thread.end()
        out, err = capsys.readouterr()
        return Outcome(code, out, err if not isinstance(code, str) else err + code)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test runner may ignore it
    yield run
    signal.signal(signal.SIGINT, before)
    sd.default.reset()
