"""The terminal: colours and live screens there, plain lines in a pipe."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.text import Text


class Output(Console):
    """A console that leaves it to us to end when nobody reads any more.

    Attributes
    ----------
    above : callable or None
        While something is drawn over and over: takes the lines that are to stay.
    """

    above: Callable[[list[str]], None] | None = None

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def stdout() -> Console:
    """Return what results go to."""
    return Output(highlight=False)


def is_live(console: Console) -> bool:
    """Whether lines can be redrawn in place."""
    return console.is_terminal and not console.is_dumb_terminal and not console.legacy_windows


def say(console: Console, text: str | Text) -> None:
    """Print a line as it is: no markup in it, and no line break but those that it has.

    While a `Display` is live, it goes above that.
    """
    above = console.above if isinstance(console, Output) else None
    if above is None:
        console.print(text, markup=False, soft_wrap=True)
        return
    with console.capture() as captured:
        console.print(text, markup=False, soft_wrap=True)
    above(captured.get().removesuffix("\n").split("\n"))
