from __future__ import annotations

import math

import numpy as np
import pytest

from aiosounddevice.core.checks import OVERFLOW, check_buffer, check_frames, check_overflow


@pytest.mark.parametrize("frames", [1, 48000, np.int16(7), 2**40])
def test_frames(frames):
    assert check_frames(frames) == int(frames)
    assert type(check_frames(frames)) is int


@pytest.mark.parametrize(
    ("frames", "error"),
    [(0, ValueError), (-5, ValueError), (1.0, TypeError), ("5", TypeError), (None, TypeError)],
)
def test_frames_that_are_none(frames, error):
    with pytest.raises(error, match=r"^prefill must be"):
        check_frames(frames, "prefill")


def test_buffer():
    assert check_buffer(1) == 1.0
    assert check_buffer("0.5") == 0.5
    assert check_buffer(0, zero=True) == 0.0


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf, -math.inf])
def test_buffers_that_cannot_be(seconds):
    with pytest.raises(ValueError, match=r"^buffer must be a positive number of seconds"):
        check_buffer(seconds)


@pytest.mark.parametrize("seconds", ["long", None, [1], 1j])
def test_buffers_that_are_no_number(seconds):
    with pytest.raises(TypeError, match=r"^prebuffer must be a number of seconds"):
        check_buffer(seconds, "prebuffer", zero=True)


def test_overflow():
    assert [check_overflow(policy) for policy in OVERFLOW] == list(OVERFLOW)
    for policy in ("x", "", None, 1, ["raise"]):
        with pytest.raises(ValueError, match="'drop_oldest', 'drop_newest', 'raise', not"):
            check_overflow(policy)
