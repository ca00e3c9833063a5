"""Hundreds of short tests, each of which ends with a garbage collection."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from aiosounddevice.aio import reopening
from aiosounddevice.core import life


@pytest.fixture(autouse=True, scope="package")
def _modules_are_no_garbage() -> Iterator[None]:
    """Let collections skip what was there before: 2 ms each instead of 30."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a lost device be looked for all the time, and closed in no time."""
    monkeypatch.setattr(reopening, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(reopening, "LAST_PAUSE", 0.004)
    monkeypatch.setattr(life, "LOST_LIMIT", 0.02)
