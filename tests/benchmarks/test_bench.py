"""The benchmarks run and tell the truth about what they found. Nothing here is timed."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import distance, page, sound, table
from benchmarks.figures import BEST, Limit, Line, first, net
from benchmarks.libraries import HERE, LISTENTOME, NAMES, NOTHING, PYAUDIO, RECIPE
from benchmarks.rows import QUICK, ROWS, Effort, present
from benchmarks.runner import Results, Step, run

ROOT = Path(__file__).parent.parent.parent


def test_the_cheapest_row_runs() -> None:
    """The import row, from the command line."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "import", "--quick"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    title, figures, goal, *_ = done.stdout.splitlines()
    assert title == "import, NumPy not loaded [ms]"
    assert figures.split()[0] == "aiosounddevice"
    assert float(figures.split()[1]) > 0
    assert "to reach: ≤ 1 of sounddevice recipe (is " in goal
    assert goal.endswith((": yes", ": no"))
    assert "100%" not in done.stderr.splitlines()[0]


def test_nothing_is_lost_during_one_hold_of_the_gil() -> None:
    """A job in a process of its own: 300 ms are more than the card's buffer and less than ours."""
    options = {"direction": "capture", "seconds": 0.8, "hold": [0.3, 0.5, 1]}
    results = run([[Step("losing", HERE, 0.8, options)]], io.StringIO())
    assert results.get("losing", HERE, "lost") == [0]
    assert results.get("losing", HERE, "frames") == [38400]


def test_a_hold_of_the_gil_costs_the_recipe_frames() -> None:
    """So the job can find a loss."""
    options = {"direction": "capture", "seconds": 0.8, "hold": [0.3, 0.5, 1]}
    results = run([[Step("losing", RECIPE, 0.8, options)]], io.StringIO())
    # 300 ms less the card's 10 ms of buffer, in blocks of 64; a slow machine loses more.
    assert results.get("losing", RECIPE, "lost")[0] >= 0.28 * 48000


def test_a_block_s_way_is_measured_for_every_block() -> None:
    """The card's entries match what the coroutine got, frame by frame."""
    options = {"streams": 1, "block": 256, "frames": 256, "seconds": 0.3, "delays": True}
    results = run([[Step("reading", HERE, 0.3, options)]], io.StringIO())
    (blocks,) = results.get("reading", HERE, "blocks")
    assert blocks > 10
    (median,), (most,) = (results.get("reading", HERE, name) for name in ("median", "most"))
    assert 0 < median <= most


def test_a_failing_job_says_why() -> None:
    with pytest.raises(RuntimeError, match=r"with nobody failed:\n(.|\n)*KeyError: 'nobody'"):
        run([[Step("losing", "nobody", 0.0)]], io.StringIO())


class TestSound:
    def ramp(self, *numbers: int) -> np.ndarray:
        return np.repeat(np.array(numbers)[:, None] / sound.STEP, 2, 1).astype(np.float32)

    def test_missing_frames(self) -> None:
        assert sound.missing_from([self.ramp(7, 8), self.ramp(9)]) == 0
        assert sound.missing_from([self.ramp(7, 8), self.ramp(12, 13).tobytes()]) == 3
        assert sound.missing_from([self.ramp(0, 1, 1), self.ramp(8_000_000)]) == 7_999_998
        assert sound.missing_from([]) == 0

    def test_silent_frames(self) -> None:
        assert sound.silent_in(self.ramp(0, 0, 5, 6, 0)) == 0
        assert sound.silent_in(self.ramp(0, 5, 0, 0, 6, 0)) == 2
        assert sound.silent_in(self.ramp(0, 0, 0)) == 3


