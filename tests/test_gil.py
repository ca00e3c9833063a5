"""The short form of `make bench-gil`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiosounddevice.virtual import library_path

PROGRAM = Path(__file__).parent.parent / "benchmarks" / "gil.py"


@pytest.mark.parametrize("job", ["capture", "playback"])
def test_nothing_is_lost_while_another_thread_holds_the_gil(job: str) -> None:
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library_path().parent)}
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "--one", job, "aiosounddevice", "--seconds", "2"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout)["lost"] == 0, done.stdout
