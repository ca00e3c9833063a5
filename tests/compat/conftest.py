"""The sync layer on the virtual card, with nothing left over from one test to the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import aiosounddevice.compat as compat
from aiosounddevice.compat import session


@pytest.fixture
def sd() -> Iterator[Any]:
    """The module under test; whatever a test assigned on it is undone."""
    before = dict(vars(compat))
    compat.default.reset()
    yield compat
    compat.stop()
    compat.default.reset()
    for name in set(vars(compat)) - set(before):
        delattr(compat, name)
    vars(compat).update(before)
    assert session.count == 1
