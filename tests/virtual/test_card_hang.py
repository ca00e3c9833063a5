"""Calls that do not return until they are let go."""

import threading

import pytest
from card_portaudio import ffi, until


def in_thread(function, *arguments):
    results = []
    thread = threading.Thread(target=lambda: results.append(function(*arguments)))
    thread.start()
    return thread, results


def test_a_hanging_call_does_its_work_once_released(card, lib, stream):
    opened = stream(input=(1, 1)).start()
    hang = card.hang("Pa_StopStream")
    thread, results = in_thread(lib.Pa_StopStream, opened.pointer)
    until(lambda: hang.callers == 1)
    assert (card.hanging("Pa_StopStream"), card.hanging("Pa_OpenStream"), card.hanging()) == (
        1,
        0,
        1,
    )
    card.advance(128)  # the stream goes on, as nothing was done yet
    assert opened.frames == [64, 64]
    assert (results, thread.is_alive()) == ([], True)
    hang.release()
    thread.join(30)
    assert (results, opened.stopped, card.hanging()) == ([0], True, 0)
    lib.Pa_StopStream(opened.pointer)  # does not hang any more


def test_only_so_many_calls_hang(card, lib):
    card.hang("Pa_GetDeviceCount", times=1)
    thread, results = in_thread(lib.Pa_GetDeviceCount)
    until(card.hanging)
    assert lib.Pa_GetDeviceCount() == 3
    card.release("Pa_GetVersion")
    assert card.hanging() == 1
    card.release("Pa_GetDeviceCount")
    thread.join(30)
    assert results == [3]


def test_hang_in_a_with_block_ends_with_it(card, lib):
    with card.hang("Pa_GetDeviceCount") as hang:
        threads = [in_thread(lib.Pa_GetDeviceCount) for _ in range(3)]
        until(lambda: hang.callers == 3)
    for thread, results in threads:
        thread.join(30)
        assert results == [3]
    assert lib.Pa_GetDeviceCount() == 3


def test_after_a_reset_hanging_calls_do_nothing(card, lib):
    card.hang("Pa_OpenDefaultStream")
    pointer = ffi.new("void **")
    callback = ffi.cast("PaStreamCallback *", ffi.NULL)
    thread, results = in_thread(
        lib.Pa_OpenDefaultStream, pointer, 1, 0, 1, 48000, 64, callback, ffi.NULL
    )
    until(card.hanging)
    card.reset()
    thread.join(30)
    assert (results, card.open_streams, card.hanging()) == ([-9987], 0, 0)
    assert lib.Pa_OpenDefaultStream(pointer, 1, 0, 1, 48000, 64, callback, ffi.NULL) == 0


def test_hang_and_fail(card, lib):
    card.hang("Pa_GetDeviceCount")
    card.fail("Pa_GetDeviceCount", -9986)
    thread, results = in_thread(lib.Pa_GetDeviceCount)
    until(card.hanging)
    card.release()
    thread.join(30)
    assert results == [-9986]


def test_what_cannot_hang(card):
    for call in (lambda: card.hang("Pa_Nothing"), lambda: card.hang("Pa_Initialize", -2)):
        with pytest.raises(ValueError, match="to hang"):
            call()
    for call in (card.release, card.hanging):
        with pytest.raises(ValueError, match="no function"):
            call("Pa_Nothing")
