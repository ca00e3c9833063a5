"""Which command is meant, and how it ends.

A command is a module of this package with the same name and a function `command`, whose signature
typer reads and which returns an exit code or None. The table below has its line of help, so that
``--help`` imports none of them.
"""

from __future__ import annotations

import difflib
import importlib
from typing import Annotated, Any

import typer
from typer.main import get_command

from .. import __version__
from .errors import report, usage

PROGRAM = "aiosounddevice"
DEFAULT = "devices"
COMMANDS: dict[str, dict[str, str]] = {
    "Look and listen": {
        "devices": "List the devices (what happens without a command).",
        "meter": "Show the level of the input, live.",
        "spectrogram": "Show the spectrum of the input, live.",
        "plot": "Draw a file or some seconds of the input into a picture.",
    },
    "Play and record": {
        "play": "Play sound files.",
        "rec": "Record into a sound file.",
        "wire": "Play what comes in, and show delay and xruns.",
        "demo": "Play a melody, record it at the same time, report what arrived.",
        "run": "Run a program with 'import sounddevice' answered by aiosounddevice.compat.",
    },
    "Check": {
        "latency": "Measure the round trip from output to input.",
        "doctor": "Say what is wrong with sound on this system, and what to do.",
    },
}
NAMES = [name for names in COMMANDS.values() for name in names]


def main(arguments: list[str]) -> int:
    """Run the command line; returns the exit code. Nothing but `SystemExit` comes out."""
    name = None
    try:
        name, rest = _split(arguments)
        if name is None:
            return _exit_code(get_command(_overview()).main(rest, PROGRAM, standalone_mode=False))
        module: Any = importlib.import_module(f".{name}", __package__)
        one = typer.Typer(add_completion=False, rich_markup_mode="rich")
        one.command(name, context_settings=getattr(module, "SETTINGS", None))(module.command)
        command = get_command(one)
        return _exit_code(command.main(rest, f"{PROGRAM} {name}", standalone_mode=False))
    except (Exception, KeyboardInterrupt) as error:
        return report(error, PROGRAM if name is None else f"{PROGRAM} {name}")


def _split(arguments: list[str]) -> tuple[str | None, list[str]]:
    """Find the command; None: the overview, for help and version."""
    words = [place for place, word in enumerate(arguments) if not word.startswith("-")]
    if words and arguments[words[0]] in NAMES:
        # What stands before the command is for it too: `--virtual meter` is `meter --virtual`.
        first = words[0]
        return arguments[first], arguments[:first] + arguments[first + 1 :]
    if words:
        raise _no_command(arguments[words[0]])
    if {"--help", "--version"} & set(arguments):
        return None, arguments
    return DEFAULT, arguments


def _no_command(word: str) -> Exception:
    close = difflib.get_close_matches(word, NAMES, 1)
    meant = f", did you mean '{close[0]}'?" if close else ""
    return usage(f"No such command '{word}'{meant} (see {PROGRAM} --help)")


def _exit_code(value: object) -> int:
    return value if isinstance(value, int) else 0


def _overview() -> typer.Typer:
    """Return the program as ``--help`` shows it; its commands do nothing."""
    overview = typer.Typer(add_completion=False, rich_markup_mode="rich")

    @overview.callback(help="Audio input and output for asyncio and trio.")
    def program(
        virtual: Annotated[
            bool, typer.Option("--virtual", help="Use the virtual sound card, not hardware.")
        ] = False,
        version: Annotated[
            bool, typer.Option("--version", help="Show the version.", callback=_version)
        ] = False,
    ) -> None:
        pass

    for panel, commands in COMMANDS.items():
        for name, text in commands.items():
            overview.command(name, help=text, rich_help_panel=panel)(_nothing)
    return overview


def _nothing() -> None:
    pass


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit
