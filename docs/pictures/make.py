#!/usr/bin/env python3
"""Make the pictures of this folder: what the programs themselves show of the virtual card.

Run it from anywhere, with the extras ``dev`` installed; it takes about twenty seconds.
"""

from __future__ import annotations

import io
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from PIL import Image
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from cli.terminal import Terminal  # noqa: E402 - from the tests

THEME = TerminalTheme(
    (16, 16, 20),
    (222, 222, 226),
    [
        *[(16, 16, 20), (232, 84, 84), (86, 192, 106), (230, 190, 80)],
        *[(92, 148, 236), (196, 120, 220), (86, 190, 196), (222, 222, 226)],
    ],
    [
        *[(140, 140, 150), (255, 120, 120), (140, 230, 150), (255, 220, 120)],
        *[(140, 180, 255), (220, 160, 240), (130, 220, 225), (255, 255, 255)],
    ],
)
# pyte's names of colours, where they are not those of rich.
NAMES = {"brown": "yellow", "brightbrown": "bright_yellow", "default": None}


def screenshot(name: str, until: str, size: tuple[int, int], *arguments: str) -> None:
    """Run a command in a terminal until it shows something; write the screen as SVG."""
    columns, lines = size
    with Terminal(*arguments, columns=columns, lines=lines) as terminal:
        terminal.wait(until)
        rows = terminal.cells()
        terminal.type("q")
        terminal.end()
    while rows and not "".join(cell.data for cell in rows[-1]).strip():
        rows.pop()
    console = Console(
        record=True, width=columns, file=io.StringIO(), force_terminal=True, legacy_windows=False
    )
    for row in rows:
        line = Text(no_wrap=True)
        for style, cells in groupby(map(looks, row), lambda cell: cell[0]):
            line.append("".join(character for _, character in cells), style)
        console.print(line)
    title = " ".join(["aiosounddevice", *arguments])
    path = HERE / f"{name}.svg"
    path.write_text(console.export_svg(title=title, theme=THEME, unique_id=name))
    tell(path)


def looks(cell: Any) -> tuple[Style, str]:
    """Return how a cell looks, and its character; a half block of one colour is a space."""
    style = Style(color=colour(cell.fg), bgcolor=colour(cell.bg), bold=cell.bold)
    if cell.data == "▀" and cell.fg == cell.bg:
        return Style(bgcolor=colour(cell.bg)), " "
    return style, cell.data


def colour(name: str) -> str | None:
    """Return a colour of pyte's as rich writes it."""
    if name in NAMES:
        return NAMES[name]
    if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name):
        return f"#{name}"
    return name.replace("bright", "bright_")


def tell(path: Path) -> None:
    """Say that a picture is there."""
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Make all pictures."""
    screenshot("meter", r"^   4\.\d s", (90, 12), "meter", "--virtual")
    screenshot("spectrogram", r"dBFS +5\.[5-9] s$", (90, 26), "spectrogram", "--virtual")
    plot = HERE / "plot.png"
    command = ["-m", "aiosounddevice", "plot", "--virtual", "--seconds", "8", "-o", str(plot)]
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    with Image.open(plot) as image:  # a quarter of the size, and nobody sees it
        image.convert("RGB").quantize(96).save(plot, optimize=True)
    tell(plot)


if __name__ == "__main__":
    main()
