"""Peaks and mean squares of a block, for every format and layout, against NumPy."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from kernel_driver import Driver, Side

from aiosounddevice.core._kernel import lib

FORMATS = {
    "float32": (lib.ASD_FLOAT32, 4),
    "int32": (lib.ASD_INT32, 4),
    "int24": (lib.ASD_INT24, 3),
    "int16": (lib.ASD_INT16, 2),
    "int8": (lib.ASD_INT8, 1),
    "uint8": (lib.ASD_UINT8, 1),
}
LAYOUTS = [(1, None), (2, None), (3, None), (4, None), (8, None), (16, None), (33, None)]
LAYOUTS += [(2, (1,)), (4, (3, 0)), (2, (1, 0)), (1, (0, 0))]


def stream(name: str, channels: int, mapping: tuple[int, ...] | None = None) -> Driver:
    form, size = FORMATS[name]
    width = channels if mapping is None else len(mapping)
    return Driver(Side(channels, width, mapping, size, 0, form, capacity=100))


def block(name: str, frames: int, channels: int, seed: int = 1) -> tuple[bytes, np.ndarray]:
    """A device's buffer, and what it says as floats."""
    random = np.random.default_rng(seed)
    if name == "float32":
        data = random.uniform(-1.5, 1.5, (frames, channels)).astype(np.float32)
        return data.tobytes(), data.astype(float)
    bits = 24 if name == "int24" else 8 * FORMATS[name][1]
    data = random.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (frames, channels))
    told = data / 2.0 ** (bits - 1)
    if name == "int24":
        return data.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes(), told
    if name == "uint8":
        return (data + 128).astype(np.uint8).tobytes(), told
    return data.astype(name).tobytes(), told


def measured(driver: Driver) -> np.ndarray:
    return np.array(driver.levels())


def expected(told: np.ndarray) -> np.ndarray:
    return np.array([np.abs(told).max(axis=0), (told**2).mean(axis=0)])


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("channels", "mapping"), LAYOUTS)
def test_levels_are_those_of_the_latest_block(name, channels, mapping):
    driver = stream(name, channels, mapping)
    measured(driver)
    for frames in (1, 2, 7, 16, 64, 100, 1000, 5000):
        data, told = block(name, frames, channels, seed=frames)
        driver.callback(frames, data)
        wanted = expected(told if mapping is None else told[:, list(mapping)])
        assert measured(driver) == pytest.approx(wanted, rel=2e-5, abs=1e-9)


@pytest.mark.parametrize("name", FORMATS)
def test_full_scale_is_one(name):
    driver = stream(name, 1)
    measured(driver)
    lowest = {"float32": np.float32(-1).tobytes(), "uint8": b"\0", "int24": b"\0\0\x80"}
    data = lowest[name] if name in lowest else np.array(np.iinfo(name).min, name).tobytes()
    driver.callback(3, data * 3)
    assert measured(driver).tolist() == [[1.0], [1.0]]


def test_quiet_samples_count_also_in_a_long_block():
    """A sum in float32 would drop them: one sample at full scale, then a million at -66 dB."""
    driver = stream("float32", 1)
    measured(driver)
    data = np.full(2**20, 2.0**-11, np.float32)
    data[0] = 1
    driver.callback(len(data), data.tobytes())
    assert measured(driver)[1, 0] == pytest.approx((data.astype(float) ** 2).mean(), rel=1e-5)


def test_nothing_is_measured_before_somebody_looks():
    driver = stream("float32", 2)
    data, told = block("float32", 64, 2)
    driver.callback(64, data)
    assert not measured(driver).any(), "the look that switches it on"
    driver.callback(64, data)
    assert measured(driver) == pytest.approx(expected(told), rel=1e-5)
    driver.stream_shut_gate()
    driver.stream_rewind()
    assert not measured(driver).any()
    driver.stream_open_gate()
    driver.callback(64, data)
    assert measured(driver).all(), "still on"
    driver.callback(64, None)
    assert not measured(driver).any(), "no buffer is silence"


def test_no_look_sees_two_blocks_at_once():
    """All channels of a block are alike; so must be those of every look."""
    driver = stream("float32", 16)
    measured(driver)
    blocks = [np.full((8, 16), value, np.float32).tobytes() for value in (0.25, 0.5, 1.0)]
    stop = threading.Event()

    def host() -> None:
        while not stop.is_set():
            for data in blocks:
                driver.callback(8, data)

    thread = threading.Thread(target=host)
    thread.start()
    seen = set()
    try:
        for _ in range(5000):
            peak, square = measured(driver)
            assert len(set(peak)) == len(set(square)) == 1
            assert square[0] == peak[0] ** 2
            seen.add(peak[0])
    finally:
        stop.set()
        thread.join()
    assert seen - {0.0}
