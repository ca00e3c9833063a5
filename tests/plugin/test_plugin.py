"""The pytest plugin's fixtures and markers, in pytest runs of their own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

OURS = "aiosounddevice.pytest_plugin"
ROOT = Path(__file__).parents[2]

BODY = '''
import threading, time
import numpy as np
import pytest
import aiosounddevice as sd
{header}

@pytest.fixture
def before(virtual_card):
    """Fixtures of the test's own stand on it."""
    virtual_card.microphone.feed("ramp")
    return virtual_card

{mark}
async def test_a_minute_takes_no_time(before):
    import sniffio
    assert sniffio.current_async_library() == "{library}"
    take = await sd.rec(48000 * 60, 48000, channels=1, device="Virtual microphone")
    np.testing.assert_array_equal(take[:, 0], np.arange(48000 * 60) / 2**23)
    assert before.time == 60

{mark}
async def test_what_was_played(virtual_card):
    signal = np.linspace(0.1, 1, 1000, dtype="float32")
    await sd.play(signal, 48000, device="Virtual speaker")
    np.testing.assert_array_equal(virtual_card.speaker.recorded[:1000, 0], signal)

{mark}
@pytest.mark.virtual_faults("at frame 4800 lose 100 frames on microphone")
async def test_faults(virtual_card):
    mic = sd.InputStream(48000, 480, device="Virtual microphone", channels=1)
    async with mic:
        for _ in range(20):
            await mic.receive()
        assert mic.statistics().input_overflows == 1

{mark}
@pytest.mark.virtual_devices(sd.virtual.Headset("Cans", inputs=1, outputs=1, samplerate=16000))
async def test_devices(virtual_card):
    devices = await sd.query_devices()
    assert [device["name"] for device in devices] == ["Cans"]
    assert len(await sd.rec(160)) == 160

{mark}
async def test_real_time(virtual_card_realtime):
    begun = time.monotonic()
    await sd.rec(4800, 48000, channels=1)
    assert time.monotonic() - begun >= 0.1

{mark}
async def test_by_hand(virtual_card_manual):
    async with sd.InputStream(48000, 480, device="Virtual microphone", channels=1) as mic:
        assert len(mic.read_nowait()) == 0
        await virtual_card_manual.advance_async(480)
        assert len(mic.read_nowait()) == 480
