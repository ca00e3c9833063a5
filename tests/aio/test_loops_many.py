"""Loops of all kinds: several at once, eager tasks, debug mode, no `add_reader`, REPLs."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from typing import Any

import anyio
import numpy as np
import pytest

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .helpers import LONG, RATE, numbers, ramp


async def use(blocks: int = 50) -> None:
    """Read, write and take; nothing may be lost."""
    async with sd.InputStream(RATE, 64, "microphone", 1, buffer=10) as stream:
        told = numbers(np.concatenate([await stream.receive() for _ in range(blocks)]))
        assert told.tolist() == list(range(told[0], told[0] + 64 * blocks))
    async with sd.OutputStream(RATE, 64, "speaker", 1) as speaker:
        await speaker.write(ramp(2000))
    await sd.rec(500, RATE, channels=1, device="microphone")


def test_several_loops_in_several_threads(realtime_card: Card) -> None:
    realtime_card.set_clock(4.0)
    errors: list[BaseException] = []

    def run(backend: str, options: dict[str, Any]) -> None:
        try:
            anyio.run(use, backend=backend, backend_options=options)
        except BaseException as error:
            errors.append(error)

    kinds: list[tuple[str, dict[str, Any]]] = [
        ("asyncio", {}),
        ("asyncio", {"use_uvloop": True}),
        ("trio", {}),
    ] * 2
    threads = [threading.Thread(target=run, args=kind) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive()
    assert errors == []


def test_wrong_loop(realtime_card: Card) -> None:
    stream = sd.InputStream(RATE, 64, "microphone", 1)

    async def other() -> None:
        for use_it in (stream.receive, stream.start, stream.stop, stream.abort):
            with pytest.raises(sd.WrongLoop, match="another event loop"):
                await use_it()

    async def main() -> None:
        async with stream:
            await stream.receive()
            await asyncio.to_thread(lambda: asyncio.run(other()))
            await asyncio.to_thread(lambda: anyio.run(other, backend="trio"))
            await stream.receive()

    asyncio.run(main())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are Python 3.12's")
def test_eager_tasks(auto_card: Card) -> None:
    async def main() -> None:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        await asyncio.wait_for(asyncio.gather(use(), use()), LONG)

    asyncio.run(main())


def test_debug_mode_has_nothing_to_say(
    realtime_card: Card, caplog: pytest.LogCaptureFixture
) -> None:
    """No step of ours is slow, also while a device takes its time to open and to close."""
    realtime_card.set_clock(4.0)
    realtime_card.slow("Pa_OpenStream", 0.6)
    realtime_card.slow("Pa_CloseStream", 0.6)

    async def main() -> None:
        # A busy machine delays any step; half a second it does not, and a call of the device would.
        asyncio.get_running_loop().slow_callback_duration = 0.5
        await use()

    with caplog.at_level(logging.DEBUG, "asyncio"):
        asyncio.run(main(), debug=True)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


class NoReaders(asyncio.SelectorEventLoop):
    """As Windows' Proactor loop."""

    def add_reader(self, *_: Any) -> None:
        raise NotImplementedError

    def remove_reader(self, *_: Any) -> bool:
        raise NotImplementedError


def test_a_loop_without_add_reader(auto_card: Card) -> None:
    loop = NoReaders()
    try:
        loop.run_until_complete(asyncio.wait_for(use(), LONG))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


TYPED = """\
import aiosounddevice as sd
take = await sd.rec(480, 48000, channels=1, device="microphone")
print("take", take.shape)
mic = sd.InputStream(48000, 64, "microphone", 1)
await mic.start()
print("block", (await mic.receive()).shape)
await mic.aclose()
print("open", sd.virtual.Card().open_streams)
"""
SAID = ["take (480, 1)", "block (64, 1)", "open 0"]


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "AIOSOUNDDEVICE_PORTAUDIO": "virtual",
        "AIOSOUNDDEVICE_VIRTUAL_CLOCK": "realtime",
    }


def test_python_m_asyncio() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "asyncio"],
        input=TYPED,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert [said for said in SAID if said in done.stdout] == SAID, done.stderr
    assert "Traceback" not in done.stderr


def test_jupyter() -> None:
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(TYPED)])
    saved = dict(os.environ)
    os.environ.update(_environment())
    try:
        client.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    finally:
        os.environ.clear()
        os.environ.update(saved)
    said = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    assert said.split("\n")[:3] == SAID
