"""The pictures that the programs have made of themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "docs" / "pictures"


@pytest.mark.parametrize("name", ["meter.svg", "spectrogram.svg", "plot.png"])
def test_each_is_small_and_in_the_readme(name: str) -> None:
    assert 1000 < (FOLDER / name).stat().st_size < 200_000
    assert f"(docs/pictures/{name})" in (ROOT / "README.md").read_text()


def test_they_show_what_the_commands_show() -> None:
    meter = (FOLDER / "meter.svg").read_text().replace("&#160;", " ")
    assert "Virtual microphone · 48000 Hz · 2 channels" in meter
    assert "████" in meter
    assert "now" in (FOLDER / "spectrogram.svg").read_text()
