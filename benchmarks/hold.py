"""A thread that holds the GIL, as a C extension that forgot to release it does."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gil_held(seconds: float, every: float, times: int | None = None) -> Iterator[None]:
    """Hold the GIL for so long at the end of every period, `times` times or until left."""
    usleep, stop = ctypes.PyDLL(None).usleep, threading.Event()

    def hold() -> None:
        done = 0
        while done != times and not stop.wait(every - seconds):
            usleep(round(seconds * 1e6))
            done += 1

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
