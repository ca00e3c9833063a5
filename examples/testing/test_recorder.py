"""Tests of the voice recorder: no sound hardware, no waiting.

They need pytest and anyio's plugin, which comes with aiosounddevice. `virtual_card` is a fixture
that comes with aiosounddevice, too.
"""

import time
import wave

import numpy as np
import pytest
from recorder import RATE, Recorder, record, save

from aiosounddevice.virtual import Card, Microphone

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.virtual_devices(Microphone("USB microphone", channels=1, samplerate=RATE)),
]


def seconds(length: float, level: float) -> np.ndarray:
    """Noise as loud as that."""
    noise = np.random.default_rng(0).uniform(-1, 1, round(length * RATE))
    return (level * noise).astype("float32")


SPEECH = seconds(2, 0.5)
QUIET = seconds(3, 0.001)


async def test_it_cuts_out_the_speech(virtual_card: Card) -> None:
    virtual_card.microphone.feed(np.concatenate([QUIET, SPEECH, QUIET]))
    memo = await record(Recorder(lead=0.1))
    assert memo[RATE // 10 :, 0] == pytest.approx(SPEECH)
    assert virtual_card.time == pytest.approx(3 + 2 + 1, abs=0.02)  # it heard a second of pause


async def test_a_short_pause_is_part_of_it(virtual_card: Card) -> None:
    virtual_card.microphone.feed(np.concatenate([SPEECH, QUIET[: RATE // 2], SPEECH, QUIET]))
    memo = await record(Recorder())
    assert len(memo) == 4.5 * RATE


async def test_nothing_is_said(virtual_card: Card) -> None:
    virtual_card.microphone.feed("silence")
    memo = await record(Recorder(limit=20))
    assert len(memo) == 0
    assert virtual_card.time == pytest.approx(20, abs=0.02)  # but it takes no 20 seconds


async def test_a_long_talk_is_cut(virtual_card: Card) -> None:
    virtual_card.microphone.feed(SPEECH, loop=True)
    assert len(await record(Recorder(limit=20))) == 20 * RATE


@pytest.mark.virtual_faults("at frame 20000 lose 480 frames")
async def test_gaps_are_counted(virtual_card: Card) -> None:
    virtual_card.microphone.feed(np.concatenate([SPEECH, QUIET]))
    recorder = Recorder()
    memo = await record(recorder)
    assert (recorder.gaps, len(memo)) == (1, len(SPEECH) - 480)
    assert memo[-1000:, 0] == pytest.approx(SPEECH[-1000:])


@pytest.mark.virtual_faults("at 1.5 s unplug")
async def test_the_microphone_is_pulled_out(
    virtual_card: Card, capsys: pytest.CaptureFixture[str]
) -> None:
    virtual_card.microphone.feed(SPEECH)
    memo = await record(Recorder())
    assert memo[:, 0] == pytest.approx(SPEECH[: round(1.5 * RATE)])
    assert "went away" in capsys.readouterr().out


async def test_in_real_time(virtual_card_realtime: Card) -> None:
    virtual_card_realtime.microphone.feed(SPEECH[: RATE // 5])
    begun = time.monotonic()
    assert len(await record(Recorder(pause=0.1))) == RATE // 5
    assert time.monotonic() - begun >= 0.3


def test_the_file(tmp_path) -> None:
    save(tmp_path / "memo.wav", SPEECH[:, np.newaxis])
    with wave.open(str(tmp_path / "memo.wav")) as file:
        assert (file.getnframes(), file.getframerate()) == (len(SPEECH), RATE)
