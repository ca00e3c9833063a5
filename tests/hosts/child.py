"""Run one job of `real.Host` and leave its result in a file: ``child.py JOB RESULT``."""

from __future__ import annotations

import faulthandler
import functools
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import anyio

import aiosounddevice as sd
from aiosounddevice.core import control, library

PACKAGE = Path(sd.__file__).resolve().parent


async def perform(job: Any) -> Any:
    if job.host is None:
        return await job.function(**job.arguments)
    device = await find(*job.host)
    check_library()
    try:
        result = await job.function(device=device, **job.arguments)
        check_library()
        return result
    finally:
        if job.leave:
            leave()


def leave() -> None:
    """Terminate PortAudio, which interpreter exit must not do with JACK.

    Its server may be dead, and PortAudio then aborts. Ours lives; and in synchronous mode it waits
    for six seconds for a client that just vanishes.
    """
    pa = library.current()
    assert pa is not None
    control.call(pa.terminate)


async def find(hostapi: str, device: str) -> int:
    """Return the number of the one device with that name on that host API."""
    apis, devices = await sd.query_hostapis(), await sd.query_devices()
    there = [(apis[one["hostapi"]]["name"], one["name"]) for one in devices]
    assert there.count((hostapi, device)) == 1, f"not one {device!r} on {hostapi!r} in {there}"
    return there.index((hostapi, device))


def check_library() -> None:
    """Fail unless it is the system's PortAudio that runs, and the virtual card is not there."""
    pa = library.current()
    assert pa is not None
    assert not pa.virtual
    assert not pa.abandoned
    assert os.path.isabs(pa.path), pa.path
    maps = Path("/proc/self/maps").read_text(errors="replace").splitlines()
    mapped = {os.path.realpath(line.split(None, 5)[-1]) for line in maps}
    assert os.path.realpath(pa.path) in mapped, pa.path
    mine = [path for path in mapped if "libportaudio" in path and path.startswith(str(PACKAGE))]
    assert not mine, mine


def main() -> None:
    job_file, result_file = sys.argv[1:]
    job = pickle.loads(Path(job_file).read_bytes())
    faulthandler.enable()
    faulthandler.dump_traceback_later(job.limit, exit=True)
    result = anyio.run(functools.partial(perform, job), backend=job.backend)
    Path(result_file).write_bytes(pickle.dumps(result))


if __name__ == "__main__":
    main()