'''
ASYNCIO = "pytest_asyncio.plugin"
SCOPE = ("-o", "asyncio_default_fixture_loop_scope=function")
WAYS = {
    "pytest-asyncio strict": (ASYNCIO, ("--asyncio-mode=strict", *SCOPE), "@pytest.mark.asyncio"),
    "pytest-asyncio auto": (ASYNCIO, ("--asyncio-mode=auto", *SCOPE), ""),
    "anyio": ("anyio.pytest_plugin", (), "@pytest.mark.anyio"),
    "pytest-trio": ("pytest_trio.plugin", (), "@pytest.mark.trio"),
}
ON_TRIO = """
@pytest.fixture
def anyio_backend():
    return "trio"
"""


@pytest.mark.parametrize(
    ("way", "library"),
    [
        ("pytest-asyncio strict", "asyncio"),
        ("pytest-asyncio auto", "asyncio"),
        ("anyio", "asyncio"),
        ("anyio", "trio"),
        ("pytest-trio", "trio"),
    ],
)
def test_async_plugins(run, way, library):
    plugin, options, mark = WAYS[way]
    pytest.importorskip(plugin.split(".")[0], reason=f"needs {way.split()[0]}")
    header = "" if way != "anyio" else ON_TRIO.replace("trio", library)
    source = BODY.format(header=header, mark=mark, library=library)
    done = run(source, *options, plugins=(OURS, plugin))
    assert "6 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_all_plugins_at_once(run):
    pytest.importorskip("pytest_asyncio", reason="needs pytest-asyncio")
    plugins = [ASYNCIO, "anyio.pytest_plugin"]
    if importlib.util.find_spec("pytest_trio"):
        plugins.append("pytest_trio.plugin")
    source = BODY.format(header="", mark="@pytest.mark.asyncio", library="asyncio")
    done = run(source, "--asyncio-mode=strict", *SCOPE, plugins=(OURS, *plugins))
    assert "6 passed" in done.stdout, done.stdout + done.stderr


def test_without_async(run):
    done = run(
        """
def test_it(virtual_card):
    assert virtual_card.clock == "auto" and virtual_card.time == 0
    assert [device.name for device in virtual_card.devices][1:] == [
        "Virtual microphone", "Virtual speaker"]
""",
        plugins=(OURS,),
    )
    assert "1 passed" in done.stdout, done.stdout


def test_a_test_that_leaves_a_stream_open_fails_and_the_next_is_not_harmed(run):
    done = run(
        """
import asyncio, pytest
import aiosounddevice as sd

kept = []

def test_left(virtual_card):
    async def leave():
        mic = sd.InputStream(channels=1)
        kept.append(mic)
        await mic.start()
    asyncio.run(leave())

def test_next(virtual_card):
    assert virtual_card.open_streams == 0
    assert len(asyncio.run(sd.rec(100, channels=1))) == 100
    kept.clear()
""",
        "-W",
        "ignore::ResourceWarning",
        plugins=(OURS,),
    )
    assert "2 passed, 1 error" in done.stdout, done.stdout
    assert "left 1 stream(s) open" in done.stdout


def test_afterwards_the_card_is_not_in_use(run):
    done = run(
        """
from aiosounddevice.core import library

def test_it(virtual_card):
    virtual_card.plug(__import__("aiosounddevice").virtual.Microphone("USB"))

def test_after():
    assert library.current() is None
""",
        plugins=(OURS,),
    )
    assert "2 passed" in done.stdout, done.stdout


def test_faults_of_class_and_test_add_up_and_nonsense_is_told(run):
    done = run(
        """
import pytest

@pytest.mark.virtual_faults("fail Pa_Initialize with -9986")
class TestIt:
    @pytest.mark.virtual_faults("slow Pa_Sleep by 1 ms", "at 1 s unplug on speaker")
    def test_it(self, virtual_card_manual):
        card = virtual_card_manual
        card.advance(48000)
        assert [device.name for device in card.devices] == [
            "Virtual loopback", "Virtual microphone"]

    @pytest.mark.virtual_faults("explode")
    def test_nonsense(self, virtual_card):
        pass
""",
        plugins=(OURS,),
    )
    assert "1 passed, 1 error" in done.stdout, done.stdout
    assert "'explode' is no fault" in done.stdout


def test_a_hanging_call_does_not_hang_the_run(run):
    done = run(
        """
import asyncio
import aiosounddevice as sd

def test_it(virtual_card):
    virtual_card.hang("Pa_CloseStream")
    async def left():
        mic = sd.InputStream(channels=1)
        await mic.start()
        closing = asyncio.ensure_future(mic.aclose())
        while not virtual_card.hanging():
            await asyncio.sleep(0)
        closing.cancel()
        try:
            await closing
        except asyncio.CancelledError:
            pass
    asyncio.run(left())
""",
        plugins=(OURS,),
    )
    assert "1 passed" in done.stdout, done.stdout


def test_importing_it_imports_nothing_else():
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, pytest; before = set(sys.modules); import {OURS};"
         "print(*sorted(set(sys.modules) - before))"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    loaded = set(done.stdout.split())
    assert loaded == {"aiosounddevice", OURS}


def test_installing_the_package_installs_the_plugin(run, tmp_path):
    """Metadata with the entry points that the project declares."""
    tomllib = pytest.importorskip("tomllib", reason="needs Python 3.11")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [(name, module)] = project["entry-points"]["pytest11"].items()
    site = tmp_path / "site"
    metadata = site / "aiosounddevice-0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: aiosounddevice\nVersion: 0\n")
    (metadata / "entry_points.txt").write_text(f"[pytest11]\n{name} = {module}\n")
    done = run("", "--fixtures", plugins=(name,), path=(site,))
    assert "virtual_card_realtime" in done.stdout, done.stdout + done.stderr
