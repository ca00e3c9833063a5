"""The first row by itself: frames lost while another thread holds the GIL 50 ms of every 100.

``--one capture aiosounddevice`` does one job in this process and prints what it found as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

# As a script it has its own folder there, not the one that the package is in.
sys.path[0] = str(Path(__file__).parent.parent)


def main() -> int:
    """Print a table; 0 when nothing was lost here."""
    from benchmarks import child, table
    from benchmarks.rows import BLINK, ROWS, Effort, present
    from benchmarks.runner import run

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="each run (default 60)")
    parser.add_argument("--one", nargs=2, metavar=("JOB", "LIBRARY"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        job, library = chosen.one
        found = child.run("losing", library, direction=job, seconds=chosen.seconds, hold=BLINK)
        print(json.dumps(found))
        return 0
    row, effort = ROWS["gil"], Effort(held=chosen.seconds)
    lines = row.lines(run(row.plan(effort, present())), effort, present())
    print(table.terminal(lines))
    return int(any(line.reached is False for line in lines))


if __name__ == "__main__":
    sys.exit(main())