class TestFigures:
    def test_limits(self) -> None:
        figures = {HERE: 5.0, RECIPE: 100.0, PYAUDIO: 10.0, LISTENTOME: 8.0}
        line = Line("row", "work", "ms", figures, [Limit(0.1, RECIPE), Limit(0.6, PYAUDIO)])
        assert line.reached is True
        line.limits.append(Limit(0.5, BEST))
        assert line.best == 8
        assert line.reached is False
        assert table.target(line).endswith("≤ 0.5 of best peer (is 0.62)")
        line.limits = [Limit(5), Limit(4)]
        assert line.reached is False
        line.limits = [Limit(5)]
        assert line.reached is True

    def test_more_may_be_better(self) -> None:
        figures = {HERE: math.inf, RECIPE: 16.0, PYAUDIO: 64.0}
        line = Line("row", "work", "streams", figures, [Limit(math.inf, least=True, why="none")])
        line.more_is_better = True
        assert line.best == 64
        assert line.reached is True
        line.figures[HERE] = 64.0
        assert line.reached is False

    def test_a_missing_figure_is_no_success(self) -> None:
        line = Line("row", "work", "ms", {HERE: 1.0}, [Limit(0.5, PYAUDIO)])
        assert line.reached is None
        line.limits.append(Limit(0))
        assert line.reached is False

    def test_cpu_is_net_of_the_card(self) -> None:
        samples = {HERE: [0.03, 0.05, 0.04], RECIPE: [0.01, 0.02, 0.02]}
        found = net(lambda name: samples.get(name, []), [0.02, 0.02, 0.02], NAMES)
        assert found == {HERE: pytest.approx(0.02), RECIPE: 0.0}

    def test_first_loss(self) -> None:
        assert first({8: 0, 16: 0}) == math.inf
        assert first({64: 9, 8: 0, 16: 1}) == 16


def _made_up(effort: Effort) -> Results:
    """Results as if every step of every row had been run."""
    results = Results()
    figures = {
        "losing": {"lost": 7, "frames": 100, "late": 2, "lateness": 0.25},
        "reading": {"cpu": 0.05, "lost": 0, "median": 5e-5, "most": 1e-4, "lateness": 0.03},
        "idling": {"cpu": 0.02},
        "taking": {"cpu": 0.03},
        "stalling": {"stall": 0.001, "idle": 0.001},
        "queueing": {"queue": [1e9], "memcpy": [4e9]},
        "importing": {"seconds": 0.01, "numpy": False},
    }
    for row in ROWS.values():
        for group in row.plan(effort, present()):
            for step in group:
                results.add(step, figures[step.job])
    return results


def test_the_page_has_every_row(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    results, names = _made_up(QUICK), present()
    lines = [line for row in ROWS.values() for line in row.lines(results, QUICK, names)]
    assert {line.row for line in lines} == set(ROWS)
    assert all(HERE in line.figures for line in lines)
    written, picture = page.write(tmp_path, lines, results, QUICK, names, 0.5)
    text = written.read_text()
    for line in lines:
        assert f"| {line.title} | {line.unit} | **" in text
    width = len(names) + 4
    rows = [row for row in text.splitlines() if row.startswith("| ") and "**" in row]
    assert {row.count("|") for row in rows} == {width + 1}
    assert f"| {NOTHING} | 0 | 0.0 |" in text
    assert "250" in text
    assert picture.read_text().count("<g id=") > len(lines)


def test_what_is_not_reached_is_explained() -> None:
    results = _made_up(QUICK)
    lines = [line for row in ROWS.values() for line in row.lines(results, QUICK, present())]
    for words in distance.WHY:
        (line, *_) = [line for line in lines if words in line.title]
        reached = Line(line.row, line.title, "", {HERE: 1.0}, [Limit(1)])
        missed = Line(line.row, line.title, "", {HERE: 2.0}, [Limit(1)])
        assert distance.text([reached]) == ""
        assert f"**{line.title}.** {distance.WHY[words]}" in distance.text([reached, missed])


def test_everything_can_be_printed() -> None:
    results = _made_up(QUICK)
    lines = [line for row in ROWS.values() for line in row.lines(results, QUICK, present())]
    text = table.terminal(lines)
    assert "aiosounddevice 7  " in text
    assert "to reach: 0: no" in text
    assert "to reach: as for 150 ms: yes" in text
    assert "first loss, of 32, 64 [streams]\n    aiosounddevice none" in text
