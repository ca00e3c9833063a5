"""Every Python block of the README runs."""

from __future__ import annotations

import re
import textwrap
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
import soundfile

import aiosounddevice as sd
from aiosounddevice.virtual import Card

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)


class EnoughError(Exception):
    """Ends the examples that go on for ever."""


class WebSocket:
    """Takes a few messages."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def send(self, message: bytes) -> None:
        self.sent.append(message)
        if len(self.sent) == 5:
            raise EnoughError


async def _speech() -> AsyncIterator[np.ndarray]:
    for length in (1, 777, 2400, 5):
        yield np.full(length, 0.25, np.float32)


class Printer:
    """Prints a few times."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, *_: object) -> None:
        self.count += 1
        if self.count == 5:
            raise EnoughError


@pytest.fixture
def _defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    soundfile.write(tmp_path / "song.flac", np.zeros(31 * 8000), 8000)
    monkeypatch.chdir(tmp_path)
    sd.default.device = "microphone", "speaker"
    yield
    sd.default.reset()


@pytest.mark.anyio
@pytest.mark.parametrize("block", BLOCKS, ids=[str(n) for n in range(len(BLOCKS))])
@pytest.mark.usefixtures("_defaults")
async def test_block(auto_card: Card, block: str) -> None:
    websocket = WebSocket()
    names: dict[str, Any] = {
        "sd": sd,
        "array": np.full((4800, 2), 0.5, np.float32),
        "websocket": websocket,
        "tts": _speech(),
        "print": Printer(),
    }
    exec(f"async def example():\n{textwrap.indent(block, '    ')}\n    return locals()", names)
    with anyio.move_on_after(30) as scope:
        try:
            if "in wire" in block:
                await _stop_when(names["example"], auto_card, 48000)
            else:
                found = await names["example"]()
                if "take" in found:
                    assert found["take"].shape == (4800, 2)
        except EnoughError:
            pass
    assert not scope.cancelled_caught, "the example hangs"
    if "websocket" in block:
        assert all(len(message) == 160 * 2 for message in websocket.sent)
    heard = auto_card.speaker.recorded
    if "tts" in block:
        assert np.count_nonzero(heard[:, 0]) == 1 + 777 + 2400 + 5
    if "sd.play(" in block:
        assert np.count_nonzero(heard[:, 0]) == 2 * 4800


async def _stop_when(example: Any, card: Card, frame: int) -> None:
    """Cancel an endless example when the card's time has come."""
    async with anyio.create_task_group() as group:
        group.start_soon(example)
        while card.frame < frame:
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()


def test_the_readme_has_the_examples_of_the_first_page() -> None:
    text = "".join(BLOCKS)
    for call in ("sd.play(", "sd.rec(", "sd.playrec(", "async for block in mic", "sd.blocks("):
        assert call in text
    for call in ("async for indata, outdata in wire", "speaker.write(", "speaker.drain("):
        assert call in text
