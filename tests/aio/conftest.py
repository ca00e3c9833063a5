"""Hundreds of short tests, each of which ends with a garbage collection."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="package")
def _modules_are_no_garbage() -> Iterator[None]:
    """Let collections skip what was there before: 2 ms each instead of 30."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
