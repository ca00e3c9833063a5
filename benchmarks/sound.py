"""Sound that tells what was lost, and the card's own record of when a block was there."""

from __future__ import annotations

import time
from typing import Any

import cffi
import numpy as np

from aiosounddevice.virtual import library_path

RATE, CHANNELS = 48000, 2
MICROPHONE, SPEAKER = 1, 2
CHUNK = 4800
"""Frames that a program writes at a time, whatever the device takes at a time."""
STEP = 2**23  # the microphone's frame f is f / STEP

ffi = cffi.FFI()
ffi.cdef("""
struct virtualcard_entry { uint64_t stream; int64_t frame; int64_t ns; };
int virtualcard_keep_entries(int on);
size_t virtualcard_entries(struct virtualcard_entry *entries, size_t capacity);
int virtualcard_spent(int64_t *thread, int64_t *callbacks);
""")


def ramp(seconds: float) -> np.ndarray:
    """Sound whose frames differ from all their neighbours and from silence, exact in float32."""
    frames = np.arange(round(seconds * RATE)) + 1
    return np.repeat(frames[:, None] / STEP, CHANNELS, 1).astype(np.float32)


def frames_of(block: Any) -> np.ndarray:
    """Frame numbers of a block of the microphone's ramp, an array or bytes."""
    samples = np.frombuffer(block, np.float32) if isinstance(block, bytes) else block
    return np.rint(samples.reshape(-1, CHANNELS)[:, 0].astype(np.float64) * STEP).astype(np.int64)


def missing_from(blocks: list[Any]) -> int:
    """Frames of a recorded ramp that are not there, between its first and its last."""
    if not blocks:
        return 0
    numbers = np.concatenate([frames_of(block) for block in blocks])
    return int(numbers[-1] - numbers[0] + 1 - len(np.unique(numbers)))


def silent_in(recorded: np.ndarray) -> int:
    """Silent frames between the first and the last frame that the speaker was given."""
    heard = np.flatnonzero(recorded[:, 0])
    return int(heard[-1] - heard[0] + 1 - len(heard)) if len(heard) else len(recorded)


def heard_in(recorded: np.ndarray) -> int:
    """Frames that were not silent."""
    return int(np.count_nonzero(recorded[:, 0]))


def processor_time() -> float:
    """CPU seconds of this process, without what the card's thread does besides calling back."""
    figures = ffi.new("int64_t[2]")
    card: Any = ffi.dlopen(str(library_path()))
    card.virtualcard_spent(figures, figures + 1)
    return time.process_time() - (figures[0] - figures[1]) / 1e9


class Entries:
    """When the card handed over each block of the one stream that is open, in monotonic ns."""

    def __init__(self) -> None:
        self._card = ffi.dlopen(str(library_path()))
        if self._card.virtualcard_keep_entries(1) != 0:
            raise MemoryError("no memory for the card's entries")

    def by_frame(self) -> dict[int, int]:
        """Instant of the block that begins with a frame."""
        capacity = self._card.virtualcard_entries(ffi.NULL, 0)
        entries: Any = ffi.new("struct virtualcard_entry[]", max(1, capacity))
        count = self._card.virtualcard_entries(entries, capacity)
        return {entry.frame: entry.ns for entry in entries[0:count]}
