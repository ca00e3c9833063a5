"""Programs that end badly: scenario by scenario, each in a process of its own.

``python ends.py ROUNDS NAME...`` prints what became of each run, as JSON. Importing is what a
short program takes longest for, so one process imports, and is forked, before any sound, for each
run. A run ends as any program does: by falling off the end of this file, or by what it raised.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import faulthandler
import gc
import json
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import trio

import aiosounddevice as sd
import aiosounddevice.compat as compat
from aiosounddevice.core import control
from aiosounddevice.virtual import Card

LIMIT = 60
AT_ONCE = 3
SCENARIOS: dict[str, Callable[[], Any]] = {}


def scenario(function: Callable[[], Any]) -> Callable[[], Any]:
    SCENARIOS[function.__name__] = function
    return function


def mic(**options: Any) -> sd.InputStream:
    return sd.InputStream(48000, 64, "microphone", 1, **options)


async def listen() -> None:
    async with mic() as stream:
        async for _ in stream:
            pass


def report() -> None:
    """Tell what the card has, once all has been done that was asked for."""
    assert control.wait_idle(30)
    print("open:", sd.virtual.Card().open_streams)


@scenario
def collected() -> None:
    async def main() -> None:
        streams = [mic(), sd.OutputStream(48000, 64, "speaker", 1), sd.Stream(48000, 64)]
        for stream in streams:
            await stream.start()
        del streams, stream
        gc.collect()
        await asyncio.sleep(0)
        report()

    asyncio.run(main())


@scenario
def collected_by_another_thread() -> None:
    async def main() -> None:
        stream = mic()
        await stream.start()
        holder = [stream]
        del stream
        thread = threading.Thread(target=holder.clear)
        thread.start()
        await asyncio.to_thread(thread.join)

    asyncio.run(main())
    report()


@scenario
def loop_closed() -> None:
    loop = asyncio.new_event_loop()
    stream = mic()
    loop.run_until_complete(stream.start())
    loop.run_until_complete(stream.read(64))
    loop.close()
    time.sleep(0.02)  # callbacks come, and there is nobody to wake
    del stream
    gc.collect()
    report()


@scenario
def loop_closed_while_reading() -> None:
    """`asyncio.run` cancels what still runs."""

    async def main() -> None:
        asyncio.get_running_loop().listening = asyncio.create_task(listen())  # type: ignore
        await asyncio.sleep(0.05)

    asyncio.run(main())
    report()


@scenario
def stream_left_open() -> None:
    async def main() -> sd.InputStream:
        stream = mic()
        await stream.start()
        return stream

    globals()["kept"] = asyncio.run(main())


@scenario
def exit_inside_a_callback() -> None:
    """The interpreter ends while Python runs on the audio thread."""
    inside = threading.Event()

    def callback(indata: Any, frames: int, when: Any, status: Any) -> None:
        inside.set()
        end = time.monotonic() + 0.05
        while time.monotonic() < end:
            pass

    stream = compat.InputStream(48000, 64, "microphone", 1, callback=callback)
    stream.start()
    inside.wait()
    globals()["kept"] = stream


@scenario
def exit_while_playing() -> None:
    compat.play(np.ones(480000, "float32"), 48000, device="speaker")


@scenario
def exit_while_opening() -> None:
    Card().slow("Pa_OpenStream", 0.3)

    async def main() -> None:
        asyncio.get_running_loop().opening = asyncio.create_task(listen())  # type: ignore
        await asyncio.sleep(0.05)
        raise SystemExit(5)

    asyncio.run(main())


@scenario
def fork() -> None:
    async def use(stream: sd.InputStream) -> None:
        before = stream.statistics().frames
        child = os.fork()
        if not child:
            return
        _, status = await asyncio.to_thread(os.waitpid, child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        await stream.read(48000 // 10)
        assert stream.statistics().frames > before
        print("parent")

    async def main() -> bool:
        parent = os.getpid()
        async with mic() as stream:
            await stream.read(64)
            await use(stream)
            if os.getpid() == parent:
                return True
            os._exit(_child(stream))

    asyncio.run(main())
    report()


def _child(inherited: sd.InputStream) -> int:
    """In the forked child: the inherited stream gives a plain error, a new one works."""

    async def fresh() -> None:
        for use in (inherited.receive, inherited.stop, inherited.start):
            with contextlib.suppress(sd.WrongLoop):
                await use()
                raise AssertionError("another process's stream")
        inherited.forget()
        assert len(await sd.rec(480, 48000, device="microphone", channels=1)) == 480

    def run() -> None:
        asyncio.run(fresh())

    thread = threading.Thread(target=run)  # the main one is inside the parent's loop
    thread.start()
    thread.join()
    assert control.wait_idle(30)
    print("child", flush=True)
    return 0


@scenario
def system_exit_in_a_task() -> None:
    async def fail() -> None:
        await asyncio.sleep(0.02)
        sys.exit(7)

    async def main() -> None:
        await asyncio.gather(listen(), fail())

    try:
        asyncio.run(main())
    finally:
        report()


@scenario
def system_exit_in_a_task_of_trio() -> None:
    async def main() -> None:
        async with mic() as stream:
            await stream.receive()
            sys.exit(7)

    try:
        trio.run(main)
    finally:
        report()


def _interrupted(run: Callable[..., Any]) -> None:
    async def main() -> None:
        async with mic() as stream:
            await stream.receive()
            threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()
            async for _ in stream:
                pass

    try:
        run(main)
    except KeyboardInterrupt:
        print("interrupted")
    report()


@scenario
def interrupted() -> None:
    _interrupted(lambda main: asyncio.run(main()))


@scenario
def interrupted_on_trio() -> None:
    _interrupted(trio.run)


@scenario
def interrupted_while_playing() -> None:
    async def main() -> None:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        await sd.play(np.ones(4800000, "float32"), 48000, device="speaker")

    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("interrupted")
    report()


@scenario
def break_out_of_blocks() -> None:
    async def main() -> None:
        async for _ in sd.blocks(64, device="microphone", channels=1, samplerate=48000):
            break
        report()

    asyncio.run(main())


@scenario
def generator_left_behind() -> None:
    async def sound() -> AsyncIterator[np.ndarray]:
        async with mic() as stream:
            async for block in stream:
                yield block

    async def main() -> None:
        globals()["kept"] = generator = sound()
        async for _ in generator:
            break

    asyncio.run(main())
    report()


@scenario
def exit_in_atexit() -> None:
    atexit.register(sys.exit, 3)
    stream_left_open()


@scenario
def sound_in_atexit() -> None:
    async def main() -> None:
        await sd.rec(480, 48000, device="microphone", channels=1)
        print("recorded", flush=True)

    asyncio.run(main())
    atexit.register(asyncio.run, main())


@scenario
def daemon_thread() -> None:
    begun = threading.Event()

    async def main() -> None:
        async with mic() as stream:
            async for _ in stream:
                begun.set()

    threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
    begun.wait()


@scenario
def daemon_thread_that_waits() -> None:
    """Nobody tells it anything: all it could do is complain while the interpreter goes."""
    begun = threading.Event()

    async def main() -> None:
        async with mic(buffer=20) as stream:
            await stream.receive()
            begun.set()
            await stream.read(48000 * 8)

    threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
    begun.wait()
    time.sleep(0.05)


# ---- running them


def _start(name: str) -> tuple[int, int, int]:
    out, err = (os.memfd_create(name) for _ in range(2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other libraries' threads
        child = os.fork()
    if not child:
        os.dup2(out, 1)
        os.dup2(err, 2)
        faulthandler.enable()
        faulthandler.dump_traceback_later(LIMIT, exit=True)
        warnings.simplefilter("default")
    return child, out, err


def _text(descriptor: int) -> str:
    with open(descriptor, errors="replace") as file:
        file.seek(0)
        return file.read()


def main(rounds: int, names: list[str]) -> Callable[[], Any] | None:
    """Run them all; in a child: what it is to do."""
    waiting = [name for _ in range(rounds) for name in names]
    running: dict[int, tuple[str, int, int]] = {}
    results = []
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            name = waiting.pop()
            child, out, err = _start(name)
            if not child:
                return SCENARIOS[name]
            running[child] = name, out, err
        child, status = os.wait()
        name, out, err = running.pop(child)
        results.append([name, os.waitstatus_to_exitcode(status), _text(out), _text(err)])
    json.dump(results, sys.stdout)
    return None


if __name__ == "__main__":
    todo = main(int(sys.argv[1]), sys.argv[2:] or list(SCENARIOS))
    if todo is not None:
        todo()
