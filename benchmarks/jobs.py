"""Jobs that one process does with one library, each returning figures by name.

Sound is judged by its content: the microphone is a ramp and the speaker keeps what it was given, so
what is missing is missing, whatever flags say.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np

from aiosounddevice.virtual import Card

from . import sound
from .hold import gil_held
from .sound import RATE

WARM = 0.3
"""Seconds after the start that do not count."""
APART = 0.00863
"""Seconds between the starts of two streams, so that their blocks are due one after the other.

A block of 256 frames, and its golden section once more: 64 streams share out the time evenly.
If they were started as fast as a library can, those of a quick one would be due all at once, and
one wake-up would do for many.
"""
IDLE = 0.6
"""Seconds for which an idle loop is watched."""
Figures = dict[str, Any]


async def losing(library: Any, direction: str, seconds: float, hold: list[Any]) -> Figures:
    """Frames lost of a capture or a playback at 64 frames, while the GIL is held at times."""
    with gil_held(*hold):
        if direction == "capture":
            lost = await _lost_capture(library, seconds)
        else:
            await library.play_blocks(sound.ramp(seconds), 64)
            lost = sound.silent_in(Card().speaker.recorded)
    return {"lost": lost, "frames": round(seconds * RATE)}


async def _lost_capture(library: Any, seconds: float) -> int:
    blocks, until = [], time.monotonic() + seconds
    async with library.capture(64, 64, "low") as source:
        async for block in source:
            blocks.append(block)
            if time.monotonic() >= until:
                break
    return sound.missing_from(blocks)


class _Reader:
    """Reads one stream until told to stop, and keeps what it got and when."""

    def __init__(self) -> None:
        self.blocks: list[Any] = []
        self.times: list[int] = []
        self.running = asyncio.Event()

    async def run(self, capture: Any, delay: float, stop: asyncio.Event) -> None:
        await asyncio.sleep(delay)
        now, keep, note = time.monotonic_ns, self.blocks.append, self.times.append
        async with capture as source:
            async for block in source:
                note(now())
                keep(block)
                self.running.set()
                if stop.is_set():
                    break


async def reading(
    library: Any, streams: int, block: int, frames: int, seconds: float, delays: bool = False
) -> Figures:
    """CPU seconds per second while streams are read, frames lost, and how long blocks took."""
    entries = sound.Entries() if delays else None
    stop, readers = asyncio.Event(), [_Reader() for _ in range(streams)]
    tasks = [
        asyncio.create_task(reader.run(library.capture(block, frames, "low"), at * APART, stop))
        for at, reader in enumerate(readers)
    ]
    await asyncio.gather(*(reader.running.wait() for reader in readers))
    await asyncio.sleep(WARM)
    assert Card().open_streams == streams
    begun, spent = time.monotonic(), sound.processor_time()
    await asyncio.sleep(seconds)
    spent, lasted = sound.processor_time() - spent, time.monotonic() - begun
    stop.set()
    await asyncio.gather(*tasks)
    figures = {
        "cpu": spent / lasted,
        "lost": sum(sound.missing_from(reader.blocks) for reader in readers),
    }
    if entries is not None:
        figures |= _delays(readers[0], entries.by_frame(), begun)
    return figures


def _delays(reader: _Reader, entered: dict[int, int], begun: float) -> Figures:
    """Median and 99 % of the time from the card's handing over a block to its being awaited."""
    delays = [
        got - entered[int(sound.frames_of(block)[0])]
        for block, got in zip(reader.blocks, reader.times, strict=True)
        if got > begun * 1e9
    ]
    median, most = np.percentile(delays, [50, 99]) / 1e9
    return {"median": float(median), "most": float(most), "blocks": len(delays)}


async def taking(library: Any, direction: str, seconds: float) -> Figures:
    """CPU seconds per second of sound that is played or recorded whole, opening included."""
    work, short, whole = (
        (library.play, sound.ramp(0.1), sound.ramp(seconds))
        if direction == "play"
        else (library.record, round(0.1 * RATE), round(seconds * RATE))
    )
    await _done(work(short))
    Card().speaker.clear()
    spent = sound.processor_time()
    take = await _done(work(whole))
    spent = sound.processor_time() - spent
    frames = sound.heard_in(Card().speaker.recorded) if take is None else len(sound.frames_of(take))
    assert frames == round(seconds * RATE), f"only {frames} frames"
    return {"cpu": spent / seconds}


async def _done(result: Any) -> Any:
    return await result if isinstance(result, Coroutine) else result


async def stalling(library: Any, slow: float) -> Figures:
    """Longest pause of the loop while a slow device is opened, read once and closed."""
    await _open_and_close(library)
    idle = await _longest_pause(asyncio.sleep(IDLE))
    card = Card()
    for function in ("Pa_OpenStream", "Pa_CloseStream"):
        card.slow(function, slow)
    longest = await _longest_pause(_open_and_close(library))
    return {"stall": max(0.0, longest - idle), "idle": idle}


async def _open_and_close(library: Any) -> None:
    async with library.capture(64, 64, "low") as source:
        async for _ in source:
            break


async def _longest_pause(work: Coroutine[Any, Any, None]) -> float:
    """Longest time between two turns of a task that would have one every millisecond."""
    task, longest = asyncio.create_task(work), 0.0
    last = time.perf_counter()
    while not task.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    await task
    return longest


JOBS: dict[str, Callable[..., Coroutine[Any, Any, Figures]]] = {
    job.__name__: job for job in (losing, reading, taking, stalling)
}
