"""From samples to figures, and from figures to a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median

from .libraries import HERE, PEERS

BEST = "the best peer"


@dataclass(frozen=True)
class Limit:
    """What a figure is to reach: `factor` times another library's, or, without one, itself.

    `least`: at least so much, where more is better. `why`: what an absolute limit stands for.
    """

    factor: float
    of: str | None = None
    least: bool = False
    why: str = ""

    def met(self, line: Line) -> bool | None:
        """Whether this library is within it; None where the other figure is missing."""
        bound, here = self.bound(line), line.figures.get(HERE)
        if bound is None or here is None:
            return None
        return here >= bound if self.least else here <= bound

    def bound(self, line: Line) -> float | None:
        """The limit in the line's own unit."""
        if self.of is None:
            return self.factor
        other = line.best if self.of == BEST else line.figures.get(self.of)
        return None if other is None else self.factor * other

    def ratio(self, line: Line) -> float | None:
        """This library's figure as a part of the other one."""
        bound, here = self.bound(line), line.figures.get(HERE)
        if self.of is None or not bound or here is None:
            return None
        return here / (bound / self.factor)


@dataclass
class Line:
    """One line of the table: a figure for each library, and what is to be reached."""

    row: str
    title: str
    unit: str
    figures: dict[str, float] = field(default_factory=dict)
    limits: list[Limit] = field(default_factory=list)
    more_is_better: bool = False

    @property
    def best(self) -> float | None:
        """The best peer's figure."""
        peers = [self.figures[name] for name in PEERS if name in self.figures]
        if not peers:
            return None
        return max(peers) if self.more_is_better else min(peers)

    @property
    def reached(self) -> bool | None:
        """Whether every limit is met; None where one cannot be told, or there is none."""
        met = [limit.met(self) for limit in self.limits]
        if False in met:
            return False
        return None if None in met or not met else True


Samples = Callable[[str], Iterable[float]]


def medians(samples: Samples, names: Iterable[str]) -> dict[str, float]:
    """The median for each library that has samples."""
    found = {name: list(samples(name)) for name in names}
    return {name: median(each) for name, each in found.items() if each}


def net(samples: Samples, alone: list[float], names: Iterable[str]) -> dict[str, float]:
    """CPU beyond that of the card alone: the median of the rounds' differences.

    Each round has its own measurement of the card, close in time, since what a wake-up of the
    card's thread costs depends on what else the machine does.
    """
    found = {}
    for name in names:
        pairs = list(zip(samples(name), alone, strict=False))
        if pairs:
            found[name] = max(0.0, median(whole - card for whole, card in pairs))
    return found


def first(lost: dict[int, float]) -> float:
    """Smallest number of streams at which something was lost; infinite: none."""
    return min((streams for streams, frames in lost.items() if frames > 0), default=math.inf)
