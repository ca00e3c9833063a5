"""Bars whose lengths are known."""

from __future__ import annotations

import pytest

from aiosounddevice.cli import bars


@pytest.mark.parametrize(
    ("level", "width", "text"),
    [
        (0, 10, "█" * 10),
        (6, 10, "█" * 10),
        (-30, 10, "█████·····"),
        (-60, 10, "·" * 10),
        (-120, 10, "·" * 10),
        (-33, 10, "████▌·····"),
        (-6, 4, "███▌"),
    ],
)
def test_bar(level: float, width: int, text: str) -> None:
    assert bars.bar(level, width).plain == text


def test_the_held_peak_is_marked() -> None:
    assert bars.bar(-30, 10, -12).plain == "█████···│·"
    assert bars.bar(-30, 10, 0).plain == "█████····│"
    assert bars.bar(-120, 10, -120).plain == "·" * 10


def test_colours_say_how_loud() -> None:
    def colours(level: float) -> set[str]:
        return {str(span.style) for span in bars.bar(level, 60).spans if span.end > span.start}

    assert colours(-30) == {"green"}
    assert colours(-10) == {"green", "yellow"}
    assert colours(-1) == {"green", "yellow", "red"}


@pytest.mark.parametrize("width", [4, 12, 40, 100])
def test_the_scale_is_below_the_bar(width: int) -> None:
    text = bars.scale(width).plain
    assert len(text) == width
    labels = [int(label) for label in text.split()]
    assert labels == sorted(labels)
    if width >= 40:
        assert {-60, -40, -20, 0} <= set(labels)
        place = text.index("-20") + 1
        assert abs(place - bars.column(-20, width)) <= 1


def test_decibels_have_seven_characters() -> None:
    assert [bars.decibels(level) for level in (-120, -6.02, 0, -100.26)] == [
        "   -inf",
        "   -6.0",
        "    0.0",
        " -100.3",
    ]
