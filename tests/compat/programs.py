"""Programs in processes of their own, on the virtual card."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any


def environment(clock: str = "realtime", **more: str) -> dict[str, str]:
    """Environment of a program on the virtual card, by way of this package."""
    return {
        **os.environ,
        "AIOSOUNDDEVICE_PORTAUDIO": "virtual",
        "AIOSOUNDDEVICE_VIRTUAL_CLOCK": clock,
        **more,
    }


def run(
    *arguments: str, clock: str = "realtime", timeout: float = 60, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments on the virtual card."""
    more = options.pop("env", {})
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment(clock, **more),
        capture_output=True,
        text=True,
        timeout=timeout,
        **options,
    )
