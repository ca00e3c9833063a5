"""Programs that end badly: no hang, no crash, no complaint of asyncio, and a warning if due.

The programs are in `ends.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from stress import times

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, with files in memory")

PROGRAM = Path(__file__).with_name("ends.py")
ROUNDS = times(3, 100)

SAYS = {
    "break_out_of_blocks": "open: 0",
    "collected": "open: 0",
    "collected_by_another_thread": "open: 0",
    "daemon_thread": "",
    "daemon_thread_that_waits": "",
    "exit_in_atexit": "",
    "exit_inside_a_callback": "",
    "exit_while_opening": "",
    "exit_while_playing": "",
    "fork": "child parent open: 0",
    "generator_left_behind": "open: 0",
    "interrupted": "interrupted open: 0",
    "interrupted_on_trio": "interrupted open: 0",
    "interrupted_while_playing": "interrupted open: 0",
    "loop_closed": "open: 0",
    "loop_closed_while_reading": "open: 0",
    "sound_in_atexit": "recorded recorded",
    "stream_left_open": "",
    "system_exit_in_a_task": "open: 0",
    "system_exit_in_a_task_of_trio": "open: 0",
}
CODES = {"exit_while_opening": 5, "system_exit_in_a_task": 7, "system_exit_in_a_task_of_trio": 7}
WARNS = {"collected": 3, "collected_by_another_thread": 1, "loop_closed": 1}
"""How many streams were never closed, and are told by a ResourceWarning."""
TOLD = {
    "exit_in_atexit": "SystemExit: 3",  # Python's own words
}


@pytest.fixture(scope="module")
def results() -> dict[str, list[tuple[int, str, str]]]:
    environment = {
        **os.environ,
        "AIOSOUNDDEVICE_PORTAUDIO": "virtual",
        "AIOSOUNDDEVICE_VIRTUAL_CLOCK": "realtime",
        "OPENBLAS_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(ROUNDS)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[tuple[int, str, str]]] = {}
    for name, *rest in json.loads(done.stdout):
        found.setdefault(name, []).append(tuple(rest))
    return found


def test_all_are_there(results: dict[str, list[tuple[int, str, str]]]) -> None:
    assert sorted(results) == sorted(SAYS)


@pytest.mark.parametrize("name", sorted(SAYS))
def test_end(results: dict[str, list[tuple[int, str, str]]], name: str) -> None:
    assert len(results[name]) == ROUNDS
    for code, out, err in results[name]:
        assert code == CODES.get(name, 0), err
        assert " ".join(out.split()) == SAYS[name], err
        assert err.count("was never closed") == WARNS.get(name, 0), err
        quiet = not any(word in err for word in ("Traceback", "Task was", "ignored", "Fatal"))
        assert quiet or TOLD.get(name, " none ") in err, err
