"""A thousand seconds on the manual clock."""

import time

import numpy as np
from card_portaudio import playing

SECONDS, RATE, BLOCK = 1000, 48000, 2048


def test_a_thousand_seconds_are_exact_and_take_less_than_ten(card, stream):
    noise = np.random.default_rng(1)
    signal = noise.integers(-(2**15), 2**15, (SECONDS * RATE, 1), dtype="int16")
    loop = stream(
        input=(0, 1), output=(0, 1), block=BLOCK, dtype="int16", process=playing(signal)
    ).start()
    begun = time.process_time()  # not the wall's: others may use this computer
    card.advance(SECONDS * RATE)
    spent = time.process_time() - begun
    take = loop.recorded
    assert len(take) == SECONDS * RATE // BLOCK * BLOCK
    assert not take[:BLOCK].any()
    assert np.array_equal(take[BLOCK:], signal[: len(take) - BLOCK])
    assert loop.losses == (0, 0)
    assert spent < SECONDS / 100
    print(f"{SECONDS} s in {spent:.2f} s")
