"""A spectrogram as text."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from ..dsp import spectra
from . import shades
from .live import head

RANGE = 70.0  # dB between black and the brightest colour
BANDS = 60  # in a line of a pipe
HISTORY = 400  # spectra
_LABEL = 6  # columns of text at the left
_DIM = Style(color="bright_black")
Levels = npt.NDArray[np.float64]


class Waterfall:
    """The latest spectra of a signal, the newest at the right.

    Parameters
    ----------
    title : str
    samplerate : float
    band : (float, float)
        Hz at the bottom and at the top.
    columns : float
        Spectra a second.

    Attributes
    ----------
    frames, hop : int
        Length of a window, and what the next one is later.
    seconds : float
        Of the signal, so far.
    """

    def __init__(
        self, title: str, samplerate: float, band: tuple[float, float], columns: float
    ) -> None:
        self._title, self._columns = title, columns
        self._low, self._high = band[0], min(band[1], samplerate / 2)
        self.frames = 1 << round(np.log2(samplerate / 12))
        self.hop = round(samplerate / columns)
        self._spectrum = spectra.Spectrum(self.frames, samplerate)
        self._powers: deque[Levels] = deque(maxlen=HISTORY)
        self._levels: deque[Levels] = deque(maxlen=HISTORY)
        self._bands = self._made(BANDS)
        self._top = 0.0
        self._held: tuple[Levels, ...] | None = None
        self._strongest, self._at = spectra.FLOOR, 0.0
        self.seconds = 0.0

    def _made(self, bands: int) -> spectra.Bands:
        borders = spectra.edges(self._low, self._high, bands)
        return spectra.Bands(self._spectrum.frequencies, borders)

    def feed(self, block: npt.NDArray[Any]) -> None:
        """Take the next window, of shape (frames, channels)."""
        power = self._spectrum.power(block.T).max(axis=0)
        self.seconds += self.hop / self._spectrum.samplerate
        self._powers.append(power)
        if self._held is None:
            self._levels.append(spectra.decibels(self._bands(power)))
        best = int(power.argmax())
        if power[best] > self._strongest:
            self._strongest, self._at = power[best], self._spectrum.frequencies[best]

    def key(self, key: str) -> None:
        """Hold or go on; brighter or darker."""
        if key == "space":
            self._held = tuple(self._powers) if self._held is None else None
            self._again(self._bands.count)
        elif key in ("+", "=", "up"):
            self._top = max(-60.0, self._top - 5)
        elif key in ("-", "_", "down"):
            self._top = min(20.0, self._top + 5)

    def _again(self, bands: int) -> None:
        """Find anew what is shown, in so many bands."""
        self._bands = self._made(bands)
        shown = self._powers if self._held is None else self._held
        self._levels.clear()
        self._levels.extend(spectra.decibels(self._bands(power)) for power in shown)

    # ---- on a terminal

    def picture(self, width: int, height: int) -> Picture:
        """Draw as much of it as there is room for."""
        lines, columns = max(1, height - 5), max(1, width - _LABEL)
        if self._bands.count != 2 * lines:
            self._again(2 * lines)
        field = np.full((columns, 2 * lines), -np.inf)
        shown = list(self._levels)[-columns:]
        if shown:
            field[-len(shown) :] = shown
        steps = shades.steps(field.T[::-1], self._top - RANGE, self._top)
        keys = "space holds, + - brightness, q quits"
        return Picture(
            head(self._title, width, keys),
            [label.rjust(_LABEL - 1) + " " for label in self._labels(lines)],
            steps,
            " " * _LABEL + _seconds(columns, self._columns),
            self._legend(),
        )

    def _labels(self, lines: int) -> list[str]:
        """Return for each line its frequency, where that is a round one."""
        labels = [""] * lines
        for octave in range(16):
            hz = 62.5 * 2**octave
            part = np.log(hz / self._low) / np.log(self._high / self._low)
            line = lines - 1 - int(part * lines)
            if 0 <= part <= 1 and 0 <= line < lines:
                labels[line] = _hertz(hz)
        return labels

    def _legend(self) -> list[tuple[str, int | None]]:
        held = "   held" if self._held is not None else ""
        bar: list[tuple[str, int | None]] = [("▀", step) for step in range(0, shades.STEPS, 2)]
        return [
            (" " * _LABEL + f"{self._top - RANGE:.0f} ", None),
            *bar,
            (f" {self._top:.0f} dBFS   {self.seconds:.1f} s{held}", None),
        ]

    # ---- in a pipe

    def heading(self) -> str:
        """Return the frequencies of the bands of `line`."""
        cells = [" "] * BANDS
        for octave in range(16):
            hz = 62.5 * 2**octave
            place = int(BANDS * np.log(hz / self._low) / np.log(self._high / self._low))
            label = _hertz(hz)
            if 0 <= place <= BANDS - len(label) and cells[place - 1 : place] in ([" "], []):
                cells[place : place + len(label)] = label
        return " " * 10 + "".join(cells).rstrip()

    def line(self) -> str:
        """Return the latest spectrum as characters, from low to high."""
        levels = shades.plain(self._levels[-1], self._top - RANGE, self._top)
        return f"{self.seconds:7.2f} s {levels}".rstrip()

    def summary(self, lost: int) -> str:
        """Say what the whole signal was."""
        level = float(spectra.decibels(self._strongest))
        text = f"{self.seconds:.1f} s, strongest {level:.1f} dBFS at {self._at:.0f} Hz"
        return f"{text}, {lost} frames lost"


class Picture:
    """What a `Waterfall` looks like."""

    def __init__(
        self,
        title: Text,
        labels: list[str],
        steps: npt.NDArray[np.int64],
        times: str,
        legend: list[tuple[str, int | None]],
    ) -> None:
        self._title, self._labels, self._steps = title, labels, steps
        self._times, self._legend = times, legend

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._title
        for label, upper, lower in zip(
            self._labels, self._steps[::2], self._steps[1::2], strict=True
        ):
            yield Segment(label, _DIM)
            yield from shades.half_blocks(console, upper, lower)
            yield Segment.line()
        yield Segment(self._times, _DIM)
        yield Segment.line()
        for text, step in self._legend:
            yield Segment(text, _DIM if step is None else Style(color=shades.colour(step)))


def _seconds(columns: int, per_second: float) -> str:
    """Return the axis of time: seconds before now."""
    cells = [" "] * columns
    for second in range(int(columns / per_second) + 1):
        label = f"-{second} s" if second else "now"
        end = columns - round(second * per_second) + (0 if second == 0 else len(label) // 2)
        start = end - len(label)
        if start >= 0 and all(cell == " " for cell in cells[max(0, start - 1) : end + 1]):
            cells[start:end] = label
    return "".join(cells)


def _hertz(hz: float) -> str:
    return f"{hz / 1000:g}k" if hz >= 1000 else f"{math.ceil(hz)}"
