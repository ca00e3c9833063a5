"""What live commands share: a view that is redrawn in place, and keys beside the sound."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Protocol

import anyio
from rich.console import Console, RenderableType
from rich.text import Text

from .console import Output, is_live, say
from .drawing import Above, Drawing
from .keys import Keys

QUIT = ("q", "escape", "eof")
FRAMES_PER_SECOND = 25


class View(Protocol):
    """What a live command shows."""

    def picture(self, width: int, height: int) -> RenderableType:
        """Draw it for a terminal of so many columns and lines."""

    def line(self) -> str | None:
        """Say it in a line, where there is no terminal; None: nothing to say now."""


class Display:
    """Shows a view: redrawn in place on a terminal, in a pipe a line now and then.

    What `say` prints meanwhile, and what goes to stderr, is above what is drawn.

    Parameters
    ----------
    console : Console
    view : View
    every : float
        Seconds of sound between lines in a pipe.
    rate : float
        Pictures a second, at most.
    live : bool
        Whether it is drawn; by default where that is possible.
    """

    def __init__(
        self,
        console: Console,
        view: View,
        *,
        every: float = 1.0,
        rate: float = FRAMES_PER_SECOND,
        live: bool | None = None,
    ) -> None:
        self._console, self._view, self._every = console, view, every
        self._drawing, self._rate = Drawing(console), rate
        self.live = is_live(console) if live is None else live
        self._next_picture, self._next_line = 0.0, every
        self._redirection = contextlib.ExitStack()

    def __enter__(self) -> Display:
        if self.live:
            self._draw()
            self._redirect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.live:
            with self._redirection:
                try:
                    self._draw()
                finally:
                    self._drawing.end()

    def _redirect(self) -> None:
        """Bring what else is printed above the picture."""
        if isinstance(self._console, Output):
            self._console.above = self._drawing.above
            self._redirection.callback(setattr, self._console, "above", None)
        if sys.stderr is not None and sys.stderr.isatty():
            above = Above(self._drawing)
            self._redirection.enter_context(contextlib.redirect_stderr(above))

    def update(self, seconds: float) -> None:
        """Show the view as it is now, if it is time for that.

        Parameters
        ----------
        seconds : float
            Time of the sound.
        """
        if self.live:
            now = time.monotonic()
            if now >= self._next_picture:
                self._next_picture = max(now, self._next_picture + 1 / self._rate)
                self._draw()
        elif seconds >= self._next_line - 1e-6:  # sums of blocks are not exact
            self._next_line += self._every
            line = self._view.line()
            if line is not None:
                say(self._console, line)

    def _draw(self) -> None:
        size = self._console.size
        self._drawing.draw(self._view.picture(size.width, size.height))


def head(title: str, width: int, keys: str = "q quits") -> Text:
    """Return a view's first line: what it shows, and at the right the keys."""
    room = width - len(keys) - 2
    if room < len(title):
        return Text(title[:width], style="bold", no_wrap=True)
    return Text.assemble((title.ljust(room + 2), "bold"), (keys, "bright_black"), no_wrap=True)


async def with_keys(
    body: Callable[[], Awaitable[None]], typed: Callable[[str], object] | None = None
) -> None:
    """Run `body` until it ends or a key quits (q, Escape, end of input), which cancels it.

    Parameters
    ----------
    body
        An async function.
    typed
        Is called with each other key's name.
    """
    async with Keys() as keys, anyio.create_task_group() as tasks:

        async def watch() -> None:
            while (key := await keys.get()) not in QUIT:
                if typed is not None:
                    typed(key)
            tasks.cancel_scope.cancel()

        tasks.start_soon(watch)
        await body()
        tasks.cancel_scope.cancel()
