"""The command ``doctor``."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from . import card, options, system
from .console import say, stdout
from .errors import OK, WRONG
from .running import run
from .soundcheck import the_devices, the_library
from .system import Finding, System

STYLES = {"ok": "green", "note": "yellow", "wrong": "bold red"}
_WIDTH = 14


def command(virtual: options.Virtual = False) -> int:
    """Say what is wrong with sound on this system, and what to do.

    Looks at the library, the devices (which are opened for a moment), sound servers, permissions
    and limits. The exit code is 1 if something is wrong; with --virtual only the virtual card is
    looked at.
    """
    card.choose(virtual)
    return run(_doctor, virtual)


async def _doctor(on_virtual: bool) -> int:
    console, here = stdout(), System()
    found = system.about(here)
    library = await the_library()
    devices = await the_devices() if library.status == "ok" else []
    found.append(library)
    if not on_virtual:
        heard = any(finding.what == "host APIs" for finding in devices)
        found += system.container(here) + system.hardware(here, heard)
        found += system.servers(here) + system.realtime(here)
    found += devices  # last, as the others may be why
    for finding in found:
        tell(console, finding)
    wrong = sum(finding.status == "wrong" for finding in found)
    notes = sum(finding.status == "note" for finding in found)
    say(console, "")
    if wrong:
        say(console, f"{wrong} thing{'' if wrong == 1 else 's'} wrong; begin with the first")
        return WRONG
    say(console, "sound works" + (f"; {notes} could be better" if notes else ""))
    return OK


def tell(console: Console, finding: Finding) -> None:
    """Print a finding: status, what, text, and in a line of its own what to do."""
    style = STYLES[finding.status]
    first = Text.assemble(
        (f"{finding.status:<6}", style), (f"{finding.what:<{_WIDTH}}", "bold"), finding.text
    )
    say(console, first)
    if finding.advice:
        say(console, Text.assemble((" " * (6 + _WIDTH) + "→ ", style), finding.advice))
