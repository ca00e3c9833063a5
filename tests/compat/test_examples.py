"""The sync examples and their counterparts, with their real options, on the card in real time.

Each job stands once in examples/compat, written with callbacks, and once in examples, written with
the async API; both must do it. Examples that are only async have tests in tests/examples.
"""

from __future__ import annotations

import importlib.util
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .programs import environment, run

FOLDER = Path(__file__).parents[2] / "examples"
BOTH = ["compat", "."]
NAMES = [
    "asyncio_coroutines",
    "asyncio_generators",
    "play_file",
    "play_long_file",
    "plot_input",
    "rec_unlimited",
    "spectrogram",
    "tuner",
    "wire",
]

soundfile = pytest.importorskip("soundfile")

# Runs an example in this process, feeds the card before, and saves what the speaker heard after.
HARNESS = """
import runpy, sys
import numpy as np
import aiosounddevice.virtual as virtual
from aiosounddevice.core import library
card = virtual.Card()
{before}
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    {after}
"""
KEEP = "np.save('heard.npy', card.speaker.recorded)"


def script(folder: str, name: str) -> str:
    return str(FOLDER / folder / f"{name}.py")


def harness(
    path: str, *options: str, cwd: Path, before: str = "", after: str = "pass", **more: Any
) -> subprocess.CompletedProcess[str]:
    code = HARNESS.format(before=before, after=after)
    return run("-c", code, path, *options, cwd=cwd, **more)


@pytest.fixture
def sound(tmp_path: Path) -> tuple[Path, np.ndarray]:
    """A file of half a second, no sample of which is silent."""
    samples = (np.arange(48000, dtype="float32").reshape(-1, 2)[:, ::-1] + 1) / 65536
    path = tmp_path / "sound.wav"
    soundfile.write(path, samples, 48000, subtype="FLOAT")
    return path, samples


def test_all_are_there() -> None:
    sync, awaited = ({path.stem for path in (FOLDER / folder).glob("*.py")} for folder in BOTH)
    assert sorted(sync) == NAMES
    assert sync <= awaited


def test_the_async_ones_are_shorter() -> None:
    sync, awaited = (
        sum(len(Path(script(folder, name)).read_text()) for name in NAMES) for folder in BOTH
    )
    assert awaited < 0.8 * sync


@pytest.mark.parametrize("folder", BOTH)
@pytest.mark.parametrize("options", [("-d", "speaker"), ("--device", "2")], ids=" ".join)
def test_play_file(folder: str, options: tuple[str, ...], sound: Any, tmp_path: Path) -> None:
    path, samples = sound
    done = harness(
        script(folder, "play_file"), str(path), *options, cwd=tmp_path, after=KEEP, clock="4x"
    )
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "heard.npy")[:24000], samples)


