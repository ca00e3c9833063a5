"""Level meters as lines of text."""

from __future__ import annotations

from rich.text import Text

LOW = -60.0
"""dBFS at the left end."""
_EIGHTHS = " ▏▎▍▌▋▊▉"
_ZONES = ((-18.0, "green"), (-6.0, "yellow"), (0.0, "red"))
_TICKS = (-60, -50, -40, -30, -20, -10, -6, -3, 0)


def column(level: float, width: int) -> float:
    """Return where a level in dBFS is in a bar, from 0 to `width`."""
    return width * min(1.0, max(0.0, 1 - level / LOW))


def bar(level: float, width: int, held: float | None = None) -> Text:
    """Return a bar for a level in dBFS, with a mark where the peak is held."""
    end = column(level, width)
    full, eighth = int(end), int(8 * (end % 1))
    cells = "█" * full + (_EIGHTHS[eighth] if full < width and eighth else "")
    cells = cells.ljust(width, "·")
    mark = -1
    if held is not None and held > LOW:
        mark = min(width - 1, int(column(held, width)))
        cells = f"{cells[:mark]}{'│' if mark >= full else '█'}{cells[mark + 1 :]}"
    text = Text(cells, style="bright_black", no_wrap=True)
    start = 0
    for limit, colour in _ZONES:
        stop = round(column(limit, width))
        text.stylize(colour, start, min(stop, max(start, full + bool(eighth))))
        if start <= mark < max(stop, start + 1):
            text.stylize(f"bold bright_{colour}", mark, mark + 1)
        start = stop
    return text


def scale(width: int) -> Text:
    """Return the numbers below a bar; those that have no room are left out."""
    cells = [" "] * width
    for tick in sorted(_TICKS, key=lambda tick: (tick % 10 != 0, tick)):
        label = str(tick)
        at = min(width - len(label), max(0, round(column(tick, width)) - len(label) // 2))
        if at >= 0 and all(cell == " " for cell in cells[max(0, at - 1) : at + len(label) + 1]):
            cells[at : at + len(label)] = label
    return Text("".join(cells), style="bright_black", no_wrap=True)


def decibels(level: float) -> str:
    """Return a level for reading, of seven characters."""
    return f"{level:7.1f}" if level > LOW * 2 + 0.05 else "   -inf"
