"""Devices described in Python, plugged in and out; PortAudio's lists change on initialising."""

import pytest
from card_portaudio import FORMATS, ffi, parameters

from aiosounddevice.virtual import Card, Headset, Loopback, Microphone, Speaker


@pytest.fixture
def define(card, lib):
    """Give the card devices, and initialise; the usual ones come back afterwards."""

    def define(*devices):
        card.define(devices)
        assert lib.Pa_Initialize() == 0
        return card

    yield define
    card.define(None)
    assert lib.Pa_Initialize() == 0  # for the fixture that terminates


def names(lib):
    infos = [lib.Pa_GetDeviceInfo(index) for index in range(lib.Pa_GetDeviceCount())]
    return [ffi.string(info.name).decode() for info in infos]


def again(lib):
    assert lib.Pa_Terminate() == 0
    assert lib.Pa_Initialize() == 0


def open_code(lib, device, *, channels=1, rate=48000, dtype="float32", output=False):
    side = parameters((device, channels), dtype, 0)
    sides = (ffi.NULL, side) if output else (side, ffi.NULL)
    supported = lib.Pa_IsFormatSupported(*sides, rate)
    pointer = ffi.new("void **")
    callback = ffi.cast("PaStreamCallback *", ffi.NULL)
    code = lib.Pa_OpenStream(pointer, *sides, rate, 64, 0, callback, ffi.NULL)
    assert code == supported or (code, supported) == (-9985, 0)
    if code == 0:
        lib.Pa_CloseStream(pointer[0])
    return code


def test_what_is_described_is_listed(define, lib):
    define(
        Microphone("Ümlaut mic", channels=1, samplerate=16000, low_latency=0.003, high_latency=0.2),
        Headset("Headset", inputs=1, outputs=2, samplerate=44100),
    )
    mic, headset = (lib.Pa_GetDeviceInfo(index) for index in (0, 1))
    assert names(lib) == ["Ümlaut mic", "Headset"]
    assert (mic.maxInputChannels, mic.maxOutputChannels, mic.defaultSampleRate) == (1, 0, 16000)
    assert (mic.defaultLowInputLatency, mic.defaultHighInputLatency) == (0.003, 0.2)
    assert (headset.maxInputChannels, headset.maxOutputChannels) == (1, 2)
    assert headset.defaultSampleRate == 44100
    assert (lib.Pa_GetDefaultInputDevice(), lib.Pa_GetDefaultOutputDevice()) == (0, 1)


def test_host_apis_group_their_devices(define, lib):
    first, second, third, fourth = devices = (
        Microphone("a", hostapi="ALSA"),
        Speaker("b", hostapi="Something else"),
        Headset("c", hostapi="ALSA", default=True),
        Speaker("d", hostapi="ALSA"),
    )
    card = define(*devices)
    assert names(lib) == ["a", "c", "d", "b"]
    assert [device.index for device in devices] == [0, 3, 1, 2]
    assert card.devices == devices
    apis = [lib.Pa_GetHostApiInfo(index) for index in range(lib.Pa_GetHostApiCount())]
    assert [
        (ffi.string(a.name), a.type, a.deviceCount, a.defaultInputDevice, a.defaultOutputDevice)
        for a in apis
    ] == [(b"ALSA", 8, 3, 1, 1), (b"Something else", 0, 1, -1, 3)]
    assert lib.Pa_HostApiTypeIdToHostApiIndex(8) == 0
    assert lib.Pa_HostApiDeviceIndexToDeviceIndex(1, 0) == 3
    assert lib.Pa_HostApiDeviceIndexToDeviceIndex(1, 1) == -9996
    assert card.speaker is second
    assert [device.plugged for device in (first, third, fourth)] == [True] * 3


