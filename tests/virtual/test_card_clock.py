"""Clocks that run by themselves, and what is kept when they are changed."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from card_portaudio import ffi, playing, until


@pytest.mark.parametrize(
    ("clock", "name"),
    [("realtime", "realtime"), (1, "realtime"), ("10x", "10x"), (2.5, "2.5x"), ("manual",) * 2],
)
def test_names(card, clock, name):
    card.set_clock(clock)
    assert card.clock == name


@pytest.mark.parametrize("clock", ["", "fast", "x", "-1x", 0, -1, float("inf"), float("nan")])
def test_no_clocks(card, clock):
    with pytest.raises(ValueError, match="no clock"):
        card.set_clock(clock)


@pytest.mark.parametrize("speed", [1, 20])
def test_real_time_loses_nothing(card, stream, speed):
    signal = np.arange(1, 48 * 64 + 1, dtype="float32")[:, np.newaxis]
    card.set_clock(speed)
    loop = stream(input=(0, 1), output=(0, 1), latency=10, process=playing(signal)).start()
    until(lambda: len(loop.frames) >= 50)
    loop.abort()
    assert loop.losses == (0, 0)
    np.testing.assert_array_equal(loop.recorded[64 : 49 * 64], signal)
    assert set(loop.frames) == {64}


def test_real_time_is_the_monotonic_clock(card, stream, lib):
    """Never ahead of it, and callbacks are not before their time."""
    card.set_clock("realtime")
    opened = stream(input=(1, 1), latency=1).start()
    before, system = lib.Pa_GetStreamTime(opened.pointer), time.monotonic()
    until(lambda: len(opened.frames) >= 20)
    assert lib.Pa_GetStreamTime(opened.pointer) - before <= time.monotonic() - system + 1e-3
    for adc, current, _ in opened.times:
        assert current >= adc + 64 / 48000 - 1e-9
    assert card.late >= 0
    assert card.lateness >= 0


def test_callbacks_come_from_the_cards_own_thread(card, stream):
    threads = set()
    card.set_clock("20x")
    opened = stream(input=(1, 1), process=lambda *_: threads.add(threading.get_native_id()))
    opened.start()
    until(lambda: len(opened.frames) >= 3)
    opened.stop()
    assert len(threads) == 1
    assert threading.get_native_id() not in threads


def test_from_real_time_to_manual_and_back_is_seamless(card, stream):
    mic = stream(input=(1, 1), latency=5).start()
    card.advance(64 * 3)
    card.set_clock(50)
    until(lambda: len(mic.frames) >= 20)
    card.set_clock("manual")
    count = len(mic.frames)
    now = card.time
    card.advance(64 * 5)
    assert len(mic.frames) - count in (5, 6)  # 6: one was due when the clock was changed
    assert card.time == pytest.approx(now + 64 * 5 / 48000)
    np.testing.assert_array_equal(mic.recorded[:, 0], np.arange(64 * len(mic.frames)) / 2**23)


def test_auto_goes_on_when_the_hook_allows_it(card, stream, lib):
    idle = threading.Event()
    asked = threading.Event()

    @ffi.callback("int(void)")
    def hook():
        asked.set()
        return idle.is_set()

    lib.virtualcard_set_idle_hook(hook)
    assert lib.virtualcard_set_clock(2, 1.0) == 0
    assert card.clock == "auto"
    mic = stream(input=(1, 1), block=48000, rate=8000).start()
    assert asked.wait(20)
    asked.clear()
    assert asked.wait(20)
    assert mic.frames == []
    idle.set()
    until(lambda: len(mic.frames) >= 100)  # ten minutes of sound
    lib.virtualcard_set_idle_hook(ffi.NULL)
    card.set_clock("manual")  # waits for a block that is under way
    count = len(mic.frames)
    assert card.frame == count * 6 * 48000
    card.advance(48000, 8000)
    assert len(mic.frames) == count + 1
    np.testing.assert_array_equal(mic.inputs[2][:, 0], np.arange(96000, 144000) / 2**23)


def test_blocking_calls_move_an_automatic_card(card, stream, lib):
    assert lib.virtualcard_set_clock(2, 1.0) == 0
    mic = stream(input=(1, 1), blocking=True).start()
    code, data = mic.read(48000)
    assert code == 0
    np.testing.assert_array_equal(data[:, 0], np.arange(48000) / 2**23)
    mic.stop()


@pytest.mark.parametrize(
    ("value", "clock", "complaint"),
    [
        (None, "realtime", ""),
        ("realtime", "realtime", ""),
        ("manual", "manual", ""),
        ("auto", "auto", ""),
        ("100x", "100x", ""),
        ("soon", "realtime", "none of"),
        ("-3x", "realtime", "none of"),
    ],
)
def test_environment(library, value, clock, complaint):
    environment = {k: v for k, v in os.environ.items() if k != "AIOSOUNDDEVICE_VIRTUAL_CLOCK"}
    if value is not None:
        environment["AIOSOUNDDEVICE_VIRTUAL_CLOCK"] = value
    program = "from aiosounddevice.virtual import Card; print(Card().clock)"
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == clock
    assert (complaint in run.stderr) if complaint else (run.stderr == "")


FORK = """
import os, sys, threading
from card_portaudio import Stream, ffi
from aiosounddevice.virtual import Card, library_path
lib = ffi.dlopen(str(library_path()))
lib.Pa_Initialize()
card = Card()
card.set_clock(100)
busy = Stream(lib, input=(1, 1), latency=5).start()
while len(busy.frames) < 10: pass
child = os.fork()
if child == 0:
    codes = [lib.Pa_StopStream(busy.pointer), lib.Pa_Initialize(), lib.Pa_StopStream(busy.pointer)]
    mic = Stream(lib, input=(1, 1), latency=5).start()
    while len(mic.frames) < 10: pass
    mic.stop()
    codes += [card.open_streams, lib.Pa_Terminate()]
    os._exit(0 if codes == [-10000, 0, -9988, 1, 0] else 1)
_, status = os.waitpid(child, 0)
count = len(busy.frames)
while len(busy.frames) < count + 10: pass
busy.close()
lib.Pa_Terminate()
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_a_fresh_card(library):
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORK]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
