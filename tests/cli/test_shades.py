"""Levels as colours and as characters."""

from __future__ import annotations

import io

import numpy as np
from rich.console import Console

from aiosounddevice.cli import shades

TRUE = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", _environ={})
PLAIN = Console(file=io.StringIO(), color_system=None, _environ={})


def test_steps() -> None:
    levels = [-np.inf, -90, -70, -35, -0.1, 0, 20]
    assert shades.steps(levels, -70, 0).tolist() == [0, 0, 0, 20, 39, 39, 39]


def test_characters() -> None:
    assert shades.plain([-70, -35, 0], -70, 0) == " +@"


def test_colours_grow_brighter() -> None:
    brightness = []
    for step in range(shades.STEPS):
        triplet = shades.colour(step).triplet
        assert triplet is not None
        brightness.append(0.3 * triplet.red + 0.6 * triplet.green + 0.1 * triplet.blue)
    assert all(np.diff(brightness) > 0)


def test_equal_neighbours_are_one_segment() -> None:
    upper, lower = np.array([5, 5, 5, 9]), np.array([7, 7, 8, 8])
    segments = shades.half_blocks(TRUE, upper, lower)
    assert [segment.text for segment in segments] == ["▀▀", "▀", "▀"]
    style = segments[0].style
    assert style is not None
    assert (style.color, style.bgcolor) == (shades.colour(5), shades.colour(7))


def test_without_colours_there_are_shades() -> None:
    both = np.array([0, 10, 20, 30, 39])
    assert shades.half_blocks(PLAIN, both, both)[0].text == " ░▒▓█"
