"""How much a test does: a little in the suite, a lot under ``make stress``."""

from __future__ import annotations

import os

STRESS = bool(os.environ.get("AIOSOUNDDEVICE_STRESS"))


def times(usual: int, stressed: int) -> int:
    """How often to do something."""
    return stressed if STRESS else usual
