"""What ``play`` shows."""

from __future__ import annotations

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from ..dsp.levels import Meter
from ..files.player import FilePlayer
from . import bars
from .live import FRAMES_PER_SECOND, head
from .times import clock

KEYS = (
    "space pauses · ←→ 5 s · ↑↓ 1 min · n next · p previous · q quits",
    "space pauses · ←→ ↑↓ seek · n p files · q quits",
    "space · ←→ · n p · q",
)
MOST_BARS = 8


class PlayView:
    """One file that is played: its place in time, and its level."""

    def __init__(self) -> None:
        self._player: FilePlayer | None = None
        self._name = self._number = ""
        self._at = 0.0
        self._meter = Meter(1, FRAMES_PER_SECOND)

    def begin(self, name: str, player: FilePlayer, number: str) -> None:
        """Show another file from now on; `number` says which of how many."""
        self._name, self._player, self._number = name, player, number
        # A look is a frame of the meter's.
        self._meter = Meter(len(player.level), FRAMES_PER_SECOND)
        self._at = player.position

    def look(self) -> None:
        """See where it is and how loud."""
        assert self._player is not None
        self._at = self._player.position
        self._meter.feed(np.array([self._player.level]))

    def title(self) -> str:
        """What is played."""
        if self._player is None:
            return ""
        info, rate = self._player.info, self._player.samplerate
        count = f"{info.channels} channel{'' if info.channels == 1 else 's'}"
        rates = f"{info.samplerate} Hz"
        if round(rate) != info.samplerate:
            rates += f" at {rate:g} Hz"
        length = "" if info.duration is None else f" · {clock(info.duration)}"
        number = f"{self._number}: " if self._number else ""
        return f"{number}{self._name} · {info.format} · {rates} · {count}{length}"

    def picture(self, width: int, height: int) -> RenderableType:
        """Draw the place in the file, and a bar for each channel."""
        if self._player is None:
            return Text("")
        lines = [head(self.title(), width, ""), self._progress(width)]
        room = max(4, width - 4 - 8)
        rows = list(zip(self._meter.level, self._meter.held, strict=True))[:MOST_BARS]
        for number, (level, held) in enumerate(rows, 1):
            line = Text(f"{number:2}  ").append_text(bars.bar(level, room, held))
            lines.append(line.append(f" {bars.decibels(held)}"))
        keys = next((keys for keys in KEYS if len(keys) + 4 <= width), "")
        lines.append(Text(f"    {keys}", style="bright_black"))
        for line in lines:
            line.no_wrap = True
            line.truncate(width)
        return Group(*lines[: max(1, height - 1)])

    def _progress(self, width: int) -> Text:
        assert self._player is not None
        duration = self._player.info.duration
        at, end = clock(self._at), "" if duration is None else clock(duration)
        room = max(4, width - 4 - len(at) - len(end) - 4)
        done = 0 if not duration else min(room, round(2 * room * self._at / duration) / 2)
        full = int(done)
        bar = "━" * full + ("╸" if done > full else "")
        state, style = ("‖", "bold yellow") if self._player.paused else ("▶", "bold green")
        return Text.assemble(
            (f" {state}  ", style),
            (f"{at}  ", "bold"),
            (bar, "cyan"),
            ("─" * (room - len(bar)), "bright_black"),
            f"  {end}",
        )

    def line(self) -> str:
        """Say where it is, and how loud."""
        assert self._player is not None
        duration = self._player.info.duration
        whole = "" if duration is None else f" of {clock(duration)}"
        peak = bars.decibels(float(self._meter.held.max())).strip()
        return f"{clock(self._at):>9}{whole}  peak {peak} dBFS"
