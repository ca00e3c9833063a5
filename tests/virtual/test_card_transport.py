"""Start, stop, abort, close, and the finished callback."""

import threading

import numpy as np
import pytest
from card_portaudio import ABORT, COMPLETE, ffi, playing


def after(blocks, result):
    return lambda stream, *_: result if len(stream.frames) == blocks else None


def test_states(stream, card):
    opened = stream(input=(1, 1))
    assert (opened.stopped, opened.active) == (True, False)
    opened.start()
    assert (opened.stopped, opened.active) == (False, True)
    opened.stop()
    assert (opened.stopped, opened.active) == (True, False)


def test_refusals(stream, lib):
    opened = stream(input=(1, 1))
    assert lib.Pa_StopStream(opened.pointer) == -9983
    assert lib.Pa_AbortStream(opened.pointer) == -9983
    opened.start()
    assert lib.Pa_StartStream(opened.pointer) == -9982
    assert lib.Pa_SetStreamFinishedCallback(opened.pointer, opened._finished) == -9982


def test_callback_ends_with_complete_when_all_was_heard(stream, card, lib):
    speaker = stream(output=(2, 1), block=64, latency=256 / 48000, process=after(3, COMPLETE))
    speaker.start()
    card.advance(64 * 2 + 256 + 63)
    assert (speaker.active, speaker.stopped, speaker.finished) == (True, False, 0)
    card.advance(1)
    assert (speaker.active, speaker.stopped, speaker.finished) == (False, False, 1)
    assert len(speaker.frames) == 3
    assert lib.Pa_StartStream(speaker.pointer) == -9982
    speaker.stop()
    assert (speaker.stopped, speaker.finished) == (True, 1)


@pytest.mark.parametrize("result", [ABORT, 3, -1])
def test_callback_ends_with_abort_at_once(stream, card, result):
    speaker = stream(output=(2, 1), block=64, latency=0.1, process=after(3, result)).start()
    card.advance(64 * 2)
    assert (speaker.active, speaker.finished, len(speaker.frames)) == (False, 1, 3)


def test_input_completes_at_once(stream, card):
    mic = stream(input=(1, 1), block=64, process=after(2, COMPLETE)).start()
    card.advance(128)
    assert (mic.active, mic.finished) == (False, 1)


def test_stop_waits_until_all_was_heard(stream, card):
    speaker = stream(output=(2, 1), block=64, latency=512 / 48000).start()
    card.advance(64)
    assert len(speaker.frames) == 2
    speaker.stop()
    assert card.frame == 64 + 512 + 64
    assert len(speaker.frames) == 2
    assert speaker.finished == 1


def test_stop_of_an_input_waits_for_nothing(stream, card):
    mic = stream(input=(1, 1), block=64, latency=0.5).start()
    card.advance(100)
    mic.stop()
    assert (card.frame, mic.finished) == (100, 1)


def test_abort_and_close_do_not_wait(stream, card):
    for end in ("abort", "close"):
        speaker = stream(output=(2, 1), latency=0.5).start()
        before = card.frame
        card.advance(64)
        getattr(speaker, end)()
        assert (card.frame, speaker.finished) == (before + 64, 1)


def test_other_streams_go_on_while_one_stops(stream, card):
    mic = stream(input=(1, 1), block=64).start()
    speaker = stream(output=(2, 1), block=64, latency=640 / 48000).start()
    card.advance(0)
    speaker.stop()
    assert card.frame == 640 + 64
    assert len(mic.frames) == 10  # the eleventh block is due now, and comes after the end
    card.advance(0)
    assert len(mic.frames) == 11


def test_finished_callback_comes_once_a_run(stream, card):
    opened = stream(input=(1, 1), process=after(1, ABORT))
    for run in range(1, 4):
        opened.frames.clear()
        opened.start()
        card.advance(640)
        assert opened.finished == run
        opened.abort()
        assert opened.finished == run


