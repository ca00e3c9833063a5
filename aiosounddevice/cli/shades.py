"""A field of levels as coloured half blocks: two rows of it in a line of text."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

import numpy as np
import numpy.typing as npt
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style

STEPS = 40
"""Colours in use: more cannot be told apart, and fewer make shorter lines."""
_ANCHORS = np.array(
    [(8, 6, 20), (52, 16, 104), (132, 32, 120), (214, 62, 84), (250, 146, 52), (252, 246, 190)]
)
PLAIN = " .:-=+*#%@"


def steps(levels: npt.ArrayLike, low: float, high: float) -> npt.NDArray[np.int64]:
    """Return levels as steps from 0 (`low` and less) to STEPS - 1 (`high` and more)."""
    part = (np.asarray(levels, np.float64) - low) / (high - low)
    return np.clip(part * STEPS, 0, STEPS - 1).astype(np.int64)


def plain(levels: npt.ArrayLike, low: float, high: float) -> str:
    """Return a row of levels as characters, for where there is no colour."""
    chosen = steps(levels, low, high) * len(PLAIN) // STEPS
    return "".join(PLAIN[step] for step in chosen)


@lru_cache(STEPS)
def colour(step: int) -> Color:
    """Return a step's colour: from black over violet and red to a pale yellow."""
    place = step / (STEPS - 1) * (len(_ANCHORS) - 1)
    red, green, blue = (
        np.interp(place, np.arange(len(_ANCHORS)), _ANCHORS[:, part]) for part in range(3)
    )
    return Color.from_rgb(red, green, blue)


@lru_cache(STEPS * STEPS)
def _style(upper: int, lower: int) -> Style:
    return Style(color=colour(upper), bgcolor=colour(lower))


def half_blocks(
    console: Console, upper: npt.NDArray[np.int64], lower: npt.NDArray[np.int64]
) -> list[Segment]:
    """Return a line of text that shows two rows of steps, one above the other."""
    if console.color_system is None:
        shade = " ░▒▓█"
        both = np.maximum(upper, lower) * len(shade) // STEPS
        return [Segment("".join(shade[step] for step in both))]
    pairs = zip(upper.tolist(), lower.tolist(), strict=True)
    return [Segment("▀" * len(list(run)), _style(*pair)) for pair, run in groupby(pairs)]
