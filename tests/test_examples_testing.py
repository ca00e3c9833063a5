"""The example's own tests pass as they stand, on each event loop that anyio's plugin takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_voice_recorders_tests(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    environment.pop("AIOSOUNDDEVICE_PORTAUDIO", None)
    plugins = ["-p", "anyio.pytest_plugin", "-p", "aiosounddevice.pytest_plugin"]
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "--strict-markers", *plugins),
            *("-c", str(tmp_path / "pytest.ini"), "-p", "no:cacheprovider"),
            str(ROOT / "examples" / "testing"),
        ],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # Without a fixture of the tests' own, anyio runs each on asyncio and on trio.
    assert "15 passed" in done.stdout, done.stdout
