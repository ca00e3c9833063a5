"""Lines as text, for a terminal and for Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .figures import BEST, Limit, Line
from .libraries import HERE, LISTENTOME, PYAUDIO, RECIPE, THREAD

SHORT = {
    HERE: "aiosounddevice",
    RECIPE: "sounddevice recipe",
    THREAD: "sounddevice thread",
    PYAUDIO: "PyAudio thread",
    LISTENTOME: "listentome",
    BEST: "best peer",
}
VERDICTS = {True: "yes", False: "no", None: "—"}


def number(value: float) -> str:
    """Three digits, two of them after the point at most. Infinite: there is none."""
    if math.isinf(value):
        return "none"
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{min(2, 2 - math.floor(math.log10(abs(value))))}f}"


def limit_text(limit: Limit, line: Line) -> str:
    """A limit and, where it is another library's part, the part that is."""
    if limit.of is None:
        return limit.why or number(limit.factor)
    text = f"{'≥' if limit.least else '≤'} {limit.factor:g} of {SHORT.get(limit.of, limit.of)}"
    ratio = limit.ratio(line)
    return text if ratio is None else f"{text} (is {ratio:.2f})"


def target(line: Line) -> str:
    """All limits of a line."""
    return "; ".join(limit_text(limit, line) for limit in line.limits) or "—"


def terminal(lines: Iterable[Line]) -> str:
    """Two rows of text for each line."""
    text = []
    for line in lines:
        text.append(f"{line.title} [{line.unit}]")
        figures = "  ".join(
            f"{SHORT.get(name, name)} {number(value)}" for name, value in line.figures.items()
        )
        text.append(f"    {figures}")
        if line.limits:
            text.append(f"    to reach: {target(line)}: {VERDICTS[line.reached]}")
    return "\n".join(text)


def markdown(lines: list[Line], names: tuple[str, ...]) -> str:
    """A table with a column for each library."""
    others = [
        name
        for name in dict.fromkeys(key for line in lines for key in line.figures)
        if name not in names
    ]
    heads = ["work", "unit", *(SHORT.get(name, name) for name in names), "to reach", "reached"]
    rows = [heads, ["---", "---", *("---:" for _ in names), "---", "---"]]
    for line in lines:
        cells = [number(line.figures[name]) if name in line.figures else "" for name in names]
        cells[0] = f"**{cells[0]}**"
        goal = target(line)
        goal += "".join(
            f"; {name} {number(line.figures[name])}" for name in others if name in line.figures
        )
        rows.append([line.title, line.unit, *cells, goal, VERDICTS[line.reached]])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
