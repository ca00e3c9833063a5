"""One line for each error, and its exit code."""

from __future__ import annotations

import os

import anyio
import pytest

from aiosounddevice.cli.errors import Failure, need, one_line, report, usage
from aiosounddevice.core.errors import AudioError, DeviceNotFound
from aiosounddevice.core.search import not_found

CASES = [
    (Failure("that is wrong"), 1, "x: that is wrong"),
    (usage("--foo must be bar"), 2, "x: --foo must be bar"),
    (AudioError("first", explanation="second.\nsecond.\nthird"), 1, "x: first; second; third"),
    (DeviceNotFound("no such", explanation="seen:\n  [0] one"), 1, "x: no such; seen: [0] one;"),
    (FileNotFoundError(2, "No such file or directory", "a.wav"), 1, "x: a.wav: No such file"),
    (OSError("disk full"), 1, "x: disk full"),
    (ValueError("gain must be positive"), 1, "x: gain must be positive"),
    (KeyboardInterrupt(), 130, ""),
]


@pytest.mark.parametrize(("error", "code", "text"), CASES)
def test_report(
    error: BaseException, code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error, "x") == code
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(text)
    assert err.count("\n") == bool(text)


def test_the_first_of_a_group_counts(capsys: pytest.CaptureFixture[str]) -> None:
    async def fails() -> None:
        async with anyio.create_task_group() as tasks, anyio.create_task_group():
            tasks.start_soon(anyio.sleep_forever)
            raise Failure("inside")

    with pytest.raises(Exception, match="unhandled errors") as caught:
        anyio.run(fails)
    assert report(caught.value, "x") == 1
    assert capsys.readouterr().err == "x: inside\n"


def test_a_missing_library_is_told_with_what_to_install(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report(not_found([("/a", "no"), ("/b", "no")]), "x") == 1
    err = capsys.readouterr().err
    assert "nstall" in err
    assert "doctor" in err
    assert "/a" not in err


def test_a_bug_is_raised_again() -> None:
    with pytest.raises(ZeroDivisionError):
        report(ZeroDivisionError("oh"), "x")


def test_need() -> None:
    assert need("os.path", "extra") is os.path
    with pytest.raises(Failure, match=r'pip install "aiosounddevice\[some\]"'):
        need("no_such_package_at_all", "some")


def test_one_line() -> None:
    assert one_line("a.\n\n  b:\n c \n b:\n") == "a; b: c"
    assert one_line("") == ""
