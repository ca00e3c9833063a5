"""The page about testing says what works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aiosounddevice.virtual.script import Script

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"


def test_its_tests_pass(run):
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    done = run("\n\n".join(blocks), plugins=("aiosounddevice.pytest_plugin", "anyio.pytest_plugin"))
    count = 2 * "".join(blocks).count("async def test_")  # on asyncio and on trio
    assert count >= 10
    assert f"{count} passed" in done.stdout, done.stdout + done.stderr


def scripts():
    cells = re.findall(r"^\| (`.*?) \| `card", PAGE.read_text(), re.MULTILINE)
    return re.findall(r"`(.*?)`", " ".join(cells))


def test_its_table_was_found():
    assert len(scripts()) == 10


@pytest.mark.parametrize("script", scripts())
def test_its_scripts_are_understood(script):
    Script(script)
