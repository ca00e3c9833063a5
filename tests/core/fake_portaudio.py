"""A PortAudio in Python for tests of what is computed from its answers: no file, no thread."""

from __future__ import annotations

from aiosounddevice.core._portaudio import ffi
from aiosounddevice.core.library import PortAudio

TEXTS = {
    -9996: b"Invalid device",
    -9997: b"Invalid sample rate",
    -9999: b"Unanticipated host error",
}


class FakeLib:
    """Devices as tuples (name, host API index, inputs, outputs, default rate)."""

    def __init__(self, devices, hostapis=((b"ALSA", 8),), defaults=(0, 0), rates=(44100, 48000)):
        self.rates = rates
        self.formats = 0xFF
        self.defaults = defaults
        self.host_error = (8, -19, b"No such device")
        self._keep = []
        self.devices = [self._device(*device) for device in devices]
        self.hostapis = [self._hostapi(number, *api) for number, api in enumerate(hostapis)]

    def _text(self, raw):
        text = ffi.new("char[]", raw)
        self._keep.append(text)
        return text

    def _device(self, name, hostapi, inputs, outputs, rate=48000.0):
        values = [1, self._text(name), hostapi, inputs, outputs, 0.01, 0.02, 0.1, 0.2, rate]
        return ffi.new("PaDeviceInfo *", values)

    def _hostapi(self, number, name, kind):
        count = sum(device.hostApi == number for device in self.devices)
        return ffi.new("PaHostApiInfo *", [1, kind, self._text(name), count, *self.defaults])

    def Pa_GetDeviceCount(self):  # noqa: N802
        return len(self.devices)

    def Pa_GetDeviceInfo(self, number):  # noqa: N802
        return self.devices[number] if 0 <= number < len(self.devices) else ffi.NULL

    def Pa_GetHostApiCount(self):  # noqa: N802
        return len(self.hostapis)

    def Pa_GetHostApiInfo(self, number):  # noqa: N802
        return self.hostapis[number] if 0 <= number < len(self.hostapis) else ffi.NULL

    def Pa_HostApiDeviceIndexToDeviceIndex(self, hostapi, place):  # noqa: N802
        own = [n for n, device in enumerate(self.devices) if device.hostApi == hostapi]
        return own[place]

    def Pa_HostApiTypeIdToHostApiIndex(self, kind):  # noqa: N802
        kinds = [api.type for api in self.hostapis]
        return kinds.index(kind) if kind in kinds else -9979

    def Pa_GetDefaultHostApi(self):  # noqa: N802
        return 0

    def Pa_GetDefaultInputDevice(self):  # noqa: N802
        return self.defaults[0]

    def Pa_GetDefaultOutputDevice(self):  # noqa: N802
        return self.defaults[1]

    def Pa_GetErrorText(self, code):  # noqa: N802
        return self._text(TEXTS.get(code, b"Some error"))

    def Pa_GetLastHostErrorInfo(self):  # noqa: N802
        kind, code, text = self.host_error
        return ffi.new("PaHostErrorInfo *", [kind, code, self._text(text)])

    def Pa_IsFormatSupported(self, given, taken, rate):  # noqa: N802
        for side in (given, taken):
            if side and not side.sampleFormat & self.formats:
                return -9994
        return 0 if rate in self.rates else -9997


def fake(*args, **kwargs) -> PortAudio:
    """Return an initialised library object around a `FakeLib`."""
    pa = PortAudio("fake", FakeLib(*args, **kwargs))
    pa.count = 1
    return pa


LAPTOP = (
    (b"HDA Intel: ALC (hw:0,0)", 0, 2, 2, 44100.0),
    (b"HDA Intel: HDMI 0 (hw:0,3)", 0, 0, 8),
    (b"sysdefault", 0, 128, 128),
    (b"default", 0, 32, 32),
    (b"USB Mic", 1, 1, 0, 16000.0),
)
APIS = ((b"ALSA", 8), (b"JACK Audio Connection Kit", 12))


def laptop(**kwargs) -> PortAudio:
    """Return a library with a few devices on two host APIs; both defaults are device 3."""
    return fake(LAPTOP, APIS, **{"defaults": (3, 3), **kwargs})
