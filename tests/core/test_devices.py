from __future__ import annotations

import pytest
from fake_portaudio import fake, laptop

from aiosounddevice.core import control, devices, library
from aiosounddevice.core.defaults import default
from aiosounddevice.core.devices import DeviceList
from aiosounddevice.core.errors import DeviceNotFound, PortAudioError

DEVICE_KEYS = [
    "name",
    "index",
    "hostapi",
    "max_input_channels",
    "max_output_channels",
    "default_low_input_latency",
    "default_low_output_latency",
    "default_high_input_latency",
    "default_high_output_latency",
    "default_samplerate",
]
HOSTAPI_KEYS = ["name", "devices", "default_input_device", "default_output_device"]


@pytest.fixture(autouse=True)
def _factory_defaults():
    default.reset()
    yield
    default.reset()


@pytest.fixture
def use(monkeypatch):
    def use(pa):
        monkeypatch.setattr(library, "get", lambda: pa)
        return pa

    return use


def test_one_device(use):
    use(laptop())
    info = devices.query_devices(0)
    assert list(info) == DEVICE_KEYS
    assert list(info.values()) == [
        *["HDA Intel: ALC (hw:0,0)", 0, 0, 2, 2],
        *[0.01, 0.02, 0.1, 0.2, 44100.0],
    ]
    assert devices.query_devices("usb")["index"] == 4


def test_all_devices_and_their_table(use):
    use(laptop(defaults=(4, 1)))
    found = devices.query_devices()
    assert isinstance(found, DeviceList)
    assert isinstance(found, tuple)
    assert [info["index"] for info in found] == [0, 1, 2, 3, 4]
    assert str(found) == repr(found)
    assert repr(found).splitlines() == [
        "  0 HDA Intel: ALC (hw:0,0), ALSA (2 in, 2 out)",
        "< 1 HDA Intel: HDMI 0 (hw:0,3), ALSA (0 in, 8 out)",
        "  2 sysdefault, ALSA (128 in, 128 out)",
        "  3 default, ALSA (32 in, 32 out)",
        "> 4 USB Mic, JACK Audio Connection Kit (1 in, 0 out)",
    ]


def test_the_table_marks_overridden_defaults_and_keeps_them(use):
    use(laptop())
    default.device = "sysdefault"
    found = devices.query_devices()
    assert repr(found).splitlines()[2].startswith("* 2")
    default.device = "no such device"
    assert repr(found).splitlines()[2].startswith("* 2")
    assert "*" not in repr(devices.query_devices())


def test_numbers_are_aligned_and_names_stay_on_a_line(use):
    use(fake([(b"a\r\nb", 0, 1, 0)] * 11, defaults=(-1, -1)))
    lines = repr(devices.query_devices()).splitlines()
    assert lines[0] == "   0 a b, ALSA (1 in, 0 out)"
    assert lines[10] == "  10 a b, ALSA (1 in, 0 out)"


def test_no_devices(use):
    use(fake([], defaults=(-1, -1)))
    assert devices.query_devices() == ()
    assert repr(devices.query_devices()) == ""
    with pytest.raises(DeviceNotFound, match="No default input: 0 devices seen, 0 with inputs"):
        devices.query_devices(kind="input")


def test_a_list_of_ones_own():
    assert repr(DeviceList()) == ""
    assert DeviceList([{"a": 1}])[0] == {"a": 1}


def test_default_device(use):
    use(laptop(defaults=(4, 1)))
    assert devices.default_device("input") == 4
    assert devices.query_devices(kind="output")["index"] == 1
    default.device = "default", None
    assert devices.default_device("input") == 3
    assert devices.default_device("output") == 1


def test_default_object_asks_portaudio(use):
    use(laptop(defaults=(4, 1)))
    assert list(default.device) == [4, 1]
    assert default._default_device == (4, 1)
    assert default.hostapi == 0


def test_hostapis(use):
    use(laptop(defaults=(-1, 2)))
    found = devices.query_hostapis()
    assert isinstance(found, tuple)
    assert all(list(info) == HOSTAPI_KEYS for info in found)
    assert found[0] == {
        "name": "ALSA",
        "devices": [0, 1, 2, 3],
        "default_input_device": -1,
        "default_output_device": 2,
    }
    assert devices.query_hostapis(1) == found[1]


@pytest.mark.parametrize("index", [2, -1])
def test_no_such_hostapi(use, index):
    use(laptop())
    with pytest.raises(PortAudioError) as caught:
        devices.query_hostapis(index)
    assert caught.value.args == (f"Error querying host API {index}",)


@pytest.mark.parametrize("device", [None, 0])
def test_kind_is_checked(use, device):
    use(laptop())
    with pytest.raises(ValueError, match="Invalid kind: 'both'"):
        devices.query_devices(device, "both")


def test_a_missing_microphone_is_explained_by_the_system(use, monkeypatch):
    from aiosounddevice.core import diagnosis

    monkeypatch.setattr(diagnosis, "environment_hint", lambda: "In a container.")
    use(fake([(b"HDMI", 0, 0, 2)], defaults=(-1, 0)))
    with pytest.raises(DeviceNotFound) as caught:
        devices.default_device("input")
    assert caught.value.explanation == (
        "No default input: 1 device seen, 0 with inputs.\nIn a container."
    )


def test_real_library_agrees_with_itself():
    """Whatever PortAudio is there: the list and the single queries are one."""
    try:
        found = control.call(devices.query_devices)
    except (library.PortAudioError, OSError) as error:
        pytest.skip(str(error))
    assert [control.call(devices.query_devices, n) for n in range(len(found))] == list(found)
    owned = [n for info in control.call(devices.query_hostapis) for n in info["devices"]]
    assert sorted(owned) == list(range(len(found)))
