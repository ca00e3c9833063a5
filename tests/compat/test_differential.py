"""Genuine sounddevice and compat make the same calls on the same card, and agree.

Where they do not, `DIFFERENCES` says why; docs/compat.md tells users. A difference that is gone,
or one that nobody has listed, fails.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the library search path is Linux's"),
    pytest.mark.skipif(not importlib.util.find_spec("sounddevice"), reason="needs sounddevice"),
]

BATTERY = Path(__file__).with_name("battery.py")
FEWEST = 2500

ACCIDENTS = ("AttributeError", "UFuncTypeError", "error")
"""What genuine sounddevice raises without having meant to, for nonsense."""

DIFFERENCES: dict[str, str] = {
    r"default\.(blocksize|clip_off|dither_off|never_drop_input|prime\w+) = None": (
        "assigning None resets to the factory default, as documented; there it stays None"
    ),
    r"\(0, None\)": (
        "None in a pair stands for the default, as documented, also in streams with one direction"
    ),
    r"^(playrec\(data, input_|rec\()mapping=": (
        "with a mapping, channels is ignored, as documented"
    ),
    r"b'x'": "the same error in other words",
    r"^AsioSettings": "any sequence of integers will do, and the error says which argument it is",
    r"^CoreAudioSettings": "they can be made on every system",
    r"^out: raw integers": "an iterable of integers can be written, as documented",
    r"^flags: repr": "the name of the package",
    r"^pair: 'x'": "the same error in other words",
    r"^default: hostapi = 1": "the same error in other words",
}


def outcomes(module: str, **environment: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part, clock in (("blocking", "manual"), ("other", "100x")):
        done = subprocess.run(
            [sys.executable, str(BATTERY), module, part],
            env={**os.environ, "AIOSOUNDDEVICE_VIRTUAL_CLOCK": clock, **environment},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        found.update(json.loads(done.stdout))
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    from aiosounddevice import virtual

    directory = tmp_path_factory.mktemp("card")
    for name in ("libportaudio.so.2", "libportaudio.so"):
        (directory / name).symlink_to(virtual.library_path())
    genuine = outcomes("sounddevice", LD_LIBRARY_PATH=str(directory))
    ours = outcomes("aiosounddevice.compat", AIOSOUNDDEVICE_PORTAUDIO="virtual")
    return genuine, ours


def raised(outcome: Any) -> str:
    """Name of the exception that a call, or the call in it, ended with."""
    if isinstance(outcome, dict) and "tuple" in outcome:
        outcome = outcome["tuple"][-1]
    return str(outcome.get("raises", "")) if isinstance(outcome, dict) else ""


def reason(label: str, genuine: Any, ours: Any) -> str | None:
    """Return why two outcomes may differ; None if they must not."""
    if raised(genuine) in ACCIDENTS and raised(ours) in ("TypeError", "ValueError"):
        return "nonsense"
    for pattern, why in DIFFERENCES.items():
        if re.search(pattern, label):
            return why
    return None


def test_the_same_calls_were_made(both: Any) -> None:
    genuine, ours = both
    assert list(genuine) == list(ours)
    assert len(genuine) >= FEWEST


def test_they_agree(both: Any) -> None:
    genuine, ours = both
    wrong = {
        label: (genuine[label], ours[label])
        for label in genuine
        if genuine[label] != ours[label] and not reason(label, genuine[label], ours[label])
    }
    assert not wrong, "\n".join(f"{k}:\n  {v[0]}\n  {v[1]}" for k, v in list(wrong.items())[:20])


@pytest.mark.parametrize("pattern", DIFFERENCES)
def test_each_listed_difference_exists(both: Any, pattern: str) -> None:
    genuine, ours = both
    assert any(re.search(pattern, label) and genuine[label] != ours[label] for label in genuine)
