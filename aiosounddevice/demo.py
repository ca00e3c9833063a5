"""The main job in one program: play and record at once, watch the level, account for each frame."""

from __future__ import annotations

import sys
import wave
from typing import Any, BinaryIO

import numpy as np

from . import virtual
from .aio.devices import query_devices
from .aio.duplex import Stream
from .core.errors import AudioError
from .dsp import chirps, sounds

RATE = 48000
BLOCK = 480
# A quarter of a second between input and output: no gap of a busy event loop is heard.
PREFILL = 25
BAR = 40


def melody(seconds: float) -> np.ndarray:
    """Four plucked notes a second, as float32 of shape (frames, 1)."""
    frames = round(seconds * RATE)
    fade = np.minimum(1, np.arange(frames, 0, -1) / (0.05 * RATE))
    return (sounds.melody(frames, RATE) * fade).astype(np.float32)[:, None]


async def demo(seconds: float, path: str, device: str | None, asked_virtual: bool) -> int:
    """Play, record, report; returns the exit code: 0 when no frame was lost."""
    chosen: Any = int(device) if device is not None and device.isdecimal() else device
    if not asked_virtual:
        await _choose_card(chosen)
    sound = melody(seconds)
    with open(path, "wb") as file:  # before the take, so that a mistake costs no take
        take, stream = await _play_and_record(sound, chosen)
        _save(file, take)
    lost = _report(sound, take, stream)
    print(f"written     {path}: {len(take)} frames, {RATE} Hz, mono, 16 bit")
    return 0 if lost == 0 else 1


async def _choose_card(device: Any) -> None:
    """Take the machine's own card where there is one, the virtual one otherwise, and say so."""
    try:
        for kind in ("input", "output"):
            await query_devices(device, kind)
    except AudioError as error:
        if device is not None:
            raise
        reason = str(error).splitlines()[0]
        print(f"no sound card here ({reason}):\nusing the virtual one, whose output is its input")
        virtual.use()


async def _play_and_record(sound: np.ndarray, device: Any) -> tuple[np.ndarray, Stream]:
    meter = Meter()
    stream = Stream(RATE, BLOCK, device, channels=1, dtype="float32", prefill=PREFILL)
    async with stream:
        names = [(await query_devices(number))["name"] for number in stream.device]
        print(f"card        {names[0]}" + (f" -> {names[1]}" if names[0] != names[1] else ""))
        # What is played last comes back later than it was played.
        tail = stream.delay + round(sum(stream.latency) * RATE) + 4 * BLOCK
        blocks = -(-(len(sound) + tail) // BLOCK)
        out = np.zeros((blocks * BLOCK, 1), np.float32)
        out[: len(sound)] = sound
        take = np.zeros_like(out)
        async for indata, outdata in stream:
            frame = stream.info.frame
            if frame >= len(out):
                break
            outdata[:] = out[frame : frame + BLOCK]
            take[frame : frame + BLOCK] = indata
            meter.show(frame / RATE, float(np.abs(indata).max()), stream.statistics().input_lost)
        meter.end()
    return take, stream


class Meter:
    """A level meter in one line of a terminal, or a line a second where there is none."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._shown = -1.0
        self._peak = 0.0

    def show(self, time: float, peak: float, lost: int) -> None:
        """Draw it, thirty times a second at most."""
        self._peak = max(peak, self._peak * 0.8)
        if time < self._shown + (1 / 30 if self._live else 1):
            return
        self._shown = time
        level = 20 * np.log10(max(self._peak, 1e-4))
        filled = round(BAR * (level + 80) / 80)
        bar = "█" * filled + "░" * (BAR - filled)
        line = f"{time:6.2f} s  {bar} {level:6.1f} dB  {lost} lost"
        print(f"\r{line}" if self._live else line, end="" if self._live else "\n", flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._live:
            print()


def _report(sound: np.ndarray, take: np.ndarray, stream: Stream) -> int:
    statistics = stream.statistics()
    lost = statistics.input_lost + statistics.output_inserted + statistics.output_late
    print(f"frames      {statistics.frames} in and out, {statistics.callbacks} callbacks")
    print(f"lost        {lost} frames lost")
    if statistics.flags:
        print(f"the host    reported {statistics.flags}")
    heard = chirps.find(sound[:, 0], take[:, 0])
    if heard is None:
        print("round trip  not heard: the input does not hear the output")
        return lost
    delay = heard.frame
    waiting = f"{stream.delay} of them waiting here for a slow event loop"
    print(f"round trip  {delay} frames ({1000 * delay / RATE:.1f} ms), {waiting}")
    if np.array_equal(take[delay : delay + len(sound)], sound):
        print("content     every sample came back as it was played")
    return lost


def _save(target: BinaryIO, take: np.ndarray) -> None:
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(take, -1, 1) * 32767).astype("<i2").tobytes())
