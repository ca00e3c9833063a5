"""Pictures redrawn in place."""

from __future__ import annotations

import io

import pyte
from rich.console import Console
from rich.text import Text

from aiosounddevice.cli.drawing import Above, Drawing


def drawn(*pictures: str, height: int = 8) -> pyte.Screen:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=20, height=height, _environ={})
    drawing = Drawing(console)
    for picture in pictures:
        drawing.draw(Text(picture))
    assert "\x1b[?25l" in output.getvalue()
    assert "\x1b[?25h" not in output.getvalue()
    drawing.end()
    drawing.end()
    assert output.getvalue().count("\x1b[?25h") == 1
    screen = pyte.Screen(20, height)
    pyte.Stream(screen).feed("$ command\r\n" + output.getvalue().replace("\n", "\r\n"))
    assert not screen.cursor.hidden
    return screen


def lines(screen: pyte.Screen) -> list[str]:
    return [line.rstrip() for line in screen.display]


def test_a_picture_takes_the_place_of_the_last_one() -> None:
    screen = drawn("one\ntwo\nthree", "longer one\n2\n3", "a\nb\nc")
    assert lines(screen)[:5] == ["$ command", "a", "b", "c", ""]
    assert (screen.cursor.x, screen.cursor.y) == (0, 4)


def test_a_smaller_picture_leaves_nothing_of_a_larger_one() -> None:
    assert lines(drawn("one\ntwo\nthree", "a"))[:4] == ["$ command", "a", "", ""]


def test_a_larger_picture_has_room() -> None:
    assert lines(drawn("a", "one\ntwo\nthree"))[:4] == ["$ command", "one", "two", "three"]


def test_what_does_not_fit_is_left_out() -> None:
    screen = drawn(*["\n".join(str(number) for number in range(20))] * 3, height=6)
    assert lines(screen) == ["0", "1", "2", "3", "4", ""]


def test_lines_that_stay_go_above_it() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=20, height=8, _environ={})
    drawing = Drawing(console)
    drawing.draw(Text("one\ntwo"))
    file = Above(drawing)
    print("trouble", file=file)
    print("more", "trouble", file=file)
    drawing.draw(Text("three\nfour"))
    drawing.end()
    screen = pyte.Screen(20, 8)
    pyte.Stream(screen).feed(output.getvalue().replace("\n", "\r\n"))
    assert lines(screen)[:5] == ["trouble", "more trouble", "three", "four", ""]
