"""Every Python block of every page runs on the virtual card; the blocks of a page share names."""

from __future__ import annotations

import builtins
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
import sniffio

import aiosounddevice as sd
from aiosounddevice.virtual import Card

from .pages import DOCS, PAGES, ROOT, blocks, run

LONG = 30.0  # seconds; only a broken page takes that long
ELSEWHERE = {
    "testing.md": "its blocks are tests, which tests/plugin/test_page.py gives to pytest",
    "compat.md": "it replaces a module of the process: see below",
}
WITH_CODE = [page for page in PAGES if blocks(page, "python") and page.name not in ELSEWHERE]
NOISE = np.random.default_rng(0).uniform(-0.3, 0.3, (48000 * 60, 1)).astype(np.float32)


def _name(page: Path) -> str:
    return page.relative_to(DOCS).with_suffix("").as_posix()


def _world(page: str, card: Card) -> dict[str, Any]:
    """What there is when the page begins: a microphone that hears something, its names."""
    if page == "howto/voice-agent":  # half a second of silence, one of speech, silence
        heard = NOISE[:40000].copy()
        heard[:8000] = heard[24000:] = 0
        card.microphone.feed(heard, samplerate=16000)
    else:
        card.microphone.feed(NOISE)
    if page == "howto/migrate":  # it waits for a queue, which is no wait for the card
        card.set_clock("realtime")
    # The loopback hears what is played: for the page that measures that.
    if page != "howto/latency":
        sd.default.device = "microphone", "speaker"
    names: dict[str, Any] = {"__builtins__": builtins, "__name__": "__main__"}
    if page == "index":
        names["array"] = np.full((4800, 2), 0.5, np.float32)
    return names


@pytest.fixture
def _as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    sd.default.reset()


@pytest.mark.anyio
@pytest.mark.parametrize("page", WITH_CODE, ids=_name)
@pytest.mark.usefixtures("_as_before")
async def test_page(auto_card: Card, page: Path) -> None:
    here = sniffio.current_async_library()
    code = blocks(page, "python")
    if here == "trio" and any("import asyncio" in block.text for block in code):
        pytest.skip("the page is about asyncio")
    names = _world(_name(page), auto_card)
    with anyio.fail_after(LONG):
        for block in code:
            await run(block, names)
    check = CHECKS.get(_name(page))
    if check is not None:
        check(auto_card, names)


def _tutorial(card: Card, names: dict[str, Any]) -> None:
    heard = card.speaker.recorded[:, 0]
    tone = np.float32(names["tone"])
    assert np.array_equal(heard[: len(tone)], tone)  # played as it was
    assert names["take"].shape == (4410, 1)
    # The chunks of `speech` have no gap between them: the tone is there whole a third time.
    third = np.flatnonzero(_places(heard, tone))
    assert len(third) == 3


def _places(heard: np.ndarray, sound: np.ndarray) -> np.ndarray:
    """Where in what was heard a sound begins that is there sample by sample."""
    starts = np.flatnonzero(heard[1:] == sound[1]) + 0
    return np.array([np.array_equal(heard[s : s + len(sound)], sound) for s in starts])


def _voice_agent(card: Card, names: dict[str, Any]) -> None:
    # One second of speech at 16 kHz, and the pause behind it.
    assert 1.0 <= len(names["speech"]) / 16000 <= 1.5
    assert names["mic"].frames_lost == 0
    assert np.count_nonzero(card.speaker.recorded) > 0


def _record_to_file(card: Card, names: dict[str, Any]) -> None:
    import soundfile

    assert soundfile.info("take.wav").frames == names["frames"] == 96000
    assert soundfile.info("until.flac").frames > 0
    assert len(names["take"].data) >= 24000
    assert soundfile.info("meter.wav").frames == 48000


def _migrate(card: Card, names: dict[str, Any]) -> None:
    assert [block.shape for block in names["blocks"]] == [(480, 1)] * 10
    assert np.count_nonzero(card.speaker.recorded) >= 4800
    # Its second half is for programs without a loop, and calls PortAudio as they do: in the thread
    # that is ours here, with a loop in it.
    card.clear_calls()


def _cancelling(card: Card, names: dict[str, Any]) -> None:
    assert len(names["rest"]) == 48000


CHECKS = {
    "tutorial": _tutorial,
    "howto/voice-agent": _voice_agent,
    "howto/record-to-file": _record_to_file,
    "howto/migrate": _migrate,
    "howto/cancelling": _cancelling,
}


def test_the_page_about_the_sync_layer(tmp_path: Path) -> None:
    if importlib.util.find_spec("rtmixer") is None:  # not imported here: it brings sounddevice
        pytest.skip("the page imports rtmixer")
    text = "\n".join(block.text for block in blocks(DOCS / "compat.md", "python"))
    assert "install()" in text
    check = "\nimport sys\nassert sys.modules['sounddevice'] is aiosounddevice.compat\n"
    environment = {
        **os.environ,
        "AIOSOUNDDEVICE_PORTAUDIO": "virtual",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    subprocess.run([sys.executable, "-c", text + check], check=True, cwd=tmp_path, env=environment)


def test_pages_that_run_elsewhere_say_why() -> None:
    assert {DOCS / name for name in ELSEWHERE} <= set(PAGES)
    assert "docs" in (ROOT / "tests/plugin/test_page.py").read_text()
