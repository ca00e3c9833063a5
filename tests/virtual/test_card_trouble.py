"""Devices in trouble on the manual clock: death, stalls, blocks of changing sizes, flags."""

import threading
import time

import numpy as np
import pytest
from card_portaudio import (
    INPUT_OVERFLOW,
    INPUT_UNDERFLOW,
    OUTPUT_OVERFLOW,
    OUTPUT_UNDERFLOW,
    PRIME,
    ffi,
    parameters,
    playing,
    until,
)

HANDLES = {"Stop": "Pa_StopStream", "Abort": "Pa_AbortStream", "Close": "Pa_CloseStream"}


def try_to_open(lib, device, **options):
    pointer = ffi.new("void **")
    side = parameters((device, 1), "float32", 0)
    callback = ffi.cast("PaStreamCallback *", ffi.NULL)
    return lib.Pa_OpenStream(pointer, side, ffi.NULL, 48000, 64, 0, callback, ffi.NULL)


def in_thread(function, *arguments):
    """Call in another thread; its result arrives in the list."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function(*arguments)))
    thread.start()
    return thread, results


# ---- death


def test_death_with_a_finished_callback(card, stream, lib):
    mic, other = stream(input=(1, 1)).start(), stream(input=(0, 1)).start()
    card.die(card.microphone, at=128 / 48000)
    card.advance(127)
    assert (mic.frames, mic.finished) == ([64], 0)
    card.advance(1000)
    assert (mic.frames, mic.finished) == ([64, 64], 1)  # what is due at that moment is delivered
    assert (mic.active, mic.stopped) == (False, False)
    assert len(other.frames) == 17
    mic.stop()
    assert mic.finished == 1
    mic.close()


def test_death_without_a_word(card, stream, lib):
    mic = stream(input=(1, 1)).start()
    card.advance(64)
    card.die(card.microphone, finished=False)
    card.advance(48000)
    assert (mic.frames, mic.finished) == ([64], 0)
    assert mic.active


@pytest.mark.parametrize("call", HANDLES)
def test_calls_on_a_silently_dead_device_hang_until_released(card, stream, lib, call):
    mic = stream(input=(1, 1)).start()
    card.die(card.microphone, finished=False)
    lib.virtualcard_set_idle_hook(ffi.NULL)
    thread, results = in_thread(getattr(lib, HANDLES[call]), mic.pointer)
    until(lambda: card.calls[-1].name == HANDLES[call])
    card.advance(48000)  # time does not help
    other = stream(input=(0, 1)).start()  # and the card is not stuck
    card.advance(64)
    assert other.frames == [64]
    assert (results, thread.is_alive()) == ([], True)
    card.release()
    thread.join(30)
    assert results == [0]
    assert mic.finished == 0
    if call != "Close":
        assert mic.stopped


def test_reset_lets_go_of_calls_on_a_dead_device(card, stream, lib):
    mic = stream(input=(1, 1)).start()
    card.die(card.microphone, finished=False)
    thread, results = in_thread(lib.Pa_CloseStream, mic.pointer)
    until(lambda: card.calls[-1].name == "Pa_CloseStream")
    card.reset()
    thread.join(30)
    assert results == [-9988]
    assert card.open_streams == 0


@pytest.mark.parametrize(("finished", "code"), [(True, -9985), (False, -9992)])
def test_nothing_opens_or_starts_on_a_dead_device(card, stream, lib, finished, code):
    opened = stream(input=(1, 1))
    card.die(card.microphone, finished=finished)
    assert try_to_open(lib, card.microphone.index) == code
    assert lib.Pa_StartStream(opened.pointer) == -9999
    assert ffi.string(lib.Pa_GetLastHostErrorInfo().errorText) == b"the device is gone"
    assert lib.Pa_GetDeviceCount() == 3
    opened.close()


def test_a_device_that_comes_back_leaves_old_streams_dead(card, stream, lib):
    running, waiting = stream(input=(1, 1)).start(), stream(input=(1, 1))
    card.die(card.microphone, finished=False)
    card.advance(64)
    card.plug(card.microphone)
    assert lib.Pa_StartStream(waiting.pointer) == -9999
    fresh = stream(input=(1, 1)).start()
    card.advance(640)
    assert (running.frames, fresh.frames) == ([], [64] * 10)
    card.release()
    running.stop()


def test_a_planned_death_is_called_off(card, stream):
    mic = stream(input=(1, 1)).start()
    card.die(card.microphone, at=0.5)
    card.plug(card.microphone)
    card.advance(48000)
    assert (len(mic.frames), mic.active) == (750, True)


def test_death_while_draining(card, stream, lib):
    speaker = stream(output=(2, 1), latency=0.1).start()
    card.advance(64)
    card.die(card.speaker, at=0.01)
    speaker.stop()
    assert card.time == 0.01
    assert (speaker.finished, speaker.stopped) == (1, True)


@pytest.mark.parametrize("direction", ["input", "output"])
def test_blocking_calls_on_a_dying_device(card, stream, direction):
    options = {"input": (1, 1)} if direction == "input" else {"output": (2, 1)}
    opened = stream(**options, blocking=True).start()
    card.die(card.microphone if direction == "input" else card.speaker, at=0.01)
    if direction == "input":
        code, data = opened.read(48000)
        assert np.count_nonzero(data) == 448 - 1  # the blocks before 0.01 s, which begin with 0
    else:
        code = opened.write(np.ones((48000, 1)))
    assert code == -9999
    assert card.time == 0.01


def test_blocking_read_on_a_silently_dead_device_hangs(card, stream, lib):
    mic = stream(input=(1, 1), blocking=True).start()
    card.die(card.microphone, finished=False)
    thread, results = in_thread(mic.read, 100)
    until(lambda: card.calls[-1].name == "Pa_ReadStream")
    card.advance(4800)
    assert (results, thread.is_alive()) == ([], True)
    card.release()
    thread.join(30)
    assert results[0][0] == -9999


def test_terminate_hangs_with_a_silently_dead_stream(card, stream, lib):
    stream(input=(1, 1)).start()
    card.die(card.microphone, finished=False)
    thread, results = in_thread(lib.Pa_Terminate)
    until(lambda: card.calls[-1].name == "Pa_Terminate")
    assert thread.is_alive()
    card.release()
    thread.join(30)
    assert results == [0]
    assert lib.Pa_Initialize() == 0


def test_death_in_real_time(card, stream):
    card.set_clock(20)
    mic = stream(input=(1, 1)).start()
    until(lambda: len(mic.frames) >= 3)
    card.die(card.microphone)
    until(lambda: mic.finished)
    count = len(mic.frames)
    assert not mic.active
    other = stream(input=(0, 1)).start()
    until(lambda: len(other.frames) >= 10)
    assert (len(mic.frames), mic.finished) == (count, 1)


# ---- stalls


def test_a_stalled_clock_loses_nothing(card, stream):
    signal = np.arange(1, 64 * 30 + 1, dtype="float32")[:, np.newaxis]
    loop = stream(input=(0, 1), output=(0, 1), process=playing(signal)).start()
    card.advance(64 * 10 + 7)
    card.stall(card.loopback)
    card.advance(4800)
    assert len(loop.frames) == 10
    card.resume(card.loopback)
    card.advance(64 * 10)
    assert len(loop.frames) == 20
    np.testing.assert_array_equal(loop.recorded[64:], signal[: 64 * 19])
    assert set(loop.flags) == {0}
    times = np.array(loop.times)
    steps = np.diff(times[:, 1])
    assert steps[9] == pytest.approx((4800 + 64) / 48000)
    assert np.delete(steps, 9) == pytest.approx(64 / 48000)
    # the block in which it happened began before it
    assert times[10, 0] == pytest.approx(640 / 48000)
    assert times[11, 0] == pytest.approx((4800 + 704) / 48000)


def test_planned_stalls(card, stream):
    mic = stream(input=(1, 1), block=480).start()
    other = stream(input=(0, 1), block=480).start()
    for begin in (0.1, 0.2):
        card.stall(card.microphone, at=begin, length=0.05)
    card.advance(48000)
    assert (len(mic.frames), len(other.frames)) == (90, 100)
    np.testing.assert_array_equal(mic.recorded[:, 0], np.arange(43200) / 2**23)
    assert mic.times[10][1] == pytest.approx(0.16)
    assert card.time == 1


def test_two_streams_on_a_stalled_device_stay_together(card, stream):
    signal = np.arange(1, 6401, dtype="float32")[:, np.newaxis]
    card.loopback.delay = 64
    stream(output=(0, 1), process=playing(signal)).start()
    mic = stream(input=(0, 1)).start()
    card.stall(card.loopback, at=1000 / 48000, length=0.02)
    card.advance(3200 + 960)
    np.testing.assert_array_equal(mic.recorded[64:], signal[: 3200 - 64])


def test_a_stream_started_during_a_stall_waits(card, stream):
    card.advance(100)
    card.stall(card.microphone)
    mic = stream(input=(1, 1)).start()
    card.advance(1000)
    assert mic.frames == []
    card.resume(card.microphone)
    card.advance(63)
    assert mic.frames == []
    card.advance(1)
    assert mic.frames == [64]


def test_a_stop_waits_for_a_stalled_output(card, stream, lib):
    speaker = stream(output=(2, 1), latency=0.01).start()
    card.advance(0)
    card.stall(card.speaker)
    thread, results = in_thread(lib.Pa_StopStream, speaker.pointer)
    until(lambda: card.calls[-1].name == "Pa_StopStream")
    assert thread.is_alive()
    card.resume(card.speaker)
    thread.join(30)
    assert results == [0]
    assert speaker.finished == 1


def test_a_stalled_device_can_be_aborted_and_die(card, stream):
    first, second = stream(input=(1, 1)).start(), stream(input=(1, 1)).start()
    card.stall(card.microphone)
    first.abort()
    card.die(card.microphone, at=0.5)
    card.advance(48000)
    assert (second.frames, second.finished) == ([], 1)


def test_stall_in_real_time(card, stream):
    card.set_clock(20)
    mic = stream(input=(1, 1), latency=10).start()
    until(lambda: len(mic.frames) >= 5)
    card.stall(card.microphone)
    now = card.time
    until(lambda: card.time > now + 1)
    # However late the card's thread is, it runs no block that ends after that.
    assert mic.times[-1][0] + 64 / 48000 <= now + 1e-9
    card.resume(card.microphone)
    count = len(mic.frames)
    until(lambda: len(mic.frames) >= count + 20)
    np.testing.assert_array_equal(mic.recorded[:, 0], np.arange(len(mic.recorded)) / 2**23)


@pytest.mark.parametrize("at", [-1, float("nan"), float("inf")])
def test_impossible_times(card, at):
    for call in (card.die, card.stall, card.unplug):
        with pytest.raises(ValueError, match="no time"):
            call(card.microphone, at=at)


def test_impossible_stalls(card):
    with pytest.raises(ValueError, match="not stalled"):
        card.resume(card.microphone)
    card.stall(card.microphone)
    with pytest.raises(ValueError, match="cannot stall"):
        card.stall(card.microphone)
    for call in (card.die, card.stall, card.unplug, card.resume):
        with pytest.raises(ValueError, match="5"):
            call(5)


# ---- blocks and flags


def test_blocks_of_changing_sizes(card, stream):
    card.vary_blocks(card.microphone, [64, 17, 100])
    mic = stream(input=(1, 1), block=0).start()
    fixed = stream(input=(1, 1), block=50).start()
    card.advance(64 + 17 + 100 + 64 + 16)
    assert mic.frames == [64, 17, 100, 64]
    assert set(fixed.frames) == {50}
    np.testing.assert_array_equal(mic.recorded[:, 0], np.arange(245) / 2**23)
    assert [time[0] for time in mic.times] == pytest.approx(np.array([0, 64, 81, 181]) / 48000)
    info = mic.lib.Pa_GetStreamInfo(mic.pointer)
    assert info.inputLatency == 100 / 48000
    card.vary_blocks(card.microphone, [])
    assert len(set(stream(input=(1, 1), block=0).start().frames)) <= 1


@pytest.mark.parametrize("flags", [0, PRIME])
def test_duplex_blocks_of_changing_sizes_have_one_delay(card, stream, flags):
    card.vary_blocks(card.loopback, [64, 17, 100])
    signal = np.arange(1, 3001, dtype="float32")[:, np.newaxis]
    loop = stream(
        input=(0, 1), output=(0, 1), block=0, flags=flags, process=playing(signal)
    ).start()
    card.advance(3000)
    heard = (
        loop.recorded[:, 0]
        if not flags
        else np.concatenate(
            [data for data, flag in zip(loop.inputs, loop.flags, strict=True) if not flag]
        )[:, 0]
    )
    begin = int(np.flatnonzero(heard)[0])
    assert begin == (0 if flags else 100)
    np.testing.assert_array_equal(heard[begin:], signal[: len(heard) - begin, 0])
    assert {64, 17, 100} == set(loop.frames)


@pytest.mark.parametrize("sizes", [[0], [-1], [1] * 65, [1 << 21]])
def test_impossible_sizes(card, sizes):
    with pytest.raises(ValueError, match="blocks of"):
        card.vary_blocks(card.microphone, sizes)


def test_flags_alone(card, stream):
    duplex = stream(input=(0, 1), output=(0, 1)).start()
    mic = stream(input=(0, 1)).start()
    card.flag(card.loopback, 130, "output underflow", "input overflow")
    card.flag(card.loopback, 64 * 4, "input underflow", "output overflow")
    card.advance(64 * 6)
    one, two = INPUT_OVERFLOW | OUTPUT_UNDERFLOW, INPUT_UNDERFLOW | OUTPUT_OVERFLOW
    assert duplex.flags == [0, 0, one, 0, two, 0]
    assert mic.flags == [0, 0, INPUT_OVERFLOW, 0, INPUT_UNDERFLOW, 0]
    assert (duplex.losses, mic.losses) == ((0, 0), (0, 0))
    assert set(duplex.frames) == {64}


def test_impossible_flags(card):
    for arguments in ((1, 0), (1, 0, "overflow"), (1, -2, "input overflow"), (9, 0)):
        with pytest.raises(ValueError, match="flags"):
            card.flag(*arguments)


def test_losses_by_time(card, stream):
    mic = stream(input=(1, 1), rate=16000, block=160).start()
    card.lose_at(card.microphone, 0.5, 100)
    card.advance(1, 1)
    assert [i for i, flag in enumerate(mic.flags) if flag] == [50]
    assert mic.losses == (100, 0)
    assert mic.times[50][0] == pytest.approx(0.5 + 100 / 16000)


def test_lateness_loses_when_it_is_asked_to(card, stream):
    """A slow callback of another stream keeps the card's one thread from this one."""
    card.set_clock("realtime")
    card.lose_when_late()
    slow = stream(
        input=(0, 1),
        block=480,
        latency=5,
        process=lambda s, i, o: time.sleep(0.2 if len(s.frames) == 3 else 0),
    )
    mic = stream(input=(1, 1), block=480)
    mic.start()
    slow.start()
    until(lambda: len(mic.frames) >= 8)
    mic.abort()
    slow.abort()
    lost, _ = mic.losses
    assert lost >= 0.2 * 48000 - 4 * 480
    assert slow.losses == (0, 0)
    assert any(flags & INPUT_OVERFLOW for flags in mic.flags)
