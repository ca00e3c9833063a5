"""The command line in this process: piped, on a virtual card that moves when it is waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

import aiosounddevice as sd
from aiosounddevice.__main__ import main
from aiosounddevice.virtual import Card


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str], auto_card: Card, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Done]]:
    """Run a command: ``cli("meter", "--seconds", "1")``; ``--virtual`` is added."""
    monkeypatch.setenv("AIOSOUNDDEVICE_VIRTUAL_CLOCK", "auto")

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = main([*arguments, "--virtual"])
        out, err = capsys.readouterr()
        assert "\x1b" not in out, "no escape sequences in a pipe"
        assert len(err.splitlines()) <= 1, err
        return Done(code, out, err)

    yield run
    sd.default.reset()