def test_no_devices_at_all(define, lib):
    card = define()
    assert (lib.Pa_GetDeviceCount(), lib.Pa_GetHostApiCount()) == (0, 1)
    assert lib.Pa_GetDefaultInputDevice() == lib.Pa_GetDefaultOutputDevice() == -1
    assert open_code(lib, 0) == -9996
    pointer = ffi.new("void **")
    assert lib.Pa_OpenDefaultStream(pointer, 1, 0, 1, 48000, 0, ffi.NULL, ffi.NULL) == -9985
    for name in ("loopback", "microphone", "speaker"):
        with pytest.raises(LookupError, match="no"):
            getattr(card, name)


def test_what_opens(define, lib):
    define(Microphone("m", channels=2, samplerates=[16000, 44100], dtypes=["int16", "float32"]))
    assert open_code(lib, 0, rate=16000) == open_code(lib, 0, rate=44100, dtype="int16") == 0
    assert open_code(lib, 0, rate=48000) == -9997
    assert open_code(lib, 0, rate=16000, channels=3) == -9998
    assert open_code(lib, 0, rate=16000, output=True) == -9998
    refused = [dtype for dtype in FORMATS if open_code(lib, 0, rate=16000, dtype=dtype) == -9994]
    assert refused == ["int32", "int24", "int8", "uint8"]


def test_exclusive_devices_open_once(define, lib, stream):
    define(Headset("h", exclusive=True), Microphone("m"))
    opened = stream(output=(0, 1))
    assert open_code(lib, 0) == -9985
    assert open_code(lib, 1) == 0
    opened.close()
    assert open_code(lib, 0) == 0


def test_a_loopback_with_a_delay(define, lib, stream):
    card = define(Loopback("l", channels=1, delay=100))
    assert card.loopback.delay == 100
    card.loopback.delay = 7
    card.reset()
    assert card.loopback.delay == 100


def test_headsets_hear_and_keep(define, lib, stream):
    card = define(Headset("h", inputs=1, outputs=1))
    card.set_clock("manual")
    duplex = stream(
        input=(0, 1), output=(0, 1), process=lambda s, i, o: o.__setitem__(slice(None), i)
    ).start()
    card.advance(640)
    assert (duplex.recorded[:, 0] * 2**23).tolist() == list(range(640))
    assert (card.speaker.recorded[:, 0] * 2**23).tolist() == list(range(640))
    assert card.speaker is card.microphone


@pytest.mark.parametrize(
    "device",
    [
        Microphone(channels=0),
        Microphone(channels=-1),
        Microphone(samplerates=range(8000, 8033)),
        Loopback(delay=-1),
    ],
)
def test_what_no_card_has(card, lib, device):
    with pytest.raises(ValueError, match="cannot have"):
        card.define([device])
    assert names(lib) == ["Virtual loopback", "Virtual microphone", "Virtual speaker"]
    with pytest.raises(ValueError, match="plug in"):
        card.plug(device)


def test_too_many_devices(card):
    with pytest.raises(ValueError, match="cannot have"):
        card.define([Microphone()] * 65)


def test_unknown_formats():
    with pytest.raises(ValueError, match="float64"):
        Microphone(dtypes=["float64"])


def test_a_device_on_no_card():
    device = Microphone("m")
    assert not device.plugged
    for use in (lambda: device.index, lambda: device.feed("ramp")):
        with pytest.raises((ValueError, RuntimeError), match="'m'"):
            use()


# ---- plugging


def test_lists_change_when_portaudio_is_initialised_again(card, lib):
    before = names(lib)
    info = lib.Pa_GetDeviceInfo(1)
    new = Microphone("USB", channels=1)
    card.plug(new)
    card.unplug(card.microphone)
    assert names(lib) == before
    assert card.devices == (card.loopback, card.speaker, new)
    with pytest.raises(ValueError, match="not list"):
        _ = new.index
    assert lib.Pa_Initialize() == 0  # counted: it is not a new one
    assert names(lib) == before
    assert lib.Pa_Terminate() == 0
    assert ffi.string(info.name) == b"Virtual microphone"
    again(lib)
    assert names(lib) == ["Virtual loopback", "Virtual speaker", "USB"]
    assert new.index == 2
    assert open_code(lib, 2) == 0


