"""``devices --watch``: what is there, again and again."""

from __future__ import annotations

import datetime
from collections import Counter, deque
from collections.abc import Awaitable, Callable

import anyio
import anyio.to_thread
from rich.console import Console, Group, RenderableType
from rich.text import Text

from .. import virtual
from ..aio.devices import query_devices
from ..core import library
from ..core.devices import DeviceList
from ..core.errors import AudioError
from .console import is_live, say, stdout
from .devices import as_line, table
from .live import Display, head, with_keys
from .snapshot import LIMIT, answer, command

_JACK = 10.0  # seconds between looks, at least
_HEADSET = 2.0  # seconds for which the virtual headset is out, and in


async def watching(interval: float, as_json: bool, on_virtual: bool) -> None:
    """List the devices whenever they have changed."""
    console = stdout()
    look = _look_at_card if on_virtual else _ask_child
    view = Watch(console, as_json, await look())

    async def body() -> None:
        async with anyio.create_task_group() as tasks:
            if on_virtual:
                tasks.start_soon(_plug_and_unplug)
            with Display(console, view, live=view.live) as display:
                while True:
                    await anyio.sleep(min(interval, 0.5) if on_virtual else view.pause(interval))
                    await view.compare(look)
                    display.update(0)

    await with_keys(body)


async def _ask_child() -> DeviceList:
    """List them afresh, in a process of its own."""
    try:
        with anyio.fail_after(LIMIT):
            done = await anyio.run_process(command(), check=False)
    except TimeoutError:
        raise AudioError(f"PortAudio did not list the devices within {LIMIT:g} s") from None
    return answer(done.stdout, done.stderr, done.returncode)


async def _look_at_card() -> DeviceList:
    """List the virtual card's, which is safe to initialise again."""
    await anyio.to_thread.run_sync(library.use, virtual.library_path())
    found: DeviceList = await query_devices()
    return found


async def _plug_and_unplug() -> None:
    card, headset = virtual.Card(), virtual.Headset()
    while True:
        await anyio.sleep(_HEADSET)
        card.plug(headset)
        await anyio.sleep(_HEADSET)
        card.unplug(headset)


class Watch:
    """What was there last, and what has come and gone.

    Attributes
    ----------
    live : bool
        Whether it is drawn; printed otherwise.
    """

    def __init__(self, console: Console, as_json: bool, found: DeviceList) -> None:
        self._console, self._as_json, self._found = console, as_json, found
        self._log: deque[Text] = deque(maxlen=8)
        self._trouble = ""
        self.live = is_live(console) and not as_json
        if not self.live:
            self._print()

    async def compare(self, look: Callable[[], Awaitable[DeviceList]]) -> None:
        """Look again, and tell what has changed."""
        try:
            found = await look()
        except AudioError as error:  # a sound server that restarts: it will be back
            self._note(str(error).splitlines()[0])
            return
        self._trouble = ""
        if repr(found) == repr(self._found):
            return
        before, now = _names(self._found), _names(found)
        self._found = found
        for sign, style, names in (("-", "red", before - now), ("+", "green", now - before)):
            for name in sorted(names.elements()):
                self._tell(Text(f"{_clock()} {sign} {name}", style=style))
        if not self.live:
            self._print()

    def pause(self, interval: float) -> float:
        """Return how long to wait before the next look.

        Each look is a client that a JACK server takes in and lets go, which its other clients may
        hear as an xrun.
        """
        jack = any("JACK" in line for line in repr(self._found).splitlines())
        return max(interval, _JACK) if jack else interval

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            self._tell(Text(f"{_clock()} {trouble}", style="red"))

    def _tell(self, line: Text) -> None:
        self._log.append(line)
        if not self._as_json and not self.live:
            say(self._console, line)

    def _print(self) -> None:
        say(self._console, as_line(self._found) if self._as_json else table(self._found))

    def picture(self, width: int, height: int) -> RenderableType:
        """Draw the list, and what has changed below it."""
        lines = [head("Devices", width), *table(self._found).split("\n"), Text(""), *self._log]
        for line in lines:
            line.no_wrap = True
            line.truncate(width)
        return Group(*lines[: max(1, height - 1)])

    def line(self) -> None:
        """Nothing: changes are printed as they come."""


def _names(found: DeviceList) -> Counter[str]:
    """Count what is listed, whatever its number."""
    return Counter(line[2:].lstrip().split(" ", 1)[1] for line in repr(found).splitlines())


def _clock() -> str:
    return datetime.datetime.now().strftime("%H:%M:%S")
