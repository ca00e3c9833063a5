"""The listing, `install()`, and programs that were written for python-sounddevice."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import aiosounddevice.__main__ as command
from aiosounddevice.compat import installing

from .programs import run

LISTING = [
    "* 0 Virtual loopback, Virtual (8 in, 8 out)",
    "  1 Virtual microphone, Virtual (2 in, 0 out)",
    "  2 Virtual speaker, Virtual (0 in, 2 out)",
]

PROGRAM = """
import sys
import sounddevice as sd
from helper import number
if __name__ == "__main__":
    print(sd.__name__, sys.argv, number, sd.query_devices(1)["name"])
    sys.exit(3)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    (tmp_path / "helper.py").write_text("number = 17")
    return path


def test_listing() -> None:
    done = run("-m", "aiosounddevice.compat")
    assert (done.stdout.splitlines(), done.stderr, done.returncode) == (LISTING, "", 0)


def test_listing_marks_what_default_says() -> None:
    code = (
        "import aiosounddevice.compat as sd; sd.default.device = 1, 'speaker'; "
        "print(sd.query_devices())"
    )
    marks = [line[0] for line in run("-c", code).stdout.splitlines()]
    assert marks == [" ", ">", "<"]


def test_install() -> None:
    code = (
        "import aiosounddevice.compat as sd; sd.install(); sd.install(); import sounddevice; "
        "assert sounddevice is sd; from sounddevice import Stream; assert Stream is sd.Stream"
    )
    done = run("-W", "error", "-c", code)
    assert (done.stderr, done.returncode) == ("", 0)


def test_install_after_the_import_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", sys)
    with pytest.warns(RuntimeWarning, match="imported already"):
        installing.install()


@pytest.mark.parametrize("options", [[], ["--virtual"]])
def test_run(program: Path, options: list[str]) -> None:
    done = run("-m", "aiosounddevice", "run", *options, str(program), "--virtual", "-x", "a b")
    assert done.returncode == 3, done.stderr
    argv = [str(program), "--virtual", "-x", "a b"]
    assert done.stdout.strip() == f"aiosounddevice.compat {argv} 17 Virtual microphone"


def test_run_a_module(program: Path) -> None:
    done = run("-m", "aiosounddevice", "run", "-m", "program", "-h", cwd=program.parent)
    assert done.returncode == 3, done.stderr
    assert "17 Virtual microphone" in done.stdout
    assert "'-h'" in done.stdout


def test_run_shows_the_programs_own_traceback(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("import sounddevice\n\n1 / 0\n")
    done = run("-m", "aiosounddevice", "run", str(path))
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert 'broken.py", line 3' in done.stderr


def test_run_of_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-m", "aiosounddevice", "run", "nowhere.py").returncode == 1


def test_run_needs_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["run"]) == 2
    assert "script" in capsys.readouterr().err
