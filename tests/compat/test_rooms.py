"""No event loop, and no NumPy for raw streams."""

from __future__ import annotations

from .programs import run

NO_NUMPY = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "numpy":
            raise ModuleNotFoundError("No module named 'numpy'", name="numpy")

sys.meta_path.insert(0, Refuse())
import aiosounddevice.compat as sd
"""


def test_no_event_loop() -> None:
    code = "import sys, aiosounddevice.compat; print(*sys.modules)"
    found = set(run("-c", code).stdout.split())
    assert "aiosounddevice.compat.takes" in found
    assert not found & {"asyncio", "anyio", "trio", "aiosounddevice.aio", "numpy"}


def test_importing_loads_no_library() -> None:
    code = (
        "import aiosounddevice.compat as sd\nfrom aiosounddevice.core import library\n"
        "sd.default.samplerate = 48000\nassert library.current() is None"
    )
    done = run("-c", code)
    assert (done.stderr, done.returncode) == ("", 0)


def test_raw_streams_without_numpy() -> None:
    code = (
        NO_NUMPY
        + """
assert len(sd.query_devices()) == 3
with sd.RawInputStream(48000, device=1, channels=1, dtype="int24") as stream:
    data, overflowed = stream.read(3)
assert bytes(data) == bytes([0, 0, 0, 1, 0, 0, 2, 0, 0]), bytes(data)
with sd.RawOutputStream(48000, device=2, channels=2, dtype="int16") as stream:
    stream.write(bytes(400))
import threading
ended = threading.Event()
def callback(indata, outdata, frames, time, status):
    outdata[:] = indata
    raise sd.CallbackStop
stream = sd.RawStream(channels=2, callback=callback, finished_callback=ended.set)
with stream:
    assert ended.wait(20)
sd.check_input_settings(device=1, dtype="float32")
try:
    sd.play([0.0])
except ImportError as error:
    assert error.name == "numpy"
else:
    raise AssertionError
assert "numpy" not in sys.modules
"""
    )
    done = run("-c", code)
    assert (done.stderr, done.returncode) == ("", 0)
