"""Views on a terminal and in a pipe, and keys beside the sound."""

from __future__ import annotations

import io

import anyio
import pyte
import pytest
from rich.console import Console
from rich.text import Text

from aiosounddevice.cli import live
from aiosounddevice.cli.console import Output, say
from aiosounddevice.cli.live import Display, head, with_keys

LONG = 30.0


class Counting:
    """Counts how often it was drawn and said."""

    def __init__(self) -> None:
        self.pictures = self.lines = 0

    def picture(self, width: int, height: int) -> Text:
        self.pictures += 1
        return Text(f"picture {self.pictures} of {width} x {height}")

    def line(self) -> str | None:
        self.lines += 1
        return f"line {self.lines}" if self.lines != 2 else None


def test_in_a_pipe_a_line_now_and_then() -> None:
    output, view = io.StringIO(), Counting()
    with Display(Console(file=output), view, every=0.5) as display:
        for hundredth in range(1, 201):
            display.update(hundredth * 0.01)
    assert output.getvalue() == "line 1\nline 3\nline 4\n"
    assert view.pictures == 0


def test_on_a_terminal_it_is_drawn_but_not_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    output, view, now = io.StringIO(), Counting(), 0.0
    monkeypatch.setattr(live.time, "monotonic", lambda: now)
    console = Console(file=output, force_terminal=True, width=40, height=10, _environ={})
    with Display(console, view, rate=25) as display:
        for _ in range(1000):
            now += 0.001
            display.update(now)
    assert view.lines == 0
    assert 24 <= view.pictures <= 28, "25 in a second, the first and the last"
    assert f"picture {view.pictures} of 40 x 10" in output.getvalue()
    assert output.getvalue().rstrip().endswith("\x1b[?25h"), "the cursor is back"


def test_lines_that_are_said_meanwhile_stay_above() -> None:
    output, view = io.StringIO(), Counting()
    console = Output(file=output, force_terminal=True, width=40, height=10, _environ={})
    with Display(console, view):
        say(console, "[1] a line\nand another that is longer than the terminal is wide")
    say(console, "after")
    screen = pyte.Screen(40, 10)
    pyte.Stream(screen).feed(output.getvalue().replace("\n", "\r\n"))
    lines = [line.rstrip() for line in screen.display]
    assert lines[0] == "[1] a line"
    assert lines[1].startswith("and another")
    assert lines[3:5] == ["picture 2 of 40 x 10", "after"]


def test_a_dumb_terminal_is_no_place_to_draw() -> None:
    output, view = io.StringIO(), Counting()
    console = Console(file=output, force_terminal=True, _environ={"TERM": "dumb"})
    with Display(console, view) as display:
        display.update(1)
    assert output.getvalue() == "line 1\n"


@pytest.mark.parametrize("width", [10, 20, 80])
def test_the_head_is_as_wide_as_the_terminal(width: int) -> None:
    line = head("Microphone", width)
    assert line.cell_len <= width
    assert line.plain.startswith("Microphon")
    if width > 20:
        assert line.plain.endswith("q quits")
        assert line.cell_len == width


class Typed:
    """Stands in for `Keys`."""

    def __init__(self, *keys: str) -> None:
        self._keys = list(keys)

    async def __aenter__(self) -> Typed:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def get(self) -> str:
        await anyio.lowlevel.checkpoint()
        return self._keys.pop(0) if self._keys else await anyio.sleep_forever()


@pytest.mark.anyio
@pytest.mark.parametrize("quit_", ["q", "escape", "eof"])
async def test_a_key_ends_it(monkeypatch: pytest.MonkeyPatch, quit_: str) -> None:
    monkeypatch.setattr(live, "Keys", lambda: Typed("a", "up", quit_, "b"))
    seen: list[str] = []
    with anyio.fail_after(LONG):
        await with_keys(anyio.sleep_forever, seen.append)
    assert seen == ["a", "up"]


@pytest.mark.anyio
async def test_it_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "Keys", Typed)
    with anyio.fail_after(LONG):
        await with_keys(anyio.lowlevel.checkpoint)
