"""The frame: help, which command, what is imported when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiosounddevice import __version__
from aiosounddevice.__main__ import main
from aiosounddevice.cli import app

COMMANDS = [
    "devices", "meter", "spectrogram", "plot", "wire", "demo", "run", "latency", "doctor",
]  # fmt: skip


def fresh(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for name in app.NAMES:
        assert f" {name} " in text
    assert "Traceback" not in text


def test_help_imports_no_command() -> None:
    code = (
        "import sys, json; from aiosounddevice.__main__ import main; main(['--help']); "
        "print(); print(json.dumps(list(sys.modules)))"
    )
    done = fresh(code)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "aiosounddevice.cli.app" in loaded
    assert not {f"aiosounddevice.cli.{name}" for name in app.NAMES} & loaded
    assert not {"numpy", "anyio", "asyncio", "matplotlib"} & loaded


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"Usage: aiosounddevice {name}" in text
    assert "--virtual" in text
    assert "\x1b" not in text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["metre"], "did you mean 'meter'"),
        (["meter", "--frob"], "No such option"),
        (["meter", "surplus"], "surplus"),
        (["meter", "--channels"], "--channels"),
        (["meter", "--channels", "many"], "--channels"),
        (["run"], "argument"),
    ],
)
def test_mistakes_of_typing(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert not out
    assert len(err.splitlines()) == 1
    assert text in err
    assert "--help)" in err, "says where to look"


def test_virtual_may_stand_before_the_command() -> None:
    assert app._split(["--virtual", "meter", "-c", "1"]) == ("meter", ["--virtual", "-c", "1"])
    assert app._split(["--watch", "--virtual"]) == ("devices", ["--watch", "--virtual"])
    assert app._split([]) == ("devices", [])
    assert app._split(["run", "x.py", "meter", "-h"]) == ("run", ["x.py", "meter", "-h"])


WITHOUT = (
    "import sys\n"
    "sys.modules.update(typer=None, rich=None)\n"
    "from aiosounddevice.__main__ import main\n"
    "sys.exit(main(sys.argv[1:]))\n"
)


def test_without_the_extra_it_lists_the_devices() -> None:
    done = fresh(WITHOUT, "--virtual")
    assert (done.returncode, done.stderr) == (0, "")
    assert "* 0 Virtual loopback, Virtual (8 in, 8 out)" in done.stdout


def test_without_the_extra_other_commands_say_what_to_install() -> None:
    done = fresh(WITHOUT, "--virtual", "meter")
    assert done.returncode == 1
    assert 'pip install "aiosounddevice[cli]"' in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_the_extra_the_demo_and_run_are_there(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import sys, sounddevice; print(sys.argv[1:], sounddevice.__name__)")
    done = fresh(WITHOUT, "run", str(program), "--virtual")
    assert done.stdout.strip() == "['--virtual'] aiosounddevice.compat"
    take = tmp_path / "take.wav"
    done = fresh(WITHOUT, "demo", "--virtual", "--seconds", "0.5", "-o", str(take))
    assert done.returncode == 0, done.stderr
    assert "0 frames lost" in done.stdout
    assert take.stat().st_size > 40000


def test_without_the_extra_mistakes_of_typing_are_exit_code_2() -> None:
    assert fresh(WITHOUT, "frobnicate").returncode == 2
    done = fresh(WITHOUT, "demo", "--seconds", "0")
    assert done.returncode == 2
    assert "between 0.5 and 3600" in done.stderr


def test_a_reader_that_has_enough_is_no_trouble() -> None:
    code = "from aiosounddevice.__main__ import main; raise SystemExit(main())"
    command = [sys.executable, "-W", "error", "-c", code]
    meter = subprocess.Popen(
        [*command, "meter", "--virtual", "--seconds", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "AIOSOUNDDEVICE_VIRTUAL_CLOCK": "20x"},
    )
    assert meter.stdout is not None
    assert meter.stderr is not None
    meter.stdout.readline()
    meter.stdout.close()
    assert meter.wait(60) == 1
    assert meter.stderr.read() == b""
    meter.stderr.close()
