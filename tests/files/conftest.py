"""What every test of files leaves behind: nothing."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="package")
def _modules_are_no_garbage() -> Iterator[None]:
    """Let collections skip what was there before: each test ends with one."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    # A forgotten player's thread ends with its next job; nobody waits for that.
    left = [thread for thread in threading.enumerate() if thread.name.startswith("file: ")]
    for thread in left:
        thread.join(10)
        assert not thread.is_alive(), f"{thread.name} is left"
