"""The terminal: colours and live screens there, plain lines in a pipe."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text


def stdout() -> Console:
    """Return what results go to."""
    return Console(highlight=False)


def is_live(console: Console) -> bool:
    """Whether lines can be redrawn in place."""
    return console.is_terminal and not console.is_dumb_terminal


def say(console: Console, text: str | Text) -> None:
    """Print a line as it is: no markup in it, and no line break but those that it has."""
    console.print(text, markup=False, soft_wrap=True)
