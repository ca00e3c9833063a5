"""The level meter in a real browser: the bar is as long as the microphone's sound is loud."""

from __future__ import annotations

import io
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card

from .chromium import PROGRAMS, Browser
from .helpers import free_port, until

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

# The pixels of the canvas's middle line: how many are of the bar, and their colour.
LOOK = """
  const canvas = document.querySelector("canvas");
  const line = canvas.getContext("2d").getImageData(0, 20, canvas.width, 1).data;
  let length = 0;
  while (4 * length < line.length && line[4 * length + 2] == 0 && line[4 * length + 3]) length += 1;
  return [length, ...line.slice(0, 3)];
"""
SILENCE, GREEN, RED = [0xDD, 0xDD, 0xDD], [0, 0xAA, 0], [0xDD, 0, 0]


def tone(decibels: float) -> np.ndarray:
    """Return 100 ms of a tone with that peak; its periods fit in."""
    return 10 ** (decibels / 20) * np.sin(2 * np.pi * 1000 * np.arange(4800) / 48000 + np.pi / 2)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


@pytest.fixture
def meters(realtime_card: Card, example: Callable[..., Any]) -> Callable[..., Any]:
    """Run the program while something looks at its page."""

    def run(look: Callable[[str], None]) -> Any:
        realtime_card.microphone.feed("silence")
        port = free_port()

        def beside() -> None:
            url = f"http://127.0.0.1:{port}"
            until(lambda: answers(url))
            look(url)

        return example("web_meter", "--device", "microphone", "--port", port, beside=beside)

    return run


@pytest.mark.skipif(
    not all(PROGRAMS.values()), reason="apt install chromium chromium-driver: no browser here"
)
def test_the_bar_moves_with_the_sound(
    realtime_card: Card, meters: Callable[..., Any], tmp_path: Path
) -> None:
    pictures = []

    def look(url: str) -> None:
        with Browser(tmp_path / "profile") as browser:
            browser.open(url)
            until(lambda: browser.run(LOOK)[1:] == SILENCE)
            for decibels, colour in ((-30, GREEN), (-3, RED), (-45, GREEN)):
                realtime_card.microphone.feed(tone(decibels), loop=True)
                until(lambda wanted=[600 + 10 * decibels, *colour]: browser.run(LOOK) == wanted)
                pictures.append(browser.picture())

    done = meters(look)
    assert (done.code, done.err) == (0, "")
    for number, picture in enumerate(pictures):
        (tmp_path / f"{number}.png").write_bytes(picture)
    image = pytest.importorskip("matplotlib.image")
    green, red, short = (
        np.round(image.imread(io.BytesIO(picture))[:, :, :3] * 255) for picture in pictures
    )
    assert [(green == GREEN).all(2).sum(), (short == GREEN).all(2).sum()] == [300 * 40, 150 * 40]
    assert (red == RED).all(2).sum() == 570 * 40


def test_each_browser_gets_every_level(realtime_card: Card, meters: Callable[..., Any]) -> None:
    from websockets.sync.client import connect

    heard: list[list[float]] = [[], []]

    def look(url: str) -> None:
        realtime_card.microphone.feed(tone(-12), loop=True)
        with connect(f"{url.replace('http', 'ws')}/levels") as patient:
            with connect(f"{url.replace('http', 'ws')}/levels") as brief:
                heard[0] = [float(brief.recv(timeout=20)) for _ in range(3)]
            heard[1] = [float(patient.recv(timeout=20)) for _ in range(10)]

    done = meters(look)
    assert (done.code, done.err) == (0, ""), "a browser that goes away is no error"
    assert set(heard[0] + heard[1][3:]) == {-12.0}


def test_says_what_is_wrong(
    auto_card: Card, example: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = example("web_meter", "--virtual", "-p", port)
    assert done.code not in (0, None)
    assert f"('127.0.0.1', {port}): address already in use" in done.err + caplog.text
