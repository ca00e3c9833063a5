"""pytest runs in processes of their own, with no plugins but those that a test names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import aiosounddevice

ROOT = Path(aiosounddevice.__file__).parent.parent
Run = Callable[..., SimpleNamespace]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test file with plugins; returns what it printed, and the exit code."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "")
    monkeypatch.delenv("AIOSOUNDDEVICE_PORTAUDIO", raising=False)
    pytester.makeini("[pytest]\nfilterwarnings = error\n")

    def run(
        source: str, *arguments: str, plugins: tuple[str, ...] = (), path: tuple[Path, ...] = ()
    ) -> SimpleNamespace:
        search = [*map(str, path), str(ROOT), os.environ.get("PYTHONPATH", "")]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, search)))
        pytester.makepyfile(test_it=source)
        named = [word for name in plugins for word in ("-p", name)]
        words = ["-q", "-ra", "--strict-markers", *named, *arguments]
        result = pytester.runpytest_subprocess(*words, timeout=120)
        return SimpleNamespace(
            stdout=str(result.stdout), stderr=str(result.stderr), returncode=int(result.ret)
        )

    return run
