"""Faults as text."""

import threading
import time

import pytest
from card_portaudio import INPUT_OVERFLOW, OUTPUT_UNDERFLOW

from aiosounddevice.virtual.script import Script


def test_losses_flags_and_death(card, stream):
    mic = stream(input=(1, 1), block=480).start()
    speaker = stream(output=(2, 1), block=480).start()
    card.script(
        """
        at frame 4800 lose 512 frames   # both
        at 0.5 s lose 100 frames on microphone; at frame 9600 flag output underflow on speaker
        at 800 ms die on speaker
        at 900 ms die silently
        """
    )
    card.advance(48000)
    assert mic.losses == (612, 0)
    assert [i for i, flags in enumerate(mic.flags) if flags] == [10, 48]
    assert speaker.losses == (0, 512)
    assert speaker.flags.count(OUTPUT_UNDERFLOW) == 2
    assert (speaker.finished, mic.finished, mic.active) == (1, 0, True)
    assert mic.times[-1][1] == pytest.approx(0.9, abs=0.01)


def test_now(card, stream):
    mic = stream(input=(1, 1)).start()
    card.advance(640)
    card.script("lose 64 frames; flag input overflow, input underflow; stall for 10 ms")
    card.advance(64 * 12)
    assert mic.losses == (64, 0)
    assert mic.flags[10] & INPUT_OVERFLOW
    assert len(mic.frames) == 13  # 22 blocks, less one that was lost, less the 7.5 of 10 ms
    card.script("at 1 s stall; vary blocks 64, 32, 1")
    card.advance(96000)
    assert mic.times[-1][1] <= 1
    varied = stream(input=(0, 1), block=0)
    card.resume(card.loopback)
    varied.start()
    card.advance(100)
    assert varied.frames == [64, 32, 1]


def test_calls(card, lib):
    card.script(
        'fail Pa_GetDeviceCount with -9999 saying "on fire" 2 times; '
        "fail Pa_GetHostApiCount with -9986 always; fail Pa_GetDefaultHostApi with -9986;"
        "slow Pa_GetVersion by 30 ms; hang Pa_GetSampleSize 1 times"
    )
    assert [lib.Pa_GetDeviceCount() for _ in range(3)] == [-9999, -9999, 3]
    assert [lib.Pa_GetHostApiCount() for _ in range(3)] == [-9986] * 3
    assert [lib.Pa_GetDefaultHostApi() for _ in range(2)] == [-9986, 0]
    begun = time.monotonic()
    lib.Pa_GetVersion()
    assert time.monotonic() - begun >= 0.03
    thread = threading.Thread(target=lib.Pa_GetSampleSize, args=(1,))
    thread.start()
    while not card.hanging("Pa_GetSampleSize"):
        time.sleep(0.001)
    assert lib.Pa_GetSampleSize(1) == 4
    card.release()
    thread.join()


def test_unplug(card, lib):
    card.script("at 1 s unplug on virtual mic")
    card.advance(47999)
    assert card.microphone.plugged
    card.advance(1)
    assert not card.microphone.plugged


@pytest.mark.parametrize(
    "text",
    [
        "explode",
        "lose",
        "lose many frames",
        "at frame -3 lose 3 frames",
        "at 3 h die",
        "at frame 1.5 die",
        "die quickly",
        "stall for ever",
        "vary blocks",
        "at 1 s vary blocks 3",
        "at 1 s hang Pa_CloseStream",
        "fail Pa_OpenStream",
        "hang Pa_CloseStream on speaker",
        "flag nothing",
        "lose 3 frames die",
    ],
)
def test_what_is_no_script(text):
    with pytest.raises(ValueError, match=text.split()[-1]):
        Script(text)


@pytest.mark.parametrize(
    "text", ["at 1 s flag input overflow", "flag input sunshine", "hang Pa_Nothing"]
)
def test_what_the_card_refuses(card, text):
    with pytest.raises(ValueError, match=r"flag|Pa_Nothing"):
        card.script(text)


def test_no_such_device(card):
    with pytest.raises(LookupError, match="trumpet"):
        card.script("die on trumpet")
