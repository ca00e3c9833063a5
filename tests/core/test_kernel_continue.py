"""A kernel that goes on counting where another one left off."""

from __future__ import annotations

import pytest
from kernel_driver import RATE, Driver, Side

from aiosounddevice.core._kernel import lib

SIDE = Side(sample_bytes=4).sized(1000)


def lost_after(frames: int, read: int, *, started: float = 100.0) -> Driver:
    """A kernel that got so many frames, of which a reader has taken some."""
    driver = Driver(SIDE)
    for frame in range(0, frames, 100):
        driver.callback(100, SIDE.captured(frame, 100), started + frame / RATE, 0)
    if read:
        driver.read(read)
    lib.asd_stream_shut_gate(driver.pointer)
    lib.asd_stream_end(driver.pointer)
    return driver


@pytest.mark.parametrize("read", [0, 250, 300])
@pytest.mark.parametrize("away", [0, 1, 48000])
def test_frames_time_and_losses_go_on(read: int, away: int) -> None:
    before = lost_after(300, read)
    driver = Driver(SIDE)
    lib.asd_stream_continue(driver.pointer, before.pointer, away / RATE)
    frame = 300 + away
    assert lib.asd_stream_frame(driver.pointer) == frame
    assert lib.asd_stream_time(driver.pointer) == pytest.approx(100 + frame / RATE)
    # Another server's clock: it is a step, and time goes on.
    driver.callback(100, SIDE.captured(frame, 100), 7.0, 0)
    driver.callback(100, SIDE.captured(frame + 100, 100), 7.0 + 100 / RATE, 0)
    data, block = driver.read(150)
    assert data == SIDE.captured(frame, 150)
    assert (block.frame, block.lost) == (frame, frame - read)
    assert block.time == pytest.approx(100 + frame / RATE)
    assert driver.statistics.input_lost == frame - read
    data, block = driver.read(50)
    assert (block.frame, block.lost) == (frame + 150, 0)


def test_an_aligned_output_keeps_its_frames() -> None:
    side = Side().sized(64)
    before = Driver(output=side, aligned=True)
    before.callback(16, None, 0.0, 0)
    lib.asd_stream_shut_gate(before.pointer)
    driver = Driver(output=side, aligned=True)
    lib.asd_stream_continue(driver.pointer, before.pointer, 100 / RATE)
    data = side.captured(1, 4)
    assert lib.asd_write_at(driver.pointer, 100, data, 4) == 0, "past"
    assert lib.asd_write_at(driver.pointer, 118, data, 4) == 4
    lib.asd_output_set_mode(driver.pointer, lib.ASD_PLAY)
    played = driver.callback(8, None, 0.0, 0)
    assert played == side.silent * 2 + data + side.silent * 2


def test_silence_is_counted_from_the_last_callback_or_the_opening() -> None:
    driver = Driver(SIDE)
    first = lib.asd_stream_silence(driver.pointer)
    assert 0 <= first < 30
    assert lib.asd_stream_silence(driver.pointer) >= first
    driver.callback(1, SIDE.captured(0, 1), 0.0, 0)
    assert 0 <= lib.asd_stream_silence(driver.pointer) < 30
    lib.asd_stream_rewind(driver.pointer)
    lib.asd_stream_open_gate(driver.pointer)
    assert 0 <= lib.asd_stream_silence(driver.pointer) < 30
