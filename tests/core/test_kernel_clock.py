"""Stream time: exact from exact host times, in order from any."""

from __future__ import annotations

from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from kernel_driver import RATE, Driver, Side

deterministic = settings(max_examples=150, derandomize=True, deadline=None)
blocks = st.integers(1, 10000)


def told(script):
    """Times of the blocks, and of the stream after each, for (frames, host time, flags)."""
    driver = Driver(Side(sample_bytes=2, capacity=10000))
    starts, ends = [], []
    for frames, host, flags in script:
        driver.callback(frames, host=host, flags=flags)
        starts.append(driver.read(10000)[1].time)
        ends.append(driver.stream_time())
    return starts, ends


def exact(lengths, started, rate=RATE):
    frame = 0
    for frames in lengths:
        yield frames, started + frame / rate, 0
        frame += frames


@deterministic
@given(st.lists(blocks, min_size=1, max_size=60), st.floats(1e-3, 1e9))
def test_exact_host_times_are_told_as_they_are(lengths, started):
    script = list(exact(lengths, started))
    starts, ends = told(script)
    assert starts == pytest.approx([host for _, host, _ in script], rel=1e-14, abs=1e-9)
    last, host, _ = script[-1]
    assert ends[-1] == pytest.approx(host + last / RATE, rel=1e-14, abs=1e-9)


@deterministic
@given(st.lists(blocks, min_size=1, max_size=60))
def test_without_host_times_frames_are_the_clock(lengths):
    script = [(frames, 0.0, 0) for frames in lengths]
    starts, _ = told(script)
    assert starts == pytest.approx([host for _, host, _ in exact(lengths, 0)], abs=1e-9)


def test_an_adc_time_of_zero_is_true_where_the_clock_has_just_begun():
    """A card whose clock starts with the stream; elsewhere a 0 means that the host has none."""
    driver = Driver(Side(sample_bytes=2, capacity=10000))
    for number in range(3):
        driver.callback(480, host=(number * 0.01, (number + 1) * 0.01, 0))
        assert driver.read(480)[1].time == pytest.approx(number * 0.01, abs=1e-12)


@pytest.mark.parametrize("started", [0.2, 1.0, 12345.0])
def test_an_adc_time_of_zero_is_none_elsewhere(started):
    driver = Driver(Side(sample_bytes=2, capacity=10000))
    for number in range(3):
        driver.callback(480, host=(0, started + number * 0.01, 0))
        assert driver.read(480)[1].time == pytest.approx(started + number * 0.01, abs=1e-9)


jitter = st.floats(-0.02, 0.02)
leaps = st.sampled_from([0.0, 0.0, 0.0, 0.1, -0.1, 3600.0, -3600.0, -0.24, 0.24])


@deterministic
@given(
    st.lists(
        st.tuples(blocks, jitter, leaps, st.booleans(), st.sampled_from([0, 0, 0, 2])),
        min_size=2,
        max_size=60,
    ),
    st.floats(0, 2e6),
)
def test_time_never_runs_backwards(script, started):
    """Neither the blocks' nor the stream's, whatever the host says and however blocks vary."""
    calls, host = [], started
    for frames, off, leap, silent, flags in script:
        host += leap
        calls.append((frames, 0.0 if silent else max(0.0, host + off), flags))
        host += frames / RATE
    for times in told(calls):
        assert all(before <= after + 1e-8 for before, after in pairwise(times))


def test_jitter_moves_time_by_a_hundredth():
    script = list(exact([480] * 400, 10.0))
    noisy = [
        (n, host + (0.01 if i % 2 else -0.01) * (i > 0), 0) for i, (n, host, _) in enumerate(script)
    ]
    starts, _ = told(noisy)
    errors = [abs(time - host) for time, (_, host, _) in zip(starts, script, strict=True)]
    assert max(errors) <= 0.00011


def test_drift_is_followed():
    drifting = list(exact([480] * 3000, 10.0, rate=RATE * 1.0001))
    starts, _ = told(drifting)
    lag = [abs(time - host) for time, (_, host, _) in zip(starts, drifting, strict=True)]
    assert max(lag) < 0.0002


@pytest.mark.parametrize("step", [3600.0, -3600.0])
def test_step_of_the_wall_clock_is_taken_out(step):
    script = list(exact([480] * 20, 10_000.0))
    stepped = [(n, host + step * (i >= 10), 0) for i, (n, host, _) in enumerate(script)]
    starts, _ = told(stepped)
    assert starts == pytest.approx([host for _, host, _ in script], abs=1e-6)


def test_overflow_reported_by_the_host_is_a_leap():
    script = list(exact([480] * 20, 10.0))
    leapt = [(n, host + 0.5 * (i >= 10), 2 * (i == 10)) for i, (n, host, _) in enumerate(script)]
    starts, _ = told(leapt)
    assert starts == pytest.approx([host for _, host, _ in leapt], abs=1e-9)


def test_first_host_time_may_come_late():
    """It sets the time, but not to one that was told already."""
    late = [(480, 0.0, 0)] * 100 + [(480, host, 0) for _, host, _ in exact([480] * 5, 50.0)]
    starts, _ = told(late)
    assert starts[100:] == pytest.approx([50 + i * 0.01 for i in range(5)], abs=1e-9)
    early = [(480, 0.0, 0)] * 100 + [(480, host, 0) for _, host, _ in exact([480] * 5, 0.25)]
    starts, _ = told(early)
    assert starts == pytest.approx([i * 0.01 for i in range(105)], abs=1e-9)
