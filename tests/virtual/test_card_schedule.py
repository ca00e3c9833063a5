"""Time: when callbacks run, what they are told, and which frames they get."""

import numpy as np
import pytest
from card_portaudio import PRIME, PRIMING, playing


def steps(frames, channels=1, first=1):
    """Integers that differ from each other, exact in float32."""
    return np.arange(first, first + frames * channels, dtype="float32").reshape(frames, channels)


def test_input_block_comes_when_its_last_frame_has_passed(card, stream):
    mic = stream(input=(1, 1), block=100).start()
    card.advance(99)
    assert mic.frames == []
    card.advance(1)
    assert mic.frames == [100]
    card.advance(1000)
    assert mic.frames == [100] * 11
    np.testing.assert_array_equal(mic.recorded[:, 0], np.arange(1100) / 2**23)


def test_output_block_is_asked_for_when_it_begins(card, stream):
    speaker = stream(output=(2, 1), block=100).start()
    assert speaker.frames == []
    card.advance(0)
    assert speaker.frames == [100]
    card.advance(99)
    assert speaker.frames == [100]
    card.advance(1)
    assert speaker.frames == [100, 100]


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 96000, 192000, 12345.6])
def test_frames_are_exact_at_every_rate(card, stream, rate):
    mic = stream(input=(1, 1), block=1000, rate=rate).start()
    for _ in range(100):
        card.advance(round(rate / 10), rate)
    assert sum(mic.frames) == 1000 * (100 * round(rate / 10) // 1000)
    assert card.frame_at(rate) == 100 * round(rate / 10)


@pytest.mark.parametrize("rate", [44100, 48000])
def test_times_are_exact_and_linear(card, stream, rate):
    card.advance(123)
    duplex = stream(input=(1, 1), output=(2, 1), block=256, rate=rate, latency=0.02).start()
    start = card.frame_at(rate) + (rate == 44100)  # the first frame that begins after the start
    card.advance(256 * 50, rate)
    latency = duplex.lib.Pa_GetStreamInfo(duplex.pointer)
    hardware = 256 * -(-0.02 * rate // 256)
    assert latency.inputLatency == 256 / rate
    assert latency.outputLatency == pytest.approx(hardware / rate, rel=1e-12)
    for block, (adc, current, dac) in enumerate(duplex.times):
        assert adc == pytest.approx((start + 256 * block) / rate, abs=1e-12)
        assert current == pytest.approx((start + 256 * (block + 1)) / rate, abs=1e-12)
        assert dac == pytest.approx(current + hardware / rate, abs=1e-12)


def test_unused_direction_has_no_time(card, stream):
    mic, speaker = stream(input=(1, 1)).start(), stream(output=(2, 1)).start()
    card.advance(640)
    assert {times[2] for times in mic.times} == {0}
    assert {times[0] for times in speaker.times} == {0}


def test_stream_time_is_the_cards(card, stream, lib):
    opened = stream(input=(1, 1))
    card.advance(4800)
    assert lib.Pa_GetStreamTime(opened.pointer) == card.time == 0.1
    assert card.frame == 4800


def test_order_at_one_instant(card, stream):
    order = []

    def note(name):
        return lambda *_: order.append(name)

    options = {"block": 64}
    stream(input=(1, 1), process=note("in"), **options).start()
    stream(input=(0, 1), output=(0, 1), process=note("duplex"), **options).start()
    stream(output=(2, 1), process=note("first out"), **options).start()
    stream(output=(2, 1), process=note("second out"), **options).start()
    card.advance(128)
    turn = ["first out", "second out", "duplex", "in"]
    assert order == turn[:2] + turn + turn


def test_different_blocks_interleave_in_time(card, stream):
    order = []
    stream(input=(1, 1), block=30, process=lambda s, *_: order.append(s.times[-1][1])).start()
    stream(input=(1, 1), block=70, process=lambda s, *_: order.append(s.times[-1][1])).start()
    card.advance(210)
    due = [30 * i for i in range(1, 8)] + [70 * i for i in range(1, 4)]
    assert order == pytest.approx([frame / 48000 for frame in sorted(due)])


@pytest.mark.parametrize("delay", [0, 1, 63, 64, 65, 1000])
def test_duplex_delay(card, stream, delay):
    card.loopback.delay = delay
    signal = steps(640, 2)
    loop = stream(input=(0, 2), output=(0, 2), block=64, process=playing(signal)).start()
    card.advance(64 * 30)
    shift = max(delay, 64)
    heard = loop.recorded
    assert not heard[:shift].any()
    np.testing.assert_array_equal(heard[shift : shift + 640], signal)
    assert not heard[shift + 640 :].any()


@pytest.mark.parametrize("delay", [0, 1, 100, 5000])
def test_delay_between_two_streams(card, stream, delay):
    card.loopback.delay = delay
    signal = steps(640, 2)
    loop = stream(input=(0, 2), block=50).start()
    stream(output=(0, 2), block=64, process=playing(signal)).start()
    card.advance(7000)
    heard = loop.recorded
    assert not heard[:delay].any()
    np.testing.assert_array_equal(heard[delay : delay + 640], signal)
    assert not heard[delay + 640 :].any()


def test_delay_changed_while_it_runs(card, stream):
    loop = stream(input=(0, 1), block=64).start()
    stream(output=(0, 1), block=64, process=playing(steps(64 * 40))).start()
    card.advance(64 * 10)
    card.loopback.delay = 64 * 5
    card.advance(64 * 10)
    expected = np.concatenate([steps(64 * 10), steps(64 * 10, first=1 + 64 * 5)])
    np.testing.assert_array_equal(loop.recorded, expected)


def test_outputs_are_mixed_and_channels_kept_apart(card, stream):
    loop = stream(input=(0, 4)).start()
    stream(output=(0, 1), process=playing(steps(640))).start()
    stream(output=(0, 3), process=playing(steps(640, 3))).start()
    card.advance(640)
    expected = np.zeros((640, 4))
    expected[:, :3] = steps(640, 3)
    expected[:, :1] += steps(640)
    np.testing.assert_array_equal(loop.recorded, expected)


def test_streams_of_different_rates_share_a_device(card, stream):
    """A voice program records at 16 kHz while it plays at 24 kHz."""
    loop = stream(input=(0, 1), rate=16000, block=160).start()
    stream(output=(0, 1), rate=24000, block=240, process=playing(steps(2400))).start()
    card.advance(4800)
    frames = np.arange(1600) * 24000 // 16000
    np.testing.assert_array_equal(loop.recorded[:, 0], frames + 1)


def test_a_program_of_many_rates_runs_on_one_loopback(card, stream):
    loop = stream(input=(0, 1), rate=8000, block=80).start()
    for rate in range(9000, 9040):
        opened = stream(output=(0, 1), rate=rate, block=90, process=playing(steps(10))).start()
        card.advance(480)
        opened.abort()
        opened.close()
    assert loop.recorded.any()


def test_priming_output_only(card, stream):
    speaker = stream(
        output=(2, 1), block=64, latency=64 * 4 / 48000, flags=PRIME, process=playing(steps(960))
    ).start()
    card.advance(0)
    assert speaker.flags == [PRIMING] * 4 + [0]
    card.advance(64 * 5)
    assert [round(dac * 48000) for _, _, dac in speaker.times] == [64 * i for i in range(10)]
    assert [round(now * 48000) for _, now, _ in speaker.times] == [0] * 4 + [
        64 * i for i in range(6)
    ]
    np.testing.assert_array_equal(card.speaker.recorded[:, 0], steps(640)[:, 0])


def test_priming_duplex_hears_silence_meanwhile(card, stream):
    duplex = stream(
        input=(0, 1), output=(0, 1), block=64, flags=PRIME, process=playing(steps(1280))
    ).start()
    card.advance(64 * 10)
    assert duplex.flags == [PRIMING | 1] * 3 + [0] * 10
    heard = duplex.recorded[64 * 3 :]
    np.testing.assert_array_equal(heard, steps(640))
    dacs = [round(dac * 48000) for _, _, dac in duplex.times]
    assert dacs == [64 * i for i in range(13)]


@pytest.mark.parametrize(
    ("latency", "block"), [(0, 16), (0.001, 16), (0.01, 128), (0.04, 512), (1e9, 4096)]
)
def test_host_block_from_latency(card, stream, latency, block):
    opened = stream(input=(1, 1), block=0, latency=latency).start()
    card.advance(block)
    assert opened.frames == [block]


def test_second_start_begins_again(card, stream):
    mic = stream(input=(1, 1), block=64).start()
    card.advance(100)
    mic.stop()
    card.advance(17)
    mic.start()
    card.advance(64)
    np.testing.assert_array_equal(mic.inputs[1], mic.inputs[0])
    assert mic.times[1][0] == pytest.approx(117 / 48000)


def test_cannot_advance_in_real_time_or_backwards(card):
    with pytest.raises(ValueError, match="advance"):
        card.advance(-1)
    with pytest.raises(ValueError, match="advance"):
        card.advance(1, 0)
    card.set_clock("realtime")
    with pytest.raises(RuntimeError, match="manual"):
        card.advance(1)


def test_cannot_advance_reset_or_change_clock_in_a_callback(card, stream):
    raised = []

    def process(opened, indata, outdata):
        for call in (card.reset, lambda: card.advance(1), lambda: card.set_clock("realtime")):
            with pytest.raises(RuntimeError):
                call()
            raised.append(call)

    stream(input=(1, 1), process=process).start()
    card.advance(64)
    assert len(raised) == 3
