"""One line for each error, and the exit code: 1 what went wrong, 2 what was typed wrongly."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from ..core.errors import AudioError, DeviceNotFound, LibraryNotFound

OK, WRONG, USAGE, INTERRUPTED = 0, 1, 2, 130


class Failure(Exception):  # noqa: N818 - ends a command, and is told as what it says
    """Ends a command with a line that says what is wrong and what to do.

    Parameters
    ----------
    text : str
    code : int
        Exit code: 1, or 2 where the command line itself is wrong.
    """

    def __init__(self, text: str, code: int = WRONG) -> None:
        super().__init__(text)
        self.code = code


def usage(text: str) -> Failure:
    """Return the error of a command line that asks for what cannot be: exit code 2."""
    return Failure(text, USAGE)


def need(package: str, extra: str) -> Any:
    """Import a package that an extra brings, or say which."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        name = package.split(".")[0]
        text = f'this needs {name}, which is not installed: pip install "aiosounddevice[{extra}]"'
        raise Failure(text) from error


def report(error: BaseException, program: str) -> int:
    """Tell an error on stderr, in a line; returns the exit code. A bug is raised again."""
    error = _first(error)
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "Abort":
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        # Whoever read has gone, like `head`; the interpreter must not flush into the pipe either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WRONG
    found = _text(error, program)
    if found is None:
        raise error
    text, code = found
    print(f"{program}: {text}", file=sys.stderr)
    return code


def _first(error: BaseException) -> BaseException:
    """Return the first error in a group, which is what the others followed from."""
    while (inner := getattr(error, "exceptions", None)) and not isinstance(error, AudioError):
        error = inner[0]
    return error


def _text(error: BaseException, program: str) -> tuple[str, int] | None:
    if isinstance(error, Failure):
        return one_line(str(error)), error.code
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # typer's and click's
        text = one_line(error.format_message()).rstrip(".")
        return f"{text} (see {program} --help)", error.exit_code
    if isinstance(error, LibraryNotFound):
        lines = str(error).splitlines()
        return f"{lines[0]}: {lines[-1]}; 'aiosounddevice doctor' tells more", WRONG
    if isinstance(error, DeviceNotFound):
        return f"{one_line(str(error))}; 'aiosounddevice devices' lists what there is", WRONG
    if isinstance(error, (AudioError, ValueError)):
        return one_line(str(error)), WRONG
    if isinstance(error, OSError):
        return _os_error(error), WRONG
    return None


def _os_error(error: OSError) -> str:
    if error.filename is None or error.strerror is None:
        return one_line(str(error))
    return f"{os.fsdecode(error.filename)}: {error.strerror}"


def one_line(text: str) -> str:
    """Join the lines of a message; one that was there already says nothing new."""
    joined = ""
    for line in dict.fromkeys(filter(None, (line.strip() for line in text.splitlines()))):
        between = "" if not joined else " " if joined.endswith((":", ",")) else "; "
        joined = joined.rstrip(".") + between + line
    return joined
