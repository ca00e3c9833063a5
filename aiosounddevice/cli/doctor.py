"""The command ``doctor``."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import card, options, system
from .console import is_live, say, stdout
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
        many = f"{wrong} things are wrong: begin with the first"
        say(console, "1 thing is wrong" if wrong == 1 else many)
        return WRONG
    say(console, "sound works" + (f"; {notes} could be better" if notes else ""))
    return OK


def tell(console: Console, finding: Finding) -> None:
    """Print a finding, and below it what to do; on a terminal in columns."""
    style = STYLES[finding.status]
    status, what = Text(finding.status, style), Text(finding.what, "bold")
    advice = Text.assemble(("→ ", style), finding.advice)
    if is_live(console):
        grid = Table.grid()
        for width in (6, _WIDTH, None):
            grid.add_column(width=width)
        grid.add_row(status, what, Text(finding.text))
        if finding.advice:
            grid.add_row("", "", advice)
        console.print(grid)
        return
    status.align("left", 6)
    what.align("left", _WIDTH)
    say(console, Text.assemble(status, what, finding.text))
    if finding.advice:
        say(console, Text(" " * (6 + _WIDTH)).append_text(advice))
