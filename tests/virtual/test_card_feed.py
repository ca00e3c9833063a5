"""Feeding the microphone from files and generators; how long the speaker keeps."""

import sys
import wave

import numpy as np
import pytest


def write_wav(path, data, rate):
    """Write integers of shape (frames, channels); three bytes each for uint8 triples."""
    width = 3 if data.ndim == 3 else data.dtype.itemsize
    with wave.open(str(path), "wb") as file:
        file.setnchannels(data.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data.tobytes())


def test_a_wav_file(card, stream, tmp_path):
    data = np.arange(-100, 100, dtype="int16").reshape(100, 2)
    write_wav(tmp_path / "a.wav", data, 48000)
    for path in (tmp_path / "a.wav", str(tmp_path / "a.wav")):
        card.microphone.feed(path)
        mic = stream(input=(1, 2), dtype="int16").start()
        card.advance(128)
        np.testing.assert_array_equal(mic.recorded[:100], data)
        assert not mic.recorded[100:].any()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (np.array([[128], [255], [0]], "uint8"), [0, 127 / 128, -1]),
        (np.array([[0], [2**30], [-(2**31)]], "int32"), [0, 0.5, -1]),
        (np.array([[[0, 0, 0]], [[1, 2, 64]], [[0, 0, 128]]], "uint8"), [0, 0x400201 / 2**23, -1]),
    ],
)
def test_wav_files_of_other_widths(card, stream, tmp_path, data, expected):
    write_wav(tmp_path / "a.wav", data, 48000)
    card.microphone.feed(tmp_path / "a.wav")
    mic = stream(input=(1, 1)).start()
    card.advance(64)
    assert mic.recorded[:3, 0].tolist() == expected


def test_a_file_keeps_its_rate(card, stream, tmp_path):
    write_wav(tmp_path / "a.wav", np.arange(1, 161, dtype="int16")[:, np.newaxis], 16000)
    card.microphone.feed(tmp_path / "a.wav")
    fast = stream(input=(1, 1), block=480, dtype="int16").start()
    slow = stream(input=(1, 1), block=80, rate=8000, dtype="int16").start()
    card.advance(480)
    assert fast.recorded[:, 0].tolist() == np.repeat(np.arange(1, 161), 3).tolist()
    assert slow.recorded[:, 0].tolist() == list(range(1, 161, 2))


def test_an_array_with_a_rate(card, stream):
    card.microphone.feed([0.25, 0.5], samplerate=24000, loop=True)
    mic = stream(input=(1, 1)).start()
    card.advance(64)
    assert mic.recorded[:6, 0].tolist() == [0.25, 0.25, 0.5, 0.5, 0.25, 0.25]


def test_files_that_are_none(card, tmp_path):
    with pytest.raises(FileNotFoundError, match="ramp"):
        card.microphone.feed("no.wav")
    (tmp_path / "text.wav").write_text("no sound at all")
    with pytest.raises((ValueError, RuntimeError)):
        card.microphone.feed(tmp_path / "text.wav")


# ---- generators


def chunks(lengths, channels=1):
    begin = 1
    for length in lengths:
        part = np.arange(begin, begin + length * channels).reshape(length, channels)
        begin += length * channels
        yield part / 2**20


def test_a_generator_is_heard_once_and_without_gaps(card, stream):
    card.microphone.feed(chunks([1, 0, 100, 7, 200]))
    mic = stream(input=(1, 2)).start()
    card.advance(64 * 6)
    expected = np.r_[1:309, np.zeros(384 - 308)] / 2**20
    np.testing.assert_array_equal(mic.recorded, np.repeat(expected, 2).reshape(-1, 2))
    later = stream(input=(1, 1)).start()
    card.advance(64)
    assert not later.recorded.any()


