"""Pa_ReadStream and Pa_WriteStream on the manual card, which they advance themselves."""

import threading

import numpy as np
import pytest
from card_portaudio import ffi


def ramp(begin, end):
    return (np.arange(begin, end) / 2**23)[:, np.newaxis]


def test_read_is_contiguous_whatever_the_lengths(stream, card):
    mic = stream(input=(1, 1), blocking=True, block=64).start()
    at = 0
    for frames in (1, 63, 64, 65, 1000, 7, 5000):
        code, data = mic.read(frames)
        assert code == 0
        np.testing.assert_array_equal(data, ramp(at, at + frames))
        at += frames
    assert card.frame == -(-at // 64) * 64


def test_write_is_contiguous_and_stop_plays_it_all(stream, card):
    speaker = stream(output=(2, 1), blocking=True, block=64, latency=0.01).start()
    signal = np.arange(1, 5001, dtype="float32")[:, np.newaxis]
    at = 0
    for frames in (1, 63, 64, 65, 1000, 7, 3800):
        assert speaker.write(signal[at : at + frames]) == 0
        at += frames
    speaker.stop()
    np.testing.assert_array_equal(card.speaker.recorded[:, 0], signal[:, 0])
    assert speaker.finished == 1
    assert speaker.losses == (0, 0)
    assert card.frame == 5000


def test_abort_drops_what_was_not_played(stream, card):
    speaker = stream(output=(2, 1), blocking=True, block=64, latency=0.1).start()
    assert speaker.write(np.ones((200, 1))) == 0
    card.advance(64)
    speaker.abort()
    assert len(card.speaker.recorded) == 128
    assert card.frame == 64


def test_duplex_round_trip(stream, card):
    loop = stream(input=(0, 1), output=(0, 1), blocking=True, block=64).start()
    heard = []
    for block in range(1, 9):
        code, data = loop.read(64)
        assert code == 0
        heard.append(data)
        assert loop.write(np.full((64, 1), block)) == 0
    played = [0, 0, 1, 2, 3, 4, 5, 6]
    np.testing.assert_array_equal(np.concatenate(heard)[:, 0], np.repeat(played, 64))
    assert loop.losses == (0, 0)


def test_overflow(stream, card):
    mic = stream(input=(1, 1), blocking=True, block=64, latency=256 / 48000).start()
    card.advance(64 * 10)
    code, data = mic.read(256)
    assert code == -9981
    np.testing.assert_array_equal(data, ramp(0, 256))
    assert mic.losses == (64 * 6, 0)
    code, data = mic.read(64)
    assert code == 0
    np.testing.assert_array_equal(data, ramp(640, 704))


def test_underflow_is_counted_from_the_gap(stream, card):
    speaker = stream(output=(2, 1), blocking=True, block=64).start()
    card.advance(64 * 3)  # nothing written yet: no underflow
    assert speaker.write(np.ones((96, 1))) == 0
    card.advance(64 * 4)
    assert speaker.losses == (0, 32)
    assert speaker.write(np.ones((64, 1))) == -9980
    assert speaker.losses == (0, 32 + 64 * 2)
    assert speaker.write(np.ones((64, 1))) == 0
    speaker.stop()
    played = card.speaker.recorded[:, 0]
    assert played.tolist() == [1] * 96 + [0] * 160 + [1] * 128
    assert card.inserted_output == 160


def test_available(stream, card, lib):
    loop = stream(input=(0, 1), output=(0, 1), blocking=True, block=64, latency=0.01).start()
    assert lib.Pa_GetStreamReadAvailable(loop.pointer) == 0
    assert lib.Pa_GetStreamWriteAvailable(loop.pointer) == 512
    card.advance(128)
    assert lib.Pa_GetStreamReadAvailable(loop.pointer) == 128
    assert loop.write(np.ones((100, 1))) == 0
    assert lib.Pa_GetStreamWriteAvailable(loop.pointer) == 412


def test_refusals(stream, lib):
    buffer = ffi.new("char[1024]")
    mic = stream(input=(1, 1), blocking=True)
    speaker = stream(output=(2, 1), blocking=True)
    callback = stream(input=(0, 1), output=(0, 1))
    read, write = lib.Pa_ReadStream, lib.Pa_WriteStream
    assert read(mic.pointer, buffer, 1) == write(speaker.pointer, buffer, 1) == -9983
    for opened in (mic, speaker, callback):
        opened.start()
    assert read(mic.pointer, ffi.NULL, 1) == write(speaker.pointer, ffi.NULL, 1) == -9972
    assert read(mic.pointer, ffi.NULL, 0) == write(speaker.pointer, ffi.NULL, 0) == 0
    assert read(speaker.pointer, buffer, 1) == -9975
    assert write(mic.pointer, buffer, 1) == -9974
    assert read(callback.pointer, buffer, 1) == -9977
    assert write(callback.pointer, buffer, 1) == -9976
    assert lib.Pa_GetStreamReadAvailable(speaker.pointer) == -9975
    assert lib.Pa_GetStreamWriteAvailable(mic.pointer) == -9974
    assert lib.Pa_GetStreamReadAvailable(callback.pointer) == -9977
    assert lib.Pa_GetStreamWriteAvailable(callback.pointer) == -9976


def test_a_callback_cannot_wait_for_a_blocking_stream(stream, card, lib):
    mic = stream(input=(1, 1), blocking=True).start()
    codes = []
    stream(input=(1, 1), block=32, process=lambda *_: codes.append(mic.read(1000)[0])).start()
    card.advance(32)
    assert codes == [-9999]


@pytest.mark.parametrize("end", ["stop", "abort", "close"])
def test_a_read_returns_when_the_stream_ends(stream, card, end):
    """In real time the reader waits; nothing but the end can wake it so soon."""
    card.set_clock(1e-6)
    mic = stream(input=(1, 1), blocking=True, block=48000).start()
    codes = []
    reader = threading.Thread(target=lambda: codes.append(mic.read(48000)[0]))
    reader.start()
    getattr(mic, end)()
    reader.join(20)
    assert codes in ([-9983], [-9988])
