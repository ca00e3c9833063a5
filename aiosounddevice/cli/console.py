"""The terminal: colours and live screens there, plain lines in a pipe."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text


class Output(Console):
    """A console that leaves it to us to end when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def stdout() -> Console:
    """Return what results go to."""
    return Output(highlight=False)


def is_live(console: Console) -> bool:
    """Whether lines can be redrawn in place."""
    return console.is_terminal and not console.is_dumb_terminal and not console.legacy_windows


def say(console: Console, text: str | Text) -> None:
    """Print a line as it is: no markup in it, and no line break but those that it has."""
    console.print(text, markup=False, soft_wrap=True)
