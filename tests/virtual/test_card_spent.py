"""The card's own processor time, told apart from that of the callbacks it makes."""

import sys
import time

import cffi
import pytest
from card_portaudio import until

import aiosounddevice.virtual as virtual

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")

ffi = cffi.FFI()
ffi.cdef("int virtualcard_spent(int64_t *thread, int64_t *callbacks);")


def spent() -> tuple[int, int, int]:
    """What the function returns, and its two figures."""
    controls = ffi.dlopen(str(virtual.library_path()))
    figures = ffi.new("int64_t[2]")
    return controls.virtualcard_spent(figures, figures + 1), *figures


def test_the_callbacks_part_is_theirs(card, stream):
    own = []

    def work(*_):
        begun = time.thread_time_ns()
        while time.thread_time_ns() < begun + 1_000_000:
            pass
        own.append(time.thread_time_ns() - begun)

    card.set_clock("realtime")
    opened = stream(input=(1, 1), block=1024, process=work).start()
    until(lambda: len(own) >= 20)
    opened.stop()
    found, thread, callbacks = spent()
    assert found == 0
    assert sum(own) <= callbacks <= thread
    opened.start()
    until(lambda: len(own) >= 30)
    assert spent()[2] > callbacks, "it goes on counting"


def test_waiting_in_a_callback_costs_nothing(card, stream):
    card.set_clock("realtime")
    opened = stream(input=(1, 1), block=4800, process=lambda *_: time.sleep(0.05)).start()
    begun = time.monotonic_ns()
    until(lambda: len(opened.frames) >= 5)
    opened.stop()
    assert spent()[2] < time.monotonic_ns() - begun - 3 * 50_000_000


def test_without_the_cards_thread(card, stream):
    assert spent()[0] == -1
    stream(input=(1, 1)).start()
    card.advance(640)
    assert spent() == (-1, 0, 0)