def test_a_generator_is_asked_for_what_is_needed(card, stream):
    asked = []

    def endless():
        while True:
            asked.append(card.frame)
            yield np.full(100, len(asked) / 8)

    card.microphone.feed(endless())
    card.advance(48000)
    assert asked == []
    mic = stream(input=(1, 1)).start()
    card.advance(200)
    assert asked == [48064, 48128]
    assert mic.recorded[:, 0].tolist() == [1 / 8] * 100 + [2 / 8] * 92
    mic.abort()
    card.advance(48000)
    fresh = stream(input=(1, 1)).start()
    card.advance(64)
    assert fresh.recorded[:, 0].tolist() == [2 / 8] * 8 + [3 / 8] * 56


def test_streams_hear_a_generator_alike(card, stream):
    card.microphone.feed(chunks([10000]))
    first, second = stream(input=(1, 1)).start(), stream(input=(1, 1), block=100).start()
    other = stream(input=(1, 1), rate=24000, block=50).start()
    card.advance(6400)
    np.testing.assert_array_equal(first.recorded, np.arange(1, 6401)[:, np.newaxis] / 2**20)
    np.testing.assert_array_equal(first.recorded, second.recorded)
    np.testing.assert_array_equal(first.recorded[::2], other.recorded)


def test_channels_of_a_generator(card, stream):
    card.microphone.feed(chunks([64], channels=3))
    mic = stream(input=(1, 2)).start()
    card.advance(64)
    expected = np.arange(1, 193).reshape(64, 3)[:, :2] / 2**20
    np.testing.assert_array_equal(mic.recorded, expected)


def test_blocking_streams_hear_a_generator(card, stream):
    card.microphone.feed(chunks([777] * 10))
    mic = stream(input=(1, 1), blocking=True).start()
    code, data = mic.read(5000)
    assert code == 0
    np.testing.assert_array_equal(data[:, 0], np.arange(1, 5001) / 2**20)


def test_feeding_anew_ends_a_generator(card, stream):
    card.microphone.feed(chunks([10000]))
    mic = stream(input=(1, 1)).start()
    card.advance(64)
    card.microphone.feed(iter([[0.5] * 64]))
    card.advance(64)
    card.microphone.feed("silence")
    card.advance(64)
    assert mic.recorded[:, 0].tolist() == [n / 2**20 for n in range(1, 65)] + [0.5] * 64 + [0] * 64


def test_an_error_in_a_generator_is_told_and_ends_it(card, stream, monkeypatch):
    def broken():
        yield [0.5] * 10
        raise ZeroDivisionError("broken")

    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: told.append(repr(what.exc_value)))
    card.microphone.feed(broken())
    mic = stream(input=(1, 1)).start()
    card.advance(640)
    assert mic.recorded[:, 0].tolist() == [0.5] * 10 + [0] * 630
    assert told == ["ZeroDivisionError('broken')"]


def test_a_generator_in_real_time(card, stream):
    card.microphone.feed(chunks([333] * 100))
    card.set_clock(20)
    mic = stream(input=(1, 1), latency=10).start()
    while len(mic.frames) < 100:
        pass
    mic.abort()
    heard = mic.recorded[:6400, 0]
    np.testing.assert_array_equal(heard, np.arange(1, 6401) / 2**20)


# ---- the speaker's record


def test_the_speaker_keeps_as_long_as_it_is_told(card, stream):
    speaker = card.speaker
    speaker.keep(0.01)
    stream(output=(2, 1), process=lambda s, i, o: o.fill(len(s.frames))).start()
    card.advance(640)
    assert (len(speaker.recorded), speaker.dropped) == (480, 704 - 480)
    speaker.clear()
    card.advance(4800)
    assert len(speaker.recorded) == 480
    speaker.keep(0.001)
    assert len(speaker.recorded) == 48
    card.reset()
    speaker.keep(86400)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), 86401])
def test_impossible_lengths(card, seconds):
    with pytest.raises(ValueError, match="keep"):
        card.speaker.keep(seconds)