def test_in_the_finished_callback_the_stream_is_inactive(stream, card, lib):
    seen = []
    opened = stream(input=(1, 1), process=lambda *_: ABORT)

    @ffi.callback("PaStreamFinishedCallback")
    def finished(user):
        seen.append((opened.active, lib.Pa_StopStream(opened.pointer)))

    assert lib.Pa_SetStreamFinishedCallback(opened.pointer, finished) == 0
    opened.start()
    card.advance(64)
    assert seen == [(False, -9999)]
    opened.stop()


def test_a_callback_cannot_end_its_own_stream(stream, card, lib):
    codes = []

    def process(opened, *_):
        for name in ("StopStream", "AbortStream", "CloseStream"):
            codes.append(getattr(lib, "Pa_" + name)(opened.pointer))
        codes.append(lib.Pa_Terminate())
        codes.append(lib.Pa_StartStream(opened.pointer))

    opened = stream(input=(1, 1), process=process).start()
    card.advance(64)
    assert codes == [-9999, -9999, -9999, -9999, -9982]
    text = ffi.string(lib.Pa_GetLastHostErrorInfo().errorText)
    assert b"callback" in text
    assert opened.active


def test_a_callback_may_end_and_start_other_streams(stream, card):
    other = stream(output=(2, 1), latency=0.5).start()
    third = stream(input=(1, 1))

    def process(opened, *_):
        if len(opened.frames) == 2:
            other.stop()
            other.close()
            third.start()

    stream(input=(1, 1), block=64, process=process).start()
    card.advance(64 * 4)
    assert other.finished == 1
    assert card.open_streams == 2
    assert len(third.frames) == 2


@pytest.mark.parametrize("end", ["stop", "abort", "close"])
def test_ended_by_another_thread_while_the_callback_is_inside(stream, card, end):
    entered, leave = threading.Event(), threading.Event()

    def process(opened, indata, outdata):
        if len(opened.frames) == 2:
            entered.set()
            assert leave.wait(20)

    speaker = stream(output=(2, 1), block=64, process=process).start()
    advancing = threading.Thread(target=card.advance, args=(64 * 5,))
    ending = threading.Thread(target=getattr(speaker, end))
    advancing.start()
    assert entered.wait(20)
    ending.start()
    assert speaker.finished == 0
    leave.set()
    advancing.join()
    ending.join()
    assert speaker.finished == 1
    assert end == "close" or speaker.stopped


def test_stop_while_another_thread_advances(stream, card):
    """Whichever thread moves the card, a stop comes to an end, and nothing runs twice."""
    done = threading.Event()

    def advance():
        while not done.is_set():
            card.advance(48)

    thread = threading.Thread(target=advance)
    thread.start()
    try:
        for _ in range(50):
            duplex = stream(input=(0, 1), output=(0, 1), block=64, latency=0.02).start()
            duplex.stop()
            assert duplex.finished == 1
            duplex.close()
    finally:
        done.set()
        thread.join()


def test_pending_output_is_recorded_after_a_stop(stream, card):
    signal = np.arange(1, 65, dtype="float32")[:, np.newaxis]
    speaker = stream(output=(2, 1), block=64, process=playing(signal)).start()
    card.advance(0)
    speaker.stop()
    np.testing.assert_array_equal(card.speaker.recorded[:, 0], signal[:, 0])


def test_reset_forgets_streams_without_a_callback(stream, card, lib):
    opened = stream(input=(1, 1)).start()
    card.advance(64)
    card.reset()
    assert (opened.finished, card.open_streams, card.calls) == (0, 0, [])
    assert lib.Pa_CloseStream(opened.pointer) == -9988
    assert lib.Pa_GetDeviceCount() == 3


def test_cpu_load(stream, card, lib):
    opened = stream(input=(1, 1))
    assert lib.Pa_GetStreamCpuLoad(opened.pointer) == 0
    opened.start()
    card.advance(640)
    assert lib.Pa_GetStreamCpuLoad(opened.pointer) > 0
    opened.stop()
    assert lib.Pa_GetStreamCpuLoad(opened.pointer) == 0
    assert lib.Pa_GetStreamHostApiType(opened.pointer) == 0
