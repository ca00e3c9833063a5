"""Blocking reads and writes, with NumPy and without."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from aiosounddevice.virtual import Card


def test_read(card: Card, sd: Any) -> None:
    with sd.InputStream(48000, device=1, channels=2, dtype="int32") as stream:
        data, overflowed = stream.read(100)
        more, _ = stream.read(50)
    assert (data.shape, data.dtype, overflowed) == ((100, 2), np.int32, False)
    assert [*data[:, 0], *more[:, 1]] == list(range(0, 150 * 256, 256))
    assert data.flags.writeable


def test_raw_read_of_24_bits(card: Card, sd: Any) -> None:
    with sd.RawInputStream(48000, device=1, channels=1, dtype="int24") as stream:
        data, overflowed = stream.read(5)
    samples = bytes(data)
    assert [int.from_bytes(samples[n : n + 3], "little") for n in range(0, 15, 3)] == list(range(5))
    assert overflowed is False


def test_write(card: Card, sd: Any) -> None:
    signal = np.arange(1, 101, dtype="int16").reshape(50, 2)
    with sd.OutputStream(48000, device=2, channels=2, dtype="int16") as stream:
        assert stream.write(signal) is False
    played = card.speaker.recorded
    heard = np.flatnonzero(played[:, 0])
    np.testing.assert_array_equal(played[heard[0] : heard[0] + 50] * 2**15, signal)


@pytest.mark.parametrize(
    "data",
    [bytes(range(1, 13)), bytearray(range(1, 13)), range(1, 13), list(range(1, 13))],
    ids=lambda data: type(data).__name__,
)
def test_raw_write_takes_buffers_and_integers(card: Card, sd: Any, data: Any) -> None:
    with sd.RawOutputStream(48000, device=2, channels=2, dtype="int24") as stream:
        assert stream.write(data) is False
    played = card.speaker.recorded
    first = np.flatnonzero(played[:, 0])[0]
    wanted = int.from_bytes(bytes([1, 2, 3]), "little")
    assert round(played[first, 0] * 2**23) == wanted


@pytest.mark.parametrize("size", [11, 3], ids=["half a sample", "half a frame"])
def test_raw_write_refuses_pieces(card: Card, sd: Any, size: int) -> None:
    with (
        sd.RawOutputStream(48000, device=2, channels=2, dtype="int24") as stream,
        pytest.raises(ValueError, match="not divisible"),
    ):
        stream.write(bytes(size))


def test_write_refuses_what_is_not_the_streams(card: Card, sd: Any) -> None:
    wrong: list[tuple[Any, type[Exception], str]] = [
        (np.zeros((4, 2), "float32"), TypeError, "dtype mismatch: 'float32' vs 'int16'"),
        (np.zeros(4, "int16"), ValueError, "number of channels must match"),
        (np.zeros((4, 2, 1), "int16"), ValueError, "one- or two-dimensional"),
        (np.zeros((2, 4), "int16").T, TypeError, "C-contiguous"),
    ]
    with sd.OutputStream(48000, device=2, channels=2, dtype="int16") as stream:
        for data, kind, text in wrong:
            with pytest.raises(kind, match=text):
                stream.write(data)


def test_overflow_and_underflow_are_told(card: Card, sd: Any) -> None:
    with sd.Stream(48000, 64, channels=1, latency="low") as stream:
        stream.write(np.zeros((64, 1), "float32"))
        card.advance(48000)
        _, overflowed = stream.read(64)
        underflowed = stream.write(np.zeros((64, 1), "float32"))
    assert overflowed is True
    assert underflowed is True


def test_available(card: Card, sd: Any) -> None:
    with sd.Stream(48000, 64, channels=1) as stream:
        assert stream.read_available == 0
        room = stream.write_available
        card.advance(64)
        assert stream.read_available == 64
        stream.write(np.zeros((10, 1), "float32"))
        assert stream.write_available != room


def test_reading_releases_the_gil(realtime_card: Card, sd: Any) -> None:
    counted = 0
    with sd.InputStream(48000, device=1, channels=1) as stream:
        reader = threading.Thread(target=stream.read, args=(9600,))
        reader.start()
        while reader.is_alive():
            counted += 1
    assert counted > 100


def test_a_read_in_another_thread_ends_when_the_stream_is_closed(
    realtime_card: Card, sd: Any
) -> None:
    stream = sd.InputStream(48000, device=1, channels=1)
    stream.start()
    errors: list[BaseException] = []

    def read() -> None:
        try:
            stream.read(48000 * 30)
        except sd.PortAudioError as error:
            errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    while not any(call.name == "Pa_ReadStream" for call in realtime_card.calls):
        pass
    stream.close()
    reader.join(10)
    assert not reader.is_alive()
    assert len(errors) == 1
