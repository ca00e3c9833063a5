"""pytest runs in processes of their own, with no plugins but those that a test names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import aiosounddevice

ROOT = Path(aiosounddevice.__file__).parent.parent
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a test file with plugins; returns the finished process."""

    def run(
        source: str, *arguments: str, plugins: tuple[str, ...] = (), path: tuple[Path, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_it.py").write_text(source)
        (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": ""}
        environment.pop("AIOSOUNDDEVICE_PORTAUDIO", None)
        search = [*map(str, path), str(ROOT), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, search))
        named = [word for name in plugins for word in ("-p", name)]
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-ra", "--strict-markers", *named, *arguments],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
