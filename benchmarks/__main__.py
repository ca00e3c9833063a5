"""``python -m benchmarks``."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from . import page, table
from .libraries import HERE, NAMES
from .rows import QUICK, ROWS, Effort, present
from .runner import ROOT, Results, run


def _arguments() -> argparse.Namespace:
    rows = "\n".join(f"  {row.key:8}{row.about}" for row in ROWS.values())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure this library and its peers side by side, on one virtual card.",
        epilog=f"rows:\n{rows}\n\nLibraries that are not installed are left out.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", choices=ROWS, metavar="ROW", help="this row; may be repeated"
    )
    parser.add_argument("--quick", action="store_true", help="one short round of each, no medians")
    parser.add_argument("--rounds", type=int, help=f"rounds (default {Effort.rounds})")
    parser.add_argument(
        "--out", type=Path, help="folder for page and chart (default docs/, for a full run only)"
    )
    parser.add_argument("--json", type=Path, help="file for everything that was measured")
    return parser.parse_args()


def _save(results: Results, path: Path) -> None:
    steps = [
        {"job": step.job, "library": step.library, **step.options, **figures}
        for step, figures in results.done
    ]
    path.write_text(json.dumps(steps, indent=1) + "\n")


def main() -> None:
    """Measure, print the table, write the page."""
    chosen = _arguments()
    effort = QUICK if chosen.quick else Effort()
    if chosen.rounds:
        effort = Effort(**{**vars(effort), "rounds": chosen.rounds})
    names, rows = present(), [ROWS[key] for key in chosen.only or ROWS]
    begun, load = time.monotonic(), os.getloadavg()[0]
    results = run([group for row in rows for group in row.plan(effort, names)])
    lines = [line for row in rows for line in row.lines(results, effort, names)]
    if chosen.json:
        _save(results, chosen.json)
    print(table.terminal(lines))
    times, most = results.lateness().get(HERE, (0, 0.0))
    taken, after = time.monotonic() - begun, os.getloadavg()[0]
    print(f"{taken:.0f} s; load average {load:.1f} before, {after:.1f} after")
    print(f"the card's own thread under {HERE}: late {times} times, {1000 * most:.0f} ms at most")
    missing = [name for name in NAMES if name not in names]
    if missing:
        print(f"not installed, so not measured: {', '.join(missing)}")
    whole = not (chosen.quick or chosen.only or missing)
    folder = chosen.out or (ROOT / "docs" if whole else None)
    if folder is not None:
        for path in page.write(folder, lines, results, effort, names, load):
            print(f"written: {path}")


if __name__ == "__main__":
    main()
