"""Runs jobs in processes of their own, in turn, and says how far it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from aiosounddevice.virtual import library_path

ROOT = Path(__file__).parent.parent
START = {"importing": 0.15}
READY = 0.5
"""Seconds that a process takes beside its job; only for the estimate."""
PATIENCE = 60.0


@dataclass(frozen=True)
class Step:
    """One process: a job, a library, the job's options, and about how many seconds."""

    job: str
    library: str
    seconds: float
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def length(self) -> float:
        """Seconds that it takes, about."""
        return self.seconds + START.get(self.job, READY)

    def command(self) -> list[str]:
        """What to run."""
        if self.job == "importing":
            return [sys.executable, "-c", self.options["code"]]
        asked = json.dumps({"job": self.job, "library": self.library, **self.options})
        return [sys.executable, "-m", "benchmarks.child", asked]


@dataclass
class Results:
    """What every step found."""

    done: list[tuple[Step, dict[str, Any]]] = field(default_factory=list)

    def add(self, step: Step, figures: dict[str, Any]) -> None:
        """Keep one."""
        self.done.append((step, figures))

    def get(self, job: str, library: str, name: str, **options: Any) -> list[Any]:
        """All figures of a name, in the order of the rounds, of steps with these options."""
        return [
            figures[name]
            for step, figures in self.done
            if (step.job, step.library) == (job, library)
            and options.items() <= step.options.items()
            and name in figures
        ]

    def lateness(self) -> dict[str, tuple[int, float]]:
        """How often the card's own thread was late, and how much at most, by library."""
        found: dict[str, tuple[int, float]] = {}
        for step, figures in self.done:
            times, most = found.get(step.library, (0, 0.0))
            late, lateness = figures.get("late", 0), figures.get("lateness", 0.0)
            found[step.library] = (times + late, max(most, lateness))
        return found


def _environment() -> dict[str, str]:
    """Every library finds the card where it looks for PortAudio."""
    folder = str(library_path().parent)
    return {
        **os.environ,
        "LD_LIBRARY_PATH": folder,
        "AIOSOUNDDEVICE_PORTAUDIO": "virtual",
        "AIOSOUNDDEVICE_VIRTUAL_CLOCK": "realtime",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }


def _together(steps: list[Step], environment: dict[str, str]) -> list[dict[str, Any]]:
    """Run steps at the same time; wait for all."""
    running = [
        subprocess.Popen(
            step.command(),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for step in steps
    ]
    found = []
    try:
        for step, process in zip(steps, running, strict=True):
            out, trouble = process.communicate(timeout=step.seconds + PATIENCE)
            if process.returncode:
                raise RuntimeError(f"{step.job} with {step.library} failed:\n{trouble}")
            found.append(json.loads(out.splitlines()[-1]))
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()
    return found


class Progress:
    """One line: how much is done, how long the rest may take, what runs."""

    def __init__(self, total: float, out: TextIO) -> None:
        self._total, self._out, self._done = max(total, 1e-9), out, 0.0
        self._begun = time.monotonic()

    def show(self, text: str, seconds: float) -> None:
        """Say what runs now and takes about so long."""
        passed = time.monotonic() - self._begun
        pace = passed / self._done if self._done > 20 else 1.0
        left = round((self._total - self._done) * pace)
        line = f"{self._done / self._total:4.0%}  {left // 60}:{left % 60:02} left  {text}"
        if self._out.isatty():
            print(f"\r\x1b[K{line}", end="", file=self._out, flush=True)
        else:
            print(line, file=self._out, flush=True)
        self._done += seconds

    def close(self) -> None:
        """Clear the line."""
        if self._out.isatty():
            print("\r\x1b[K", end="", file=self._out, flush=True)


def run(plan: list[list[Step]], out: TextIO = sys.stderr) -> Results:
    """Run groups of steps one after the other; those of one group at the same time."""
    lengths = [max(step.length for step in group) for group in plan]
    results, progress, environment = Results(), Progress(sum(lengths), out), _environment()
    for group, length in zip(plan, lengths, strict=True):
        names = ", ".join(dict.fromkeys(step.library for step in group))
        progress.show(f"{group[0].job}: {names}", length)
        for step, figures in zip(group, _together(group, environment), strict=True):
            results.add(step, figures)
    progress.close()
    return results
