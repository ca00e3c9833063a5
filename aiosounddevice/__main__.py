"""The command line: ``python -m aiosounddevice`` and ``aiosounddevice``."""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    The commands need typer and rich, the extra ``cli``. Without them the list of devices, the demo
    and `run` are there, and the others say so.
    """
    complete = find_spec("typer") is not None and find_spec("rich") is not None
    room = importlib.import_module(f"aiosounddevice.cli.{'app' if complete else 'plain'}")
    code: int = room.main(sys.argv[1:] if arguments is None else arguments)
    return code


if __name__ == "__main__":
    sys.exit(main())
