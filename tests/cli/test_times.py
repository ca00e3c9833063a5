"""Places in time, typed and shown."""

from __future__ import annotations

import pytest

from aiosounddevice.cli import times
from aiosounddevice.cli.errors import Failure


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1:30", 90), ("1:02:03.5", 3723.5), ("0.25", 0.25), ("0:0", 0), (None, None)],
)
def test_typed(text: str | None, seconds: float | None) -> None:
    assert times.parse(text, "--start") == seconds


@pytest.mark.parametrize("text", ["", "-1", "1:", ":30", "1:2:3:4", "one", "1e3", "nan", "1,5"])
def test_mistyped(text: str) -> None:
    with pytest.raises(Failure, match="--start must be seconds, or m:ss") as caught:
        times.parse(text, "--start")
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00.0"), (59.96, "0:59.9"), (60, "1:00.0"), (3723.5, "1:02:03.5"), (0.3, "0:00.3")],
)
def test_shown(seconds: float, text: str) -> None:
    assert times.clock(seconds) == text
    assert times.clock(seconds, tenths=False) == text[:-2]
