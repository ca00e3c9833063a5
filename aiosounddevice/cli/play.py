"""The command ``play``."""

from __future__ import annotations

import os
import sys
import time
from typing import Annotated, Any

import anyio
import typer
from rich.console import Console

from ..core.errors import DeviceNotFound, FormatNotSupported
from ..files.errors import FileError
from ..files.player import FilePlayer
from . import card, options, times
from .console import is_live, say, stdout
from .errors import OK, WRONG, one_line, usage
from .live import FRAMES_PER_SECOND, Display, with_keys
from .playing import PlayView
from .running import run

STEPS = {"left": -5.0, "right": 5.0, "down": -60.0, "up": 60.0}
"""Seconds that keys jump."""
AGAIN = 3.0
"""Seconds after which "previous" means this file's start."""
_NEXT, _PREVIOUS = ("n", "pagedown", "enter"), ("p", "pageup")


def command(
    files: Annotated[
        list[str], typer.Argument(metavar="FILES...", help="WAV, FLAC, Ogg, MP3, ...")
    ],
    device: options.Device = None,
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help="Where to begin: seconds, or 1:30.")
    ] = None,
    stop: Annotated[str | None, typer.Option(metavar="TIME", help="Where to end.")] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Again and again.")] = False,
    channels: Annotated[
        int | None,
        typer.Option("--channels", "-c", min=1, help="How many of the file's; by default all."),
    ] = None,
    samplerate: options.Samplerate = None,
    latency: options.Latency = None,
    virtual: options.Virtual = False,
) -> int:
    """Play sound files, one after the other.

    Space pauses; left and right jump 5 seconds, down and up a minute; n plays the next file, p the
    one before; q ends it. A file that cannot be played is told and left out.
    """
    first, last = times.parse(start, "--start"), times.parse(stop, "--stop")
    if last is not None and last <= (first or 0):
        raise usage("--stop must be after --start")
    asked = {
        "start": first,
        "stop": last,
        "channels": channels,
        "samplerate": samplerate,
        "device": options.device(device),
        "latency": options.latency(latency),
    }
    card.choose(virtual)
    return run(PlayList(files, loop, asked, stdout()).play)


class PlayList:
    """Files that are played one after the other, and the keys for that."""

    def __init__(
        self, files: list[str], loop: bool, asked: dict[str, Any], console: Console
    ) -> None:
        self._files, self._loop, self._asked = files, loop, asked
        self._console = console
        self._view = PlayView()
        self._place = 0
        self._failed: set[int] = set()
        self._player: FilePlayer | None = None
        self._scope: anyio.CancelScope | None = None
        self._early: list[str] = []

    async def play(self) -> int:
        """Play all; returns the exit code."""
        if is_live(self._console):
            await with_keys(self._all, self.key)
        else:
            await self._all()
        return WRONG if self._failed else OK

    async def _all(self) -> None:
        with Display(self._console, self._view) as display:
            while 0 <= self._place < len(self._files):
                await self._one(self._files[self._place], display)
                self._place += 1
                repeat = self._loop and len(self._failed) < len(self._files)
                if self._place >= len(self._files) and repeat:
                    self._place = 0

    async def _one(self, path: str, display: Display) -> None:
        alone = self._loop and len(self._files) == 1
        player = FilePlayer(path, loop=alone, **self._asked)
        try:
            with anyio.CancelScope() as self._scope:
                async with player:
                    self._player = player
                    self._show(path, player)
                    while self._early and not self._scope.cancel_called:
                        self.key(self._early.pop(0))
                    await self._shown(player, display)
        except (FileError, FormatNotSupported, ValueError) as error:
            if isinstance(error, DeviceNotFound):
                raise
            self._failed.add(self._place)
            self._tell(path, error)
        finally:
            self._player = None

    async def _shown(self, player: FilePlayer, display: Display) -> None:
        trouble = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._follow, display)
            try:
                await player.play()
            except FileError as error:  # not out of the group, which would wrap it
                trouble = error
            tasks.cancel_scope.cancel()
        if trouble is not None:
            raise trouble

    def _show(self, path: str, player: FilePlayer) -> None:
        number = f"{self._place + 1} of {len(self._files)}" if len(self._files) > 1 else ""
        self._view.begin(os.path.basename(path), player, number)
        if not is_live(self._console):
            say(self._console, self._view.title())

    async def _follow(self, display: Display) -> None:
        began = time.monotonic()
        while True:
            self._view.look()
            display.update(time.monotonic() - began)
            await anyio.sleep(1 / FRAMES_PER_SECOND)

    def _tell(self, path: str, error: Exception) -> None:
        text = one_line(str(error)).replace("channels=", "--channels ")
        if os.path.basename(path) not in text:
            text = f"{path}: {text}"
        print(f"aiosounddevice play: {text}", file=sys.stderr)

    def key(self, key: str) -> None:
        """Do what a key means."""
        player, scope = self._player, self._scope
        if player is None or scope is None or scope.cancel_called:
            self._early.append(key)  # between two files
            return
        if key == "space":
            player.resume() if player.paused else player.pause()
        elif key in STEPS:
            player.seek(player.position + STEPS[key])
        elif key == "home":
            player.seek(0)
        elif key in _NEXT:
            scope.cancel()
        elif key in _PREVIOUS:
            if player.position - (self._asked["start"] or 0) > AGAIN or not self._place:
                player.seek(0)
            else:
                self._place -= 2
                scope.cancel()
