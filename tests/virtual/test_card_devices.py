"""The microphone's sources, the speaker's record, and the loopback's settings."""

import numpy as np
import pytest
from card_portaudio import playing


def ones(value):
    return lambda stream, indata, outdata: outdata.fill(value)


def test_ramp_is_the_default_and_alike_on_all_channels(card, stream):
    mic = stream(input=(1, 2)).start()
    card.advance(640)
    np.testing.assert_array_equal(mic.recorded, np.repeat(np.arange(640), 2).reshape(-1, 2) / 2**23)


def test_ramp_counts_from_each_streams_start_or_from_the_reset(card, stream):
    card.advance(1000)
    mic = stream(input=(1, 1)).start()
    card.advance(64)
    card.microphone.feed("card-ramp")
    card.advance(64)
    values = (mic.recorded[:, 0] * 2**23).tolist()
    assert values == [*range(64), *range(1064, 1128)]


def test_silence(card, stream):
    card.microphone.feed("silence")
    mic = stream(input=(1, 2)).start()
    card.advance(64)
    assert not mic.recorded.any()


def test_array_then_silence_for_every_stream(card, stream):
    data = np.arange(1, 201).reshape(100, 2)
    card.microphone.feed(data / 256)
    for _ in range(2):
        mic = stream(input=(1, 2)).start()
        card.advance(128)
        np.testing.assert_array_equal(mic.recorded[:100] * 256, data)
        assert not mic.recorded[100:].any()


def test_loop(card, stream):
    card.microphone.feed([0.25, 0.5, 0.75], loop=True)
    mic = stream(input=(1, 2)).start()
    card.advance(64)
    assert mic.recorded[:6, 0].tolist() == [0.25, 0.5, 0.75, 0.25, 0.5, 0.75]
    assert mic.recorded[:, 1].tolist() == mic.recorded[:, 0].tolist()


@pytest.mark.parametrize("loop", [False, True])
def test_empty_array_is_silence(card, stream, loop):
    card.microphone.feed([], loop=loop)
    mic = stream(input=(1, 1)).start()
    card.advance(64)
    assert not mic.recorded.any()


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("int16", [0, 2**14, -(2**15)]),
        ("int32", [0, 2**30, -(2**31)]),
        ("int8", [0, 64, -128]),
        ("uint8", [128, 192, 0]),
        ("float32", [0, 0.5, -1]),
    ],
)
def test_arrays_have_their_types_full_scale(card, stream, dtype, values):
    card.microphone.feed(np.array(values, dtype))
    mic = stream(input=(1, 1)).start()
    card.advance(64)
    assert mic.recorded[:3, 0].tolist() == [0, 0.5, -1]


@pytest.mark.parametrize("what", [np.zeros((2, 2, 2)), np.zeros((2, 0))])
def test_what_cannot_be_fed(card, what):
    with pytest.raises(ValueError, match=r"samples of"):
        card.microphone.feed(what)


@pytest.mark.parametrize("what", [[1j], [True], np.zeros(3, "uint16")])
def test_types_that_cannot_be_fed(card, what):
    with pytest.raises(TypeError, match="dtype"):
        card.microphone.feed(what)


def handle(kind, card, place):
    device = kind()
    device.attach(card._lib, place)
    return device


def test_only_microphones_are_fed_and_only_speakers_keep(card):
    from aiosounddevice.virtual import Loopback, Microphone, Speaker

    for index in (0, 2, 3, -1):
        with pytest.raises(ValueError, match="fed"):
            handle(Microphone, card, index).feed("ramp")
    for index in (0, 1, 3):
        with pytest.raises(ValueError, match="record"):
            handle(Speaker, card, index).clear()
        with pytest.raises(ValueError, match="record"):
            _ = handle(Speaker, card, index).recorded
    for index in (1, 2, 3):
        with pytest.raises(ValueError, match="delay"):
            handle(Loopback, card, index).delay = 1


@pytest.mark.parametrize("frames", [-1, 11_520_001])
def test_impossible_delays(card, frames):
    with pytest.raises(ValueError, match="delay"):
        card.loopback.delay = frames
    assert card.loopback.delay == 0


def test_nothing_was_played(card):
    assert card.speaker.recorded.shape == (0, 2)
    assert (card.speaker.samplerate, card.speaker.dropped) == (0, 0)


def test_record_begins_with_the_first_block_and_keeps_pauses(card, stream):
    card.advance(1000)
    first = stream(output=(2, 2), process=ones(1)).start()
    card.advance(63)
    first.abort()
    card.advance(37)
    second = stream(output=(2, 1), process=ones(2)).start()
    card.advance(63)
    second.abort()
    played = card.speaker.recorded
    assert played[:, 0].tolist() == [1] * 64 + [0] * 36 + [2] * 64
    assert played[:, 1].tolist() == [1] * 64 + [0] * 100
    assert card.speaker.samplerate == 48000


def test_record_sums_streams(card, stream):
    for value in (1, 2, 4):
        stream(output=(2, 1), process=ones(value)).start()
    card.advance(63)
    assert set(card.speaker.recorded[:, 0].tolist()) == {7}


def test_clear_begins_anew(card, stream):
    signal = np.arange(640, dtype="float32")[:, np.newaxis]
    stream(output=(2, 1), process=playing(signal)).start()
    card.advance(128)
    card.speaker.clear()
    assert len(card.speaker.recorded) == 0
    card.advance(64)
    np.testing.assert_array_equal(card.speaker.recorded[:, 0], np.arange(192, 256))


def test_record_keeps_the_oldest_minute(card, stream):
    stream(output=(2, 1), rate=8000, block=8000, process=lambda s, i, o: o.fill(len(s.frames)))
    opened = stream(
        output=(2, 1), rate=8000, block=8000, process=lambda s, i, o: o.fill(len(s.frames))
    ).start()
    card.advance(64, 1)
    assert len(opened.frames) == 65
    played = card.speaker.recorded[:, 0]
    assert len(played) == 60 * 8000
    assert (played[0], played[-1]) == (1, 60)
    assert card.speaker.dropped == 5 * 8000


def test_record_of_two_rates(card, stream):
    stream(output=(2, 2), rate=48000, block=480, process=ones(1)).start()
    signal = np.arange(1, 161, dtype="float32")[:, np.newaxis]
    stream(output=(2, 1), rate=16000, block=160, process=playing(signal)).start()
    card.advance(479)
    np.testing.assert_array_equal(card.speaker.recorded[:, 0], 2 + np.arange(480) // 3)
