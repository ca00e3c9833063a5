"""The card alone: streams with a C callback that does nothing, to know what the card costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosounddevice.core import _kernel
from aiosounddevice.core._portaudio import ffi
from aiosounddevice.virtual import library_path

from ..jobs import APART
from ..sound import CHANNELS, MICROPHONE, RATE, SPEAKER

# A C function that returns 0 (paContinue here) whatever it is given.
NOTHING = int(
    _kernel.ffi.cast("uintptr_t", _kernel.ffi.addressof(_kernel.lib, "asd_handshake_pending"))
)
FLOAT32 = 1
LATENCIES = {"low": 0.01, "high": 0.04}


@contextmanager
def streams(count: int, direction: str, block: int, latency: str) -> Iterator[None]:
    """Open and start so many streams, around all libraries."""
    card: Any = ffi.dlopen(str(library_path()))
    device = MICROPHONE if direction == "capture" else SPEAKER
    side = ffi.new(
        "PaStreamParameters *", [device, CHANNELS, FLOAT32, LATENCIES[latency], ffi.NULL]
    )
    sides = (side, ffi.NULL) if direction == "capture" else (ffi.NULL, side)
    callback = ffi.cast("PaStreamCallback *", NOTHING)
    assert card.Pa_Initialize() == 0
    for _ in range(count):
        time.sleep(APART)
        pointer = ffi.new("PaStream **")
        assert card.Pa_OpenStream(pointer, *sides, RATE, block, 0, callback, ffi.NULL) == 0
        assert card.Pa_StartStream(pointer[0]) == 0
    yield
    assert card.Pa_Terminate() == 0  # closes them
