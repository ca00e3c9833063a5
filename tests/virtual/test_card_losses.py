"""Xruns: scripted ones on the manual clock, and those of slow callbacks in real time."""

import time

import numpy as np
import pytest
from card_portaudio import (
    INPUT_OVERFLOW,
    NEVER_DROP_INPUT,
    OUTPUT_OVERFLOW,
    OUTPUT_UNDERFLOW,
)


@pytest.mark.parametrize(
    ("at", "block"), [(0, 0), (1, 0), (63, 0), (64, 1), (200, 3), (640, 10), (-1, 0)]
)
def test_lost_input(card, stream, at, block):
    mic = stream(input=(1, 1), block=64).start()
    card.lose(card.microphone, at, 1000)
    card.advance(64 * 40)
    heard = np.round(mic.recorded[:, 0] * 2**23).astype(int)
    gap = 64 * block
    expected = np.r_[0:gap, gap + 1000 : gap + 1000 + len(heard) - gap]
    np.testing.assert_array_equal(heard, expected)
    assert mic.flags == [INPUT_OVERFLOW if i == block else 0 for i in range(len(mic.flags))]
    assert mic.losses == (1000, 0)
    assert card.lost_input == 1000
    assert mic.times[block][0] == pytest.approx((gap + 1000) / 48000)


def test_inserted_output(card, stream):
    speaker = stream(output=(2, 1), block=64, process=lambda s, i, out: out.fill(len(s.frames)))
    speaker.start()
    card.lose(card.speaker, 130, 50)
    card.advance(64 * 4)
    assert speaker.flags == [0, 0, OUTPUT_UNDERFLOW, 0]
    played = card.speaker.recorded[:, 0]
    assert played.tolist() == [1] * 64 + [2] * 64 + [0] * 50 + [3] * 64 + [4] * 64
    assert (card.inserted_output, card.lost_input) == (50, 0)


def test_duplex_loses_both_and_later_streams_are_spared(card, stream):
    card.lose(card.loopback, 100, 64)
    duplex = stream(input=(0, 1), output=(0, 1), block=64).start()
    card.advance(64 * 5)
    assert duplex.flags == [0, INPUT_OVERFLOW | OUTPUT_UNDERFLOW, 0, 0]
    later = stream(input=(0, 1), block=64).start()
    card.advance(64 * 5)
    assert set(later.flags) == {0}
    assert duplex.losses == (64, 64)


def test_lose_says_what_is_impossible(card):
    for arguments in ((3, 0, 1), (0, 0, 0), (0, -2, 1)):
        with pytest.raises(ValueError, match="cannot lose"):
            card.lose(*arguments)


def sleeping(seconds, blocks):
    """Sleep in the callbacks of these blocks; in card time, as the clock runs at speed 1."""

    def process(opened, indata, outdata):
        if outdata is not None:
            outdata.fill(1)
        if len(opened.frames) - 1 in blocks:
            time.sleep(seconds)

    return process


def wait_for_blocks(opened, count):
    while len(opened.frames) < count and not opened.errors:
        time.sleep(0.001)


def test_a_slow_callback_loses_what_the_buffer_does_not_hold(card, stream):
    card.set_clock("realtime")
    mic = stream(input=(1, 1), block=480, process=sleeping(0.2, {3})).start()
    wait_for_blocks(mic, 8)
    mic.stop()
    lost, inserted = mic.losses
    # at least 0.2 s less the block itself and two blocks of buffer; sleep may take longer
    assert lost >= 0.2 * 48000 - 3 * 480 - 480
    assert (lost % 480, inserted) == (0, 0)
    heard = np.round(mic.recorded[:, 0] * 2**23).astype(int)
    assert heard[480 * 4] - heard[480 * 4 - 1] > 0.2 * 48000 - 4 * 480
    assert mic.flags[4] & INPUT_OVERFLOW
    jumps = np.flatnonzero(np.diff(heard) != 1) + 1
    assert set(jumps) == {480 * i for i, flags in enumerate(mic.flags) if flags}
    assert sum(np.diff(heard)[jumps - 1] - 1) == lost


def test_a_callback_slower_than_its_block_within_the_buffer_loses_nothing(card, stream):
    card.set_clock("realtime")
    mic = stream(input=(1, 1), block=480, latency=5, process=sleeping(0.05, {2, 4, 6})).start()
    wait_for_blocks(mic, 20)
    mic.stop()
    assert mic.losses == (0, 0)
    assert set(mic.flags) == {0}


def test_a_slow_output_is_silent_in_between(card, stream):
    card.set_clock("realtime")
    speaker = stream(output=(2, 1), block=480, process=sleeping(0.2, {3})).start()
    wait_for_blocks(speaker, 8)
    speaker.stop()
    lost, inserted = speaker.losses
    assert (lost, inserted % 480) == (0, 0)
    assert inserted >= 0.2 * 48000 - 4 * 480
    played = card.speaker.recorded[:, 0]
    assert not played[4 * 480 : 5 * 480].any()
    assert np.count_nonzero(played == 0) == inserted
    assert speaker.flags[4] == OUTPUT_UNDERFLOW


def test_never_drop_input(card, stream):
    card.set_clock("realtime")
    duplex = stream(
        input=(1, 1),
        output=(2, 1),
        block=0,
        latency=0.02,
        flags=NEVER_DROP_INPUT,
        process=sleeping(0.2, {3}),
    ).start()
    wait_for_blocks(duplex, 60)
    duplex.stop()
    lost, inserted = duplex.losses
    assert lost == 0
    heard = np.round(duplex.recorded[:, 0] * 2**23).astype(int)
    np.testing.assert_array_equal(heard, np.arange(len(heard)))
    discarded = [flags for flags in duplex.flags if flags & OUTPUT_OVERFLOW]
    assert inserted == len(discarded) * duplex.frames[0] > 0
