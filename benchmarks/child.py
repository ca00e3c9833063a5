"""One job with one library, in a process of its own: ``python -m benchmarks.child '{...}'``."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from aiosounddevice.virtual import Card

from . import alone, jobs, libraries


def run(job: str, library: str, **options: Any) -> dict[str, Any]:
    """Do a job; its figures, and how late the card's own thread was."""
    card = Card()  # before all else, so that it is never unloaded
    if job in alone.JOBS:
        figures = alone.JOBS[job](**options)
    else:
        figures = asyncio.run(jobs.JOBS[job](libraries.load(library), **options))
    return figures | {"late": card.late, "lateness": card.lateness}


if __name__ == "__main__":
    print(json.dumps(run(**json.loads(sys.argv[1]))))
