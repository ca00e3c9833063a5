"""The lines as a picture: a panel for each, a bar for each library, a mark at the target."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import Any

from .figures import Line
from .libraries import HERE
from .table import SHORT, VERDICTS, number

COLUMNS = 3
OURS, THEIRS, MARK, INK = "#1769aa", "#b5bdc5", "#d1495b", "#30363d"


def draw(lines: list[Line], path: Path, caption: str) -> None:
    """Write the picture; the file's suffix says in which format."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    style = {
        "font.family": "DejaVu Sans",
        "font.size": 8,
        "svg.fonttype": "none",
        "svg.hashsalt": "benchmarks",
        "text.color": INK,
        "ytick.color": INK,
    }
    with mpl.rc_context(style):
        rows = math.ceil(len(lines) / COLUMNS)
        high = 1.85 * rows + 0.5
        figure, grid = pyplot.subplots(rows, COLUMNS, figsize=(12, high), squeeze=False)
        figure.subplots_adjust(
            left=0.105, right=0.99, wspace=0.48, top=1 - 0.85 / high, bottom=0.15 / high, hspace=0.5
        )
        for panel in grid.flat[len(lines) :]:
            panel.set_axis_off()
        for panel, line in zip(grid.flat, lines, strict=False):
            _panel(panel, line)
        figure.suptitle(caption, fontsize=9, y=1 - 0.1 / high)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
        pyplot.close(figure)


def _panel(panel: Any, line: Line) -> None:
    names = list(line.figures)
    finite = [value for value in line.figures.values() if math.isfinite(value)]
    bounds = [bound for limit in line.limits if (bound := limit.bound(line)) is not None]
    finite += [bound for bound in bounds if math.isfinite(bound)]
    top = max([*finite, 0.0]) or 1.0
    for place, name in enumerate(names):
        value = line.figures[name]
        shown = value if math.isfinite(value) else 1.1 * top
        panel.barh(place, shown, color=OURS if name == HERE else THEIRS, height=0.7)
        panel.text(
            shown + 0.015 * top,
            place,
            number(value),
            va="center",
            fontweight="bold" if name == HERE else "normal",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )
    for bound in bounds:
        if math.isfinite(bound):
            panel.axvline(bound, color=MARK, linewidth=1.4, linestyle=(0, (3, 2)))
    panel.set_yticks(range(len(names)), [SHORT.get(name, name) for name in names])
    panel.tick_params(left=False, bottom=False, labelbottom=False)
    panel.invert_yaxis()
    panel.set_xlim(0, 1.32 * top)
    panel.spines[["top", "right", "bottom"]].set_visible(False)
    verdict = f"; reached: {VERDICTS[line.reached]}" if line.limits else ""
    better = "more is better" if line.more_is_better else "less is better"
    title = f"{line.title.replace('`', '')} [{line.unit}]"
    panel.set_title(textwrap.fill(title, 41), loc="left", fontsize=8, fontweight="bold", pad=14)
    panel.text(0, 1.03, f"{better}{verdict}", transform=panel.transAxes, fontsize=7.5, color=MARK)