def test_unplugging_ends_streams(card, lib, stream):
    mic, other = stream(input=(1, 1)).start(), stream(input=(0, 1)).start()
    card.unplug(card.microphone, at=0.01)
    card.advance(960)
    assert (len(mic.frames), mic.finished, mic.active) == (7, 1, False)
    assert len(other.frames) == 15
    assert open_code(lib, 1) == -9985
    card.plug(card.microphone)
    assert open_code(lib, 1) == 0
    assert lib.Pa_StartStream(mic.pointer) == -9982  # not stopped yet
    mic.stop()
    assert lib.Pa_StartStream(mic.pointer) == -9999


def test_unplugging_without_a_word(card, stream):
    mic = stream(input=(1, 1)).start()
    card.unplug(card.microphone, finished=False)
    card.advance(4800)
    assert (mic.frames, mic.finished, mic.active) == ([], 0, True)


def test_default_devices_change_when_portaudio_is_initialised_again(card, lib):
    card.set_default(card.microphone)
    card.set_default(card.speaker, "output")
    assert (lib.Pa_GetDefaultInputDevice(), lib.Pa_GetDefaultOutputDevice()) == (0, 0)
    again(lib)
    assert (lib.Pa_GetDefaultInputDevice(), lib.Pa_GetDefaultOutputDevice()) == (1, 2)
    card.set_default(card.loopback, "input")
    again(lib)
    assert (lib.Pa_GetDefaultInputDevice(), lib.Pa_GetDefaultOutputDevice()) == (0, 2)


def test_impossible_defaults(card):
    for device, kind in ((card.microphone, "output"), (card.speaker, "input"), (9, None)):
        with pytest.raises(ValueError, match="default"):
            card.set_default(device, kind)
    with pytest.raises(ValueError, match="neither"):
        card.set_default(card.speaker, "both")


def test_the_default_goes_when_it_is_unplugged(card, lib):
    card.unplug(card.loopback)
    again(lib)
    assert (lib.Pa_GetDefaultInputDevice(), lib.Pa_GetDefaultOutputDevice()) == (0, 1)


def test_reset_brings_back_what_was_defined(card, lib):
    card.plug(Microphone("USB"))
    card.unplug(card.loopback)
    card.die(card.speaker)
    card.set_default(card.microphone)
    again(lib)
    card.reset()
    assert names(lib) == ["Virtual microphone", "Virtual speaker", "USB"]
    assert open_code(lib, 2) == -9985  # listed, but gone
    again(lib)
    assert names(lib) == ["Virtual loopback", "Virtual microphone", "Virtual speaker"]
    assert lib.Pa_GetDefaultInputDevice() == 0
    assert open_code(lib, 2, output=True) == 0


def test_places_are_used_again(card, lib):
    for _ in range(200):
        card.plug(Microphone("USB"))
        lib.Pa_Terminate()
        card.reset()
        lib.Pa_Initialize()
    assert names(lib) == ["Virtual loopback", "Virtual microphone", "Virtual speaker"]


def test_all_instances_drive_the_same_card(define, lib):
    headset = Headset("h")
    define(headset)
    assert Card().devices == (headset,)


def test_streams_are_forgotten_when_devices_are_defined(card, lib, stream):
    opened = stream(input=(1, 1)).start()
    card.define([Microphone("m")])
    try:
        assert lib.Pa_Initialize() == 0
        assert lib.Pa_StopStream(opened.pointer) == -9988
        assert card.open_streams == 0
    finally:
        card.define(None)
        assert lib.Pa_Initialize() == 0


def test_lists_are_made_anew_beside_streams_that_go_on(define, lib, stream):
    """What stands for loading a library a second time."""
    first, second = Microphone("First"), Microphone("Second")
    card = define(first, second)
    opened = stream(input=(1, 1)).start()
    card.unplug(first)
    assert names(lib) == ["First", "Second"]
    card._lib.virtualcard_relist()
    assert names(lib) == ["Second"]
    assert open_code(lib, 0) == 0
    card.advance(128)
    assert opened.frames == [64, 64]
