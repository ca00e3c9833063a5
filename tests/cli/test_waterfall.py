"""A tone is where its frequency is."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from rich.console import Console

from aiosounddevice.cli.waterfall import BANDS, Waterfall

RATE = 48000


def fed(hz: float, columns: int = 30, samplerate: float = RATE) -> Waterfall:
    view = Waterfall("tone", samplerate, (60, 16000), 20)
    sound = 0.5 * np.sin(2 * np.pi * hz * np.arange(view.frames + columns * view.hop) / samplerate)
    for column in range(columns):
        start = column * view.hop
        view.feed(np.stack([sound[start : start + view.frames], np.zeros(view.frames)], axis=1))
    return view


def drawn(view: Waterfall, width: int, height: int) -> list[str]:
    console = Console(
        file=io.StringIO(), width=width, height=height, color_system=None, _environ={}
    )
    with console.capture() as captured:
        console.print(view.picture(width, height))
    return captured.get().splitlines()


@pytest.mark.parametrize("hz", [125, 1000, 8000])
def test_the_line_of_a_tone_has_its_label(hz: int) -> None:
    lines = drawn(fed(hz), 80, 34)
    label = f"{hz // 1000}k" if hz >= 1000 else str(hz)
    bright = [line for line in lines if "█" in line or "▓" in line]
    assert any(line.startswith(f"{label:>5} ") for line in bright)
    assert len(bright) <= 3
    assert all(len(line) <= 80 for line in lines)
    assert len(lines) <= 33


def test_the_newest_is_at_the_right_and_the_axis_says_when() -> None:
    view = fed(1000, columns=20)
    line = max(drawn(view, 80, 20)[1:], key=lambda line: line.count("█") + line.count("▓"))
    assert len(line) == 80
    assert len(line[6:].lstrip(" ░▒")) == 20, "a second of twenty columns"
    axis = next(line for line in drawn(view, 80, 20) if "now" in line)
    assert re.search(r"-3 s +-2 s +-1 s +now$", axis)
    assert abs(axis.index("-1 s") + 2 - 60) <= 1


def test_keys() -> None:
    view = fed(1000)
    assert "-70" in drawn(view, 80, 20)[-1]
    view.key("+")
    assert "-75" in drawn(view, 80, 20)[-1]
    view.key("-")
    view.key("-")
    assert "-65" in drawn(view, 80, 20)[-1]
    view.key("space")
    held = drawn(view, 80, 20)
    assert "held" in held[-1]
    view.feed(np.zeros((view.frames, 2)))
    assert drawn(view, 80, 20)[1:-1] == held[1:-1]
    assert len(drawn(view, 60, 30)) == 28, "also in another size; the summary has room below"
    view.key("space")
    assert drawn(view, 80, 20)[1:-1] != held[1:-1]


def test_in_a_pipe() -> None:
    view = fed(1000)
    heading, line = view.heading(), view.line()
    assert "1k" in heading
    cells = line.split(" s ", 1)[1]
    assert len(cells) <= BANDS
    brightest = line.index(max(cells, key=" .:-=+*#%@".index))
    assert abs(brightest - heading.index("1k")) <= 1
    # A third of a bin beside the tone, where a Hann window shows 0.6 dB less.
    assert view.summary(3) == "1.5 s, strongest -6.6 dBFS at 996 Hz, 3 frames lost"


@pytest.mark.parametrize("samplerate", [8000, 44100, 192000])
def test_other_rates(samplerate: float) -> None:
    view = fed(1000, 5, samplerate)
    assert 0 < view.hop <= view.frames
    assert drawn(view, 80, 24)
    assert view.seconds == pytest.approx(0.25, rel=0.01)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 4), (20, 5), (300, 100)])
def test_terminals_of_any_size(width: int, height: int) -> None:
    assert drawn(fed(1000), width, height)
