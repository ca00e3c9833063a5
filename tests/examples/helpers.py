"""What the tests of the examples share: a thread beside the example, which presses Ctrl+C."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import importlib.util
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from aiosounddevice.virtual import Card

FOLDER = Path(__file__).parents[2] / "examples"
LONG = 60.0  # seconds; only a broken build waits that long


class Outcome(NamedTuple):
    """What there was to see."""

    code: int | str | None
    out: str
    err: str


def until(condition: Callable[[], Any]) -> None:
    """Wait in a thread beside an example."""
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


class Beside(threading.Thread):
    """Does something while an example runs, and presses Ctrl+C after it."""

    def __init__(self, what: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._what = what
        self._lock = threading.Lock()
        self._over = False
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._what()
        except BaseException as error:
            self.error = error
        with self._lock:
            if not self._over:
                _thread.interrupt_main(signal.SIGINT)

    def end(self) -> None:
        """Press nothing any more; raise what went wrong."""
        with self._lock:
            self._over = True
        self.join(LONG)
        if self.error is not None:
            raise self.error


def free_port() -> int:
    """Return a TCP port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def by_hand(
    card: Card, name: str, last: str, *arguments: Any, until: float = float("inf")
) -> ModuleType:
    """Run an example's `main` while this thread moves a manual card, event by event.

    With several tasks that wait for a card it is only so that each has its turn after each event,
    however busy the machine is. Time stands still until the example calls its function `last`, and
    is up at `until` seconds.
    """
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function, begun = getattr(module, last), asyncio.Event()

    def called(*args: Any) -> Any:
        begun.set()
        return function(*args)

    setattr(module, last, called)

    async def run() -> None:
        example = asyncio.create_task(module.main(*arguments))
        begins = asyncio.create_task(begun.wait())
        await asyncio.wait([begins, example], return_when=asyncio.FIRST_COMPLETED)
        begins.cancel()
        while not example.done() and card.time < until:
            await card.advance_async(480)
        example.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await example

    asyncio.run(run())
    return module
