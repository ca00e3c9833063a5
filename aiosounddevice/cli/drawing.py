"""Pictures that are redrawn in place, without flicker.

`rich.live` erases what was there before it draws anew, which shows on terminals that are slower
than it, and it has a thread of its own. Here each line is written over the old one, in a single
write, which terminals that know synchronised output (mode 2026) show at once; others ignore that.
"""

from __future__ import annotations

import io

from rich.console import Console, RenderableType

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_UP = "\x1b[{}A"
_REST_OF_LINE, _BELOW = "\x1b[K", "\x1b[J"


class Drawing:
    """A part of the terminal, from the cursor downwards, that is drawn over and over."""

    def __init__(self, console: Console) -> None:
        self._console, self._hidden = console, False
        self._lines: list[str] = []

    def draw(self, picture: RenderableType) -> None:
        """Show a picture in the place of the last one; what does not fit is left out."""
        with self._console.capture() as captured:
            self._console.print(picture)
        lines = captured.get().rstrip("\n").split("\n")[: max(1, self._console.height - 1)]
        self._show([], lines)

    def above(self, lines: list[str]) -> None:
        """Print lines that stay, above the picture."""
        self._show(lines, self._lines)

    def end(self) -> None:
        """Leave the last picture where it is."""
        if self._hidden:
            self._hidden, self._lines = False, []
            self._write(_SHOW)

    def _show(self, above: list[str], picture: list[str]) -> None:
        hide = "" if self._hidden else _HIDE
        up = "\r" + _UP.format(len(self._lines)) if self._lines else "\r"
        text = "".join(f"{line}{_REST_OF_LINE}\n" for line in above + picture)
        self._lines, self._hidden = picture, True
        self._write(f"{_BEGIN}{hide}{up}{text}{_BELOW}{_END}")

    def _write(self, text: str) -> None:
        self._console.file.write(text)
        self._console.file.flush()


class Above(io.TextIOBase):
    """A file whose lines go above a drawing."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing, self._rest = drawing, ""

    def write(self, text: str) -> int:
        """Take text; whole lines are shown."""
        *lines, self._rest = (self._rest + text).split("\n")
        if lines:
            self._drawing.above(lines)
        return len(text)

    def isatty(self) -> bool:
        """Whether it is a terminal: what is behind it is."""
        return True
