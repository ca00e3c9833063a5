"""How much sound is lost while another thread holds the GIL, here and in the usual recipe.

Capture and playback at 64 frames, 48 kHz, stereo, on the virtual card in real time, while a
thread holds the GIL for 50 ms of every 100. The microphone is a ramp and the speaker keeps what it
was given, so loss is what is missing in the sound, whatever flags say. Each of the four runs has
a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from aiosounddevice import virtual

RATE, BLOCK, CHANNELS = 48000, 64, 2
HOLD, PERIOD = 0.050, 0.100
MODES = {
    ("capture", "aiosounddevice"): "async for block in stream",
    ("capture", "python-sounddevice"): "callback -> call_soon_threadsafe -> asyncio.Queue",
    ("playback", "aiosounddevice"): "await stream.write(block)",
    ("playback", "python-sounddevice"): "queue filled by a coroutine -> callback",
}


@contextmanager
def gil_held() -> Iterator[None]:
    """Hold the GIL 50 ms of every 100, as a C extension that forgot to release it does."""
    usleep, stop = ctypes.PyDLL(None).usleep, threading.Event()

    def hold() -> None:
        while not stop.is_set():
            usleep(int(HOLD * 1e6))
            time.sleep(PERIOD - HOLD)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def ramp(frames: int) -> np.ndarray:
    """Frames that differ from all their neighbours and from silence, exact in float32."""
    return np.repeat((np.arange(frames)[:, None] + 1) / 2**23, CHANNELS, 1).astype(np.float32)


def missing_from(numbers: np.ndarray) -> int:
    """Frames of a recorded ramp that are not there, between its first and its last."""
    return int(numbers[-1] - numbers[0] + 1 - len(np.unique(numbers)))


def silent_in(recorded: np.ndarray) -> int:
    """Silent frames between the first and the last frame that the speaker was given."""
    heard = np.flatnonzero(recorded[:, 0])
    return int(heard[-1] - heard[0] + 1 - len(heard))


async def capture_here(seconds: float) -> int:
    """Capture with this package."""
    import aiosounddevice as sd

    numbers = []
    async with sd.InputStream(RATE, BLOCK, "microphone", CHANNELS, latency="low") as stream:
        async for block in stream:
            numbers.append(np.rint(block[:, 0] * 2**23).astype(np.int64))
            if stream.frames_read >= seconds * RATE:
                break
    return missing_from(np.concatenate(numbers))


async def playback_here(seconds: float) -> int:
    """Play with this package."""
    import aiosounddevice as sd

    sound = ramp(round(seconds * RATE))
    async with sd.OutputStream(RATE, BLOCK, "speaker", CHANNELS, latency="low") as stream:
        for start in range(0, len(sound), BLOCK):
            await stream.write(sound[start : start + BLOCK])
    return silent_in(virtual.Card().speaker.recorded)


async def capture_recipe(seconds: float) -> int:
    """Capture as python-sounddevice's documentation shows for asyncio."""
    import sounddevice

    loop, queue, numbers = asyncio.get_running_loop(), asyncio.Queue(), []

    def callback(indata, frames, time, status):  # type: ignore[no-untyped-def]
        loop.call_soon_threadsafe(queue.put_nowait, indata.copy())

    device = sounddevice.query_devices("microphone")["index"]
    until = loop.time() + seconds
    with sounddevice.InputStream(RATE, BLOCK, device, CHANNELS, latency="low", callback=callback):
        while loop.time() < until:
            numbers.append(np.rint((await queue.get())[:, 0] * 2**23).astype(np.int64))
    return missing_from(np.concatenate(numbers))


async def playback_recipe(seconds: float) -> int:
    """Play from a coroutine through a queue and python-sounddevice's callback."""
    import queue as queues

    import sounddevice

    queue: queues.SimpleQueue[np.ndarray] = queues.SimpleQueue()
    sound = ramp(round(seconds * RATE))
    for start in range(0, len(sound), BLOCK):
        queue.put(sound[start : start + BLOCK])
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def callback(outdata, frames, time, status):  # type: ignore[no-untyped-def]
        try:
            outdata[:] = queue.get_nowait()
        except (queues.Empty, ValueError):
            outdata.fill(0)
            loop.call_soon_threadsafe(done.set)

    device = sounddevice.query_devices("speaker")["index"]
    with sounddevice.OutputStream(RATE, BLOCK, device, CHANNELS, latency="low", callback=callback):
        await done.wait()
    return silent_in(virtual.Card().speaker.recorded)


RUNS = {
    ("capture", "aiosounddevice"): capture_here,
    ("capture", "python-sounddevice"): capture_recipe,
    ("playback", "aiosounddevice"): playback_here,
    ("playback", "python-sounddevice"): playback_recipe,
}


def run_one(job: str, package: str, seconds: float) -> dict[str, float]:
    """Run in this process; the library search path leads to the virtual card for both."""
    card = virtual.use() if package == "aiosounddevice" else virtual.Card()
    with gil_held():
        lost = asyncio.run(RUNS[job, package](seconds))
    return {"lost": lost, "late": card.late, "lateness": card.lateness}


def measure(job: str, package: str, seconds: float) -> dict[str, float]:
    """Run in a process of its own."""
    folder = str(virtual.library_path().parent)
    environment = {**os.environ, "LD_LIBRARY_PATH": folder, "AIOSOUNDDEVICE_PORTAUDIO": "virtual"}
    command = [sys.executable, __file__, "--one", job, package, "--seconds", str(seconds)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> int:
    """Print a table; 0 when nothing was lost here."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="each run (default 60)")
    parser.add_argument("--one", nargs=2, metavar=("JOB", "PACKAGE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(run_one(*chosen.one, chosen.seconds)))
        return 0
    print(
        f"{chosen.seconds:g} s each, {BLOCK} frames, {RATE} Hz, GIL held {HOLD:g} of {PERIOD:g} s"
    )
    failed = 0
    for (job, package), how in MODES.items():
        result = measure(job, package, chosen.seconds)
        frames = chosen.seconds * RATE
        word = "lost" if job == "capture" else "silent"
        print(
            f"{job:9} {package:18} {int(result['lost']):8} frames {word:6} "
            f"({100 * result['lost'] / frames:5.2f} %)   card late {int(result['late'])} times, "
            f"{1000 * result['lateness']:.0f} ms at most   [{how}]",
            flush=True,
        )
        failed |= package == "aiosounddevice" and result["lost"] > 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
