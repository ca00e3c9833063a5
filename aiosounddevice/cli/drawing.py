"""Pictures that are redrawn in place, without flicker.

`rich.live` erases what was there before it draws anew, which shows on terminals that are slower
than it, and it has a thread of its own. Here each line is written over the old one, in a single
write, which terminals that know synchronised output (mode 2026) show at once; others ignore that.
"""

from __future__ import annotations

from rich.console import Console, RenderableType

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_UP = "\x1b[{}A"
_REST_OF_LINE, _BELOW = "\x1b[K", "\x1b[J"


class Drawing:
    """A part of the terminal, from the cursor downwards, that is drawn over and over."""

    def __init__(self, console: Console) -> None:
        self._console, self._lines, self._hidden = console, 0, False

    def draw(self, picture: RenderableType) -> None:
        """Show a picture in the place of the last one; what does not fit is left out."""
        with self._console.capture() as captured:
            self._console.print(picture)
        lines = captured.get().rstrip("\n").split("\n")[: max(1, self._console.height - 1)]
        up = "\r" + _UP.format(self._lines) if self._lines else "\r"
        text = "".join(f"{line}{_REST_OF_LINE}\n" for line in lines)
        hide = "" if self._hidden else _HIDE
        self._write(f"{_BEGIN}{hide}{up}{text}{_BELOW}{_END}")
        self._lines, self._hidden = len(lines), True

    def end(self) -> None:
        """Leave the last picture where it is."""
        if self._hidden:
            self._hidden = False
            self._write(_SHOW)

    def _write(self, text: str) -> None:
        self._console.file.write(text)
        self._console.file.flush()