@pytest.mark.parametrize("folder", BOTH)
def test_play_file_says_what_is_wrong(folder: str, sound: Any, tmp_path: Path) -> None:
    path, _ = sound
    done = run(script(folder, "play_file"), str(path), "-d", "microphone")
    assert done.returncode == 1
    assert "No output device matching 'microphone'" in done.stderr
    assert "Traceback" not in done.stderr
    assert run(script(folder, "play_file"), "nowhere.wav", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize("folder", BOTH)
@pytest.mark.parametrize(
    "options", [(), ("-b", "480", "-q", "20"), ("-b", "1000", "-q", "25")], ids=" ".join
)
def test_play_long_file(folder: str, options: tuple[str, ...], sound: Any, tmp_path: Path) -> None:
    path, samples = sound
    done = harness(
        script(folder, "play_long_file"),
        str(path),
        "-d",
        "speaker",
        *options,
        cwd=tmp_path,
        after=KEEP,
        clock="0.25x",  # Python has to be in time, on a machine that may be busy
    )
    assert done.returncode == 0, done.stderr
    heard = np.load(tmp_path / "heard.npy")
    begin = np.flatnonzero(heard[:, 0])[0]
    np.testing.assert_array_equal(heard[begin : begin + 24000], samples)
    assert not heard[begin + 24000 :].any()


@pytest.mark.parametrize("folder", BOTH)
@pytest.mark.parametrize("options", [("-b", "0"), ("-q", "0")], ids=" ".join)
def test_play_long_file_refuses(folder: str, options: tuple[str, ...]) -> None:
    done = run(script(folder, "play_long_file"), "x.wav", *options)
    assert done.returncode == 2
    assert "must" in done.stderr


@pytest.mark.parametrize("folder", BOTH)
def test_wire(folder: str, tmp_path: Path) -> None:
    before = "card.microphone.feed(np.full((480, 2), 0.5), loop=True)"
    options = [
        "-i",
        "microphone",
        "-o",
        "speaker",
        "-c",
        "2",
        "-t",
        "float32",
        "-s",
        "48000",
        "-b",
        "256",
        "-l",
        "0.1",
    ]
    done = run_until(
        script(folder, "wire"),
        options,
        "press Return",
        cwd=tmp_path,
        before=before + "\n" + WATCH.format(condition="(card.speaker.recorded == 0.5).any()"),
        after=KEEP,
    )
    assert done.returncode == 0, done.stderr
    heard = np.load(tmp_path / "heard.npy")
    assert (heard == 0.5).any()
    assert set(np.unique(heard)) <= {0.0, 0.5}


# Presses Return once a condition is met: a thread writes to a pipe that is the standard input.
WATCH = """
import os, threading, time
reader, writer = os.pipe()
os.dup2(reader, 0)
def press():
    while not ({condition}):
        time.sleep(0.01)
    os.write(writer, {text!r})
threading.Thread(target=press, daemon=True).start()
"""
WATCH = WATCH.replace("{text!r}", "b'\\n'")


def run_until(
    path: str, options: list[str], banner: str, **more: Any
) -> subprocess.CompletedProcess[str]:
    done = harness(path, *options, **more)
    assert banner in done.stdout
    return done


@pytest.mark.parametrize("folder", BOTH)
@pytest.mark.parametrize("name", ["plot_input", "rec_unlimited", "spectrogram"])
def test_listing(folder: str, name: str) -> None:
    done = run(script(folder, name), "-l", env={"MPLBACKEND": "Agg"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1] == "  1 Virtual microphone, Virtual (2 in, 0 out)"


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("folder", BOTH)
def test_rec_unlimited(folder: str, tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    options = ["-d", "microphone", "-r", "48000", "-c", "2", "-t", "PCM_24", str(path)]
    program = subprocess.Popen(
        [sys.executable, script(folder, "rec_unlimited"), *options],
        env=environment("0.5x"),  # Python has to be in time, on a machine that may be busy
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert "Ctrl+C" in program.stdout.readline()
    while path.stat().st_size < 60_000:  # written so far; a few tenths of a second
        assert program.poll() is None
    program.send_signal(signal.SIGINT)
    out, error = program.communicate(timeout=30)
    assert (program.returncode, error) == (0, "")
    assert f"Recording finished: {str(path)!r}" in out
    assert soundfile.info(path).subtype == "PCM_24"
    take, rate = soundfile.read(path)
    assert rate == 48000
    assert take.shape[1] == 2
    np.testing.assert_array_equal(np.diff(take[:, 1] * 2**23), 1)
    again = run(script(folder, "rec_unlimited"), *options)
    assert again.returncode == 1, "the file must be new"


@pytest.mark.parametrize("folder", BOTH)
def test_spectrogram(folder: str, tmp_path: Path) -> None:
    """A tone of 1000 Hz is a bright column where it belongs, brighter after + Return."""
    before = """
card.microphone.feed(np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000) * 0.7, loop=True)
import os, sys, threading, time
reader, writer = os.pipe()
os.dup2(reader, 0)
lines = 0
class Counting:
    def __init__(self, out): self.out = out
    def __getattr__(self, name): return getattr(self.out, name)
    def write(self, text):
        global lines
        lines += text.count("\\x1b[0m")
        return self.out.write(text)
sys.stdout = Counting(sys.stdout)
def press():
    for keys in (b"?\\n", b"++\\n", b"\\n"):
        goal = lines + 4
        while lines < goal: time.sleep(0.005)
        os.write(writer, keys)
threading.Thread(target=press, daemon=True).start()
"""
    options = ["-d", "microphone", "-b", "20", "-c", "39", "-g", "1", "-r", "100", "2000"]
    done = harness(
        script(folder, "spectrogram"),
        *options,
        cwd=tmp_path,
        before=before,
        env={"PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    assert "change the scale" in done.stdout
    rows = [row for row in done.stdout.splitlines() if row.count("\x1b[") == 40]
    assert len(rows) >= 8
    columns = [re.findall(r"\x1b\[(\d+;\d+m.)", row) for row in rows]
    column = round((1000 - 100) / 50)  # 39 columns from 100 to 2000 Hz: one each 50 Hz
    assert all(row[column] != row[-1] for row in columns), "the tone stands out"
    assert columns[0][column] != columns[-1][column], "+ makes it brighter"


PLOT = """
import threading, time
import matplotlib.animation, matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
card.microphone.feed({signal})
made = []
genuine = matplotlib.animation.FuncAnimation.__init__
def remember(self, figure, function, **options):
    made.append(function)
    assert options["interval"] == 20
    genuine(self, figure, function, **options)
matplotlib.animation.FuncAnimation.__init__ = remember
def finish(figure):
    figure.savefig("plot.png", dpi=50)
    plt.close(figure)
def show(block=True):
    if not block:
        return
    plt.gcf().canvas.draw()
    end = time.monotonic() + 0.5  # twice what the window shows
    while time.monotonic() < end:
        made[0](0)
        time.sleep(0.02)
    finish(plt.gcf())
plt.show = show
frames = 0
def flush(self):
    global frames
    frames += 1
    if frames == 12:
        finish(self.figure)
FigureCanvasAgg.flush_events = flush
"""


@pytest.mark.skipif(not importlib.util.find_spec("matplotlib"), reason="needs matplotlib")
@pytest.mark.parametrize("folder", BOTH)
@pytest.mark.parametrize(
    ("signal", "tall"),
    [("np.sin(np.arange(480) / 480 * 40 * np.pi) * 0.9, loop=True", True), ("'silence'", False)],
    ids=["tone", "silence"],
)
def test_plot_input(folder: str, signal: str, tall: bool, tmp_path: Path) -> None:
    options = [
        "-d",
        "microphone",
        "-w",
        "200",
        "-i",
        "20",
        "-b",
        "256",
        "-r",
        "48000",
        "-n",
        "7",
        "1",
        "2",
    ]
    done = harness(
        script(folder, "plot_input"),
        *options,
        cwd=tmp_path,
        before=PLOT.format(signal=signal),
        env={"MPLBACKEND": "Agg"},
    )
    assert done.returncode == 0, done.stderr
    import matplotlib.image

    picture = matplotlib.image.imread(tmp_path / "plot.png")[:, :, :3]
    coloured = (picture.max(axis=2) - picture.min(axis=2)) > 0.2  # curves are not grey
    middle = coloured[:, picture.shape[1] // 2 :]
    rows = np.flatnonzero(middle.any(axis=1))
    assert len(rows), "there is no curve"
    height = (rows[-1] - rows[0]) / picture.shape[0]
    assert (height > 0.8) == tall
    assert (height < 0.1) == (not tall)


@pytest.mark.parametrize("folder", BOTH)
@pytest.mark.parametrize("channel", ["0", "-1"])
def test_plot_input_counts_channels_from_1(folder: str, channel: str) -> None:
    done = run(script(folder, "plot_input"), "--", channel, env={"MPLBACKEND": "Agg"})
    assert done.returncode != 0
    assert "1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("folder", BOTH)
def test_asyncio_coroutines(folder: str, tmp_path: Path) -> None:
    """What was recorded is what is played: on the default device, from the loopback's silence."""
    before = f"""
import aiosounddevice.{"compat as sd" if folder == "compat" else "core.defaults as sd"}
sd.default.device = "microphone", "speaker"
sd.default.samplerate = 48000
"""
    done = harness(
        script(folder, "asyncio_coroutines"), cwd=tmp_path, before=before, after=KEEP, clock="10x"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["recording buffer ...", "playing buffer ...", "done"]
    heard = np.load(tmp_path / "heard.npy")[:, 0]
    first = np.flatnonzero(heard)[0]
    if folder == "compat":
        # Python in the callback: on a busy machine the host may have lost something.
        assert np.count_nonzero(heard) > 100_000
    else:
        np.testing.assert_array_equal(heard[first:][:149_999] * 2**23, np.arange(1, 150_000))


@pytest.mark.parametrize("folder", BOTH)
def test_asyncio_generators(folder: str, tmp_path: Path) -> None:
    code = (
        "import asyncio, runpy, sys; example = runpy.run_path(sys.argv[1]); "
        "asyncio.run(example['main'](seconds=1, countdown=1, blocksize=1024))"
    )
    done = run("-c", code, script(folder, "asyncio_generators"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.startswith("min: ") for line in lines) >= 3
    assert lines[-2:] == ["1", "wire was cancelled"]


@pytest.mark.parametrize("folder", BOTH)
def test_tuner(folder: str, tmp_path: Path) -> None:
    """An A, 20 cents flat, until Ctrl+C."""
    program = subprocess.Popen(
        [sys.executable, script(folder, "tuner"), "--virtual"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    shown = program.stdout.read(500)
    program.send_signal(signal.SIGINT)
    out, error = program.communicate(timeout=30)
    assert (program.returncode, error) == (0, "")
    lines = (shown + out).strip().split("\n")[0].split("\r")
    found = {tuple(line.split()[2:4]) for line in lines if "cents" in line}
    assert found <= {("A2", f"-{cents}") for cents in (19, 20, 21)}
    assert found
    wrong = run(script(folder, "tuner"), "--device", "nowhere")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("No input device matching 'nowhere'")
