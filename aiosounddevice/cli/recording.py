"""What ``rec`` shows, and when it has been silent for long enough."""

from __future__ import annotations

import os

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from ..dsp.levels import Meter, decibels
from ..files.recorder import BLOCK, FileRecorder
from . import bars
from .live import head
from .times import clock

MOST_BARS = 8


class Silence:
    """Tells when a signal that was loud has been silent for a while.

    Parameters
    ----------
    seconds, threshold
        How long, and below which level in dBFS. Silence before the first sound does not count:
        people take their time.
    """

    def __init__(self, seconds: float, threshold: float) -> None:
        self._seconds, self._threshold = seconds, threshold
        self._loud_at: float | None = None
        self._now = 0.0

    def over(self, level: float, now: float) -> bool:
        """Take the level in dBFS up to a time in seconds; whether it was silent long enough."""
        self._now = now
        if level > self._threshold:
            self._loud_at = now
        return self._loud_at is not None and now - self._loud_at >= self._seconds

    def state(self) -> str:
        """Say what it waits for."""
        if self._loud_at is None:
            return f"waiting for a sound above {self._threshold:g} dBFS"
        silent = self._now - self._loud_at
        return f"silent for {silent:.1f} of {self._seconds:g} s" if silent > 0.2 else ""


class RecView:
    """A recording under way."""

    def __init__(
        self,
        path: str,
        device: str,
        recorder: FileRecorder,
        seconds: float | None,
        silence: Silence | None,
    ) -> None:
        self._path, self._device, self._recorder = path, device, recorder
        self._seconds, self._silence = seconds, silence
        self._meter = Meter(recorder.channels, 1 / BLOCK)  # its frames are the recorder's blocks
        self._channels = recorder.channels

    def feed(self, level: tuple[float, ...]) -> bool:
        """Take the latest block's level; whether the recording is to end."""
        self._meter.feed(np.array([level]))
        if self._silence is None:
            return False
        return self._silence.over(float(decibels(max(level))), self._recorder.position)

    def title(self) -> str:
        """What is recorded from where."""
        count = f"{self._channels} channel{'' if self._channels == 1 else 's'}"
        name = os.path.basename(self._path)
        return f"{name} ← {self._device} · {self._recorder.samplerate} Hz · {count}"

    def picture(self, width: int, height: int) -> RenderableType:
        """Draw time, and a bar for each channel."""
        lines = [head(self.title(), width, "q stops"), self._state()]
        room = max(4, width - 4 - 8)
        rows = list(zip(self._meter.level, self._meter.held, strict=True))[:MOST_BARS]
        for number, (level, held) in enumerate(rows, 1):
            line = Text(f"{number:2}  ").append_text(bars.bar(level, room, held))
            lines.append(line.append(f" {bars.decibels(held)}"))
        lines.append(Text("    ").append_text(bars.scale(room)).append(" dBFS", "bright_black"))
        for line in lines:
            line.no_wrap = True
            line.truncate(width)
        return Group(*lines[: max(1, height - 1)])

    def _state(self) -> Text:
        recorder = self._recorder
        text = Text.assemble((" ●  ", "bold red"), (clock(recorder.position), "bold"))
        if self._seconds is not None:
            text.append(f" of {clock(self._seconds)}")
        if lost := self._lost():
            text.append(f" · {lost}", "red")
        if self._meter.highest.max() >= 0:
            text.append(" · clipped: lower the gain", "red")
        if self._silence is not None and (state := self._silence.state()):
            text.append(f" · {state}", "yellow")
        return text

    def line(self) -> str:
        """Say time and peaks."""
        levels = " ".join(bars.decibels(held) for held in self._meter.held)
        return f"{clock(self._recorder.position):>9}  peak {levels} dBFS  {self._lost()}".rstrip()

    def _lost(self) -> str:
        """What is not in the recording, if anything."""
        lost = self._recorder.frames_lost
        parts = [f"{lost} frames lost"] if lost else []
        if self._recorder.flags.input_overflow:
            parts.append("the device lost input")
        return ", ".join(parts)

    def summary(self) -> str:
        """Say what is in the file."""
        recorder = self._recorder
        peak = bars.decibels(float(self._meter.highest.max())).strip()
        size = os.path.getsize(self._path) if os.path.isfile(self._path) else 0
        return (
            f"{self._path}: {clock(recorder.position)}, {size / 1e6:.1f} MB, "
            f"highest peak {peak} dBFS, {self._lost() or '0 frames lost'}"
        )
