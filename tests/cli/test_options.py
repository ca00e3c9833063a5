"""Options as the API takes them."""

from __future__ import annotations

import pytest

from aiosounddevice.cli import options
from aiosounddevice.cli.errors import Failure


def test_devices() -> None:
    assert options.device(None) is None
    assert options.device("3") == 3
    assert options.device("USB 3") == "USB 3"
    assert options.devices("a", None, "2") == ("a", 2)
    assert options.devices(None, "0", None) == (0, None)


@pytest.mark.parametrize(("text", "value"), [(None, None), ("low", "low"), ("0.05", 0.05)])
def test_latency(text: str | None, value: object) -> None:
    assert options.latency(text) == value


@pytest.mark.parametrize("text", ["medium", "-1", "nan", "1e9"])
def test_no_latency(text: str) -> None:
    with pytest.raises(Failure, match="'low', 'high' or seconds") as caught:
        options.latency(text)
    assert caught.value.code == 2


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_no_seconds(value: float) -> None:
    with pytest.raises(Failure, match="--length must be a positive number"):
        options.seconds(value, "--length")
    assert options.seconds(None) is None
    assert options.seconds(2.5) == 2.5
