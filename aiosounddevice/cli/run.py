"""The command ``run``."""

from __future__ import annotations

from typing import Annotated

import typer

from . import card, options
from .plain import program

# What follows the script is the script's, also what looks like an option.
SETTINGS = {"allow_interspersed_args": False}


def command(
    script: Annotated[str, typer.Argument(help="File, or with -m module.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="The program's own, options included.")
    ] = None,
    module: Annotated[bool, typer.Option("-m", help="SCRIPT is a module's name.")] = False,
    virtual: options.Virtual = False,
) -> int:
    """Run a program with 'import sounddevice' answered by aiosounddevice.compat.

    The program runs as 'python SCRIPT ...' would run it; its errors are shown as Python does.
    """
    card.choose(virtual)
    return program(script, arguments or [], module=module)
