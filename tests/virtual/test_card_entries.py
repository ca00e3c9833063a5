"""The card's note of when it handed over each block."""

import time
from collections.abc import Callable

import cffi
import pytest

import aiosounddevice.virtual as virtual

ffi = cffi.FFI()
ffi.cdef("""
struct virtualcard_entry { uint64_t stream; int64_t frame; int64_t ns; };
int virtualcard_keep_entries(int on);
size_t virtualcard_entries(struct virtualcard_entry *entries, size_t capacity);
""")
Read = Callable[[], list[tuple[int, int, int]]]


@pytest.fixture
def controls(lib):
    return ffi.dlopen(str(virtual.library_path()))


@pytest.fixture
def read(controls) -> Read:
    def read(capacity: int = 65536) -> list[tuple[int, int, int]]:
        entries = ffi.new("struct virtualcard_entry[]", max(1, capacity))
        count = controls.virtualcard_entries(entries, capacity)
        return [(entry.stream, entry.frame, entry.ns) for entry in entries[0:count]]

    return read


def test_off_unless_asked_for(card, stream, controls, read):
    stream(input=(1, 1), block=64).start()
    card.advance(640)
    assert read() == []
    assert controls.virtualcard_entries(ffi.NULL, 0) == 0


def test_a_block_has_its_stream_its_frame_and_its_time(card, stream, controls, read):
    card.advance(1000)
    assert controls.virtualcard_keep_entries(1) == 0
    begun = time.monotonic_ns()
    stream(input=(1, 1), block=64).start()
    stream(output=(2, 1), block=128).start()
    card.advance(256)
    found = read()
    first, second = sorted({number for number, _, _ in found})
    assert [frame for number, frame, _ in found if number == first] == [0, 64, 128, 192]
    assert [frame for number, frame, _ in found if number == second] == [0, 128, 256]
    times = [ns for _, _, ns in found]
    assert begun <= times[0]
    assert times == sorted(times)
    assert times[-1] <= time.monotonic_ns()


def test_frames_that_were_lost_have_no_entry(card, stream, controls, read):
    controls.virtualcard_keep_entries(1)
    stream(input=(1, 1), block=64).start()
    card.lose(card.microphone, 64, 100)
    card.advance(64 * 4)
    assert [frame for _, frame, _ in read()] == [0, 164]


def test_blocking_streams_have_entries(card, stream, controls, read):
    controls.virtualcard_keep_entries(1)
    stream(input=(1, 1), block=64, blocking=True).start()
    card.advance(200)
    assert [frame for _, frame, _ in read()] == [0, 64, 128]


def test_the_latest_ones_are_kept(card, stream, controls, read):
    controls.virtualcard_keep_entries(1)
    stream(input=(1, 1), block=16, blocking=True).start()
    card.advance(16 * 65540)
    found = [frame for _, frame, _ in read()]
    assert len(found) == controls.virtualcard_entries(ffi.NULL, 0) == 65536
    assert (found[0], found[-1]) == (16 * 4, 16 * 65539)
    assert read(3) == read()[-3:]


def test_asking_again_forgets_and_reset_ends_it(card, stream, controls, read):
    controls.virtualcard_keep_entries(1)
    stream(input=(1, 1), block=64).start()
    card.advance(64)
    assert len(read()) == 1
    controls.virtualcard_keep_entries(1)
    assert read() == []
    card.advance(64)
    assert len(read()) == 1
    controls.virtualcard_keep_entries(0)
    card.advance(64)
    assert read() == []
    controls.virtualcard_keep_entries(1)
    card.reset()
    assert controls.virtualcard_entries(ffi.NULL, 0) == 0
