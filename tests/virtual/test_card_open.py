"""What the card refuses to open, with the codes that PortAudio gives."""

import math

import pytest
from card_portaudio import FORMATS, NEVER_DROP_INPUT, NONINTERLEAVED, PRIME, ffi


@ffi.callback("PaStreamCallback")
def silence(*_):
    return 0


def side(device=0, channels=1, code=1, latency=0.01, specific=ffi.NULL):
    return ffi.new("PaStreamParameters *", (device, channels, code, latency, specific))


def open_code(lib, source, target, rate=48000, frames=0, flags=0, callback=silence):
    pointer = ffi.new("void **")
    code = lib.Pa_OpenStream(pointer, source, target, rate, frames, flags, callback, ffi.NULL)
    assert (pointer[0] != ffi.NULL) == (code == 0)
    if code == 0:
        assert lib.Pa_CloseStream(pointer[0]) == 0
    return code


SIDES = {
    -9996: [{"device": -1}, {"device": 3}, {"device": -2}],
    -9998: [{"channels": 0}, {"channels": -1}, {"channels": 9}, {"device": 1, "channels": 3}],
    -9994: [{"code": 0}, {"code": 3}, {"code": 0x10000}, {"code": NONINTERLEAVED}],
}


@pytest.mark.parametrize(
    ("code", "options"), [(code, one) for code, many in SIDES.items() for one in many]
)
def test_bad_sides(lib, code, options):
    bad = side(**options)
    assert open_code(lib, bad, ffi.NULL) == code
    assert lib.Pa_IsFormatSupported(bad, ffi.NULL, 48000) == code
    if options.get("device") == 1:
        return
    assert open_code(lib, ffi.NULL, bad) == code
    assert open_code(lib, side(), bad) == code
    assert open_code(lib, bad, side()) == code


def test_devices_without_that_direction(lib):
    assert open_code(lib, side(2), ffi.NULL) == -9998
    assert open_code(lib, ffi.NULL, side(1)) == -9998
    assert lib.Pa_IsFormatSupported(side(2), ffi.NULL, 48000) == -9998


def test_neither_direction(lib):
    assert open_code(lib, ffi.NULL, ffi.NULL) == -9996
    assert lib.Pa_IsFormatSupported(ffi.NULL, ffi.NULL, 48000) == -9996


def test_host_specific_information(lib):
    some = side(specific=ffi.new("int *"))
    assert open_code(lib, some, ffi.NULL) == -9984


@pytest.mark.parametrize("rate", [0, -48000, 999, 7999.9, 192000.1, 1e9, math.nan, math.inf])
def test_bad_rates(lib, rate):
    assert open_code(lib, side(), ffi.NULL, rate) == -9997
    assert lib.Pa_IsFormatSupported(side(), ffi.NULL, rate) == -9997


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 44099.97, 192000])
def test_good_rates(lib, rate):
    assert open_code(lib, side(), side(), rate) == 0
    assert lib.Pa_IsFormatSupported(side(), side(), rate) == 0


def test_flags(lib):
    both, source = (side(), side()), (side(), ffi.NULL)
    assert open_code(lib, *both, flags=0x10) == -9995
    assert open_code(lib, *both, flags=1 | 2 | PRIME | 0x80000000) == 0
    assert open_code(lib, *both, flags=NEVER_DROP_INPUT) == 0
    assert open_code(lib, *both, flags=NEVER_DROP_INPUT, frames=64) == -9995
    assert open_code(lib, *source, flags=NEVER_DROP_INPUT) == -9995
    assert open_code(lib, *both, flags=NEVER_DROP_INPUT, callback=ffi.NULL) == -9995


@pytest.mark.parametrize("code", [*FORMATS.values(), 8 | NONINTERLEAVED])
def test_formats(lib, code):
    assert open_code(lib, side(code=code), side(code=code)) == 0


@pytest.mark.parametrize("latency", [-1.0, 0.0, 1e9, math.nan, math.inf])
def test_any_latency_is_brought_into_range(lib, latency):
    pointer = ffi.new("void **")
    target = side(latency=latency)
    assert lib.Pa_OpenStream(pointer, ffi.NULL, target, 48000, 64, 0, silence, ffi.NULL) == 0
    info = lib.Pa_GetStreamInfo(pointer[0])
    assert info.inputLatency == 0
    assert 2 * 64 / 48000 <= info.outputLatency <= 10 + 64 / 48000
    assert info.sampleRate == 48000


@pytest.mark.parametrize(
    ("latency", "block", "frames"),
    [(0, 64, 128), (0.01, 64, 512), (0.01, 240, 480), (0.04, 1000, 2000), (0.04, 640, 1920)],
)
def test_output_latency_is_whole_blocks(stream, lib, latency, block, frames):
    opened = stream(output=(2, 1), latency=latency, block=block)
    assert lib.Pa_GetStreamInfo(opened.pointer).outputLatency == frames / 48000


def test_buffer_too_big(lib):
    assert open_code(lib, side(), ffi.NULL, frames=1 << 20) == 0
    assert open_code(lib, side(), ffi.NULL, frames=(1 << 20) + 1) == -9991
    assert open_code(lib, side(), ffi.NULL, frames=2**63) == -9991


def test_no_place_for_the_pointer(lib):
    target = side()
    assert lib.Pa_OpenStream(ffi.NULL, target, ffi.NULL, 48000, 0, 0, silence, ffi.NULL) == -9988


def test_default_stream(lib, card):
    pointer = ffi.new("void **")

    def opened(inputs, outputs):
        return lib.Pa_OpenDefaultStream(pointer, inputs, outputs, 8, 48000, 0, silence, ffi.NULL)

    assert opened(0, 0) == -9996
    assert opened(9, 0) == -9998
    assert opened(8, 8) == 0
    info = lib.Pa_GetStreamInfo(pointer[0])
    assert info.outputLatency == 2048 / 48000
    assert info.inputLatency == 512 / 48000
    assert [call.name for call in card.calls].count("Pa_OpenStream") == 0


def test_a_device_may_be_opened_often(stream, card):
    for _ in range(20):
        stream(input=(1, 2)).start()
    assert card.open_streams == 20


@pytest.mark.parametrize("bad", [ffi.NULL, ffi.cast("void *", 1), ffi.cast("void *", 2**40)])
def test_pointers_to_no_stream(lib, bad):
    buffer = ffi.new("char[64]")
    for name in ("StartStream", "StopStream", "AbortStream", "CloseStream", "IsStreamActive"):
        assert getattr(lib, "Pa_" + name)(bad) == -9988
    assert lib.Pa_IsStreamStopped(bad) == -9988
    assert lib.Pa_SetStreamFinishedCallback(bad, ffi.NULL) == -9988
    assert lib.Pa_ReadStream(bad, buffer, 1) == -9988
    assert lib.Pa_WriteStream(bad, buffer, 1) == -9988
    assert lib.Pa_GetStreamReadAvailable(bad) == -9988
    assert lib.Pa_GetStreamWriteAvailable(bad) == -9988
    assert lib.Pa_GetStreamHostApiType(bad) == -9988
    assert lib.Pa_GetStreamInfo(bad) == ffi.NULL
    assert lib.Pa_GetStreamTime(bad) == 0
    assert lib.Pa_GetStreamCpuLoad(bad) == 0


def test_closed_twice_also_after_another_was_opened(lib, stream):
    first = stream(input=(1, 1))
    first.close()
    for _ in range(50):
        stream(input=(1, 1))
        assert lib.Pa_CloseStream(first.pointer) == -9988
        assert lib.Pa_StartStream(first.pointer) == -9988
