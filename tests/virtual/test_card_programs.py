"""Programs that know nothing of the card run on it: genuine python-sounddevice."""

import importlib.util
import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the library search path is Linux's"),
    pytest.mark.skipif(not importlib.util.find_spec("sounddevice"), reason="needs sounddevice"),
]


@pytest.fixture
def directory(library, tmp_path):
    """What a user puts first in the search path; some systems look for the second name."""
    for name in ("libportaudio.so.2", "libportaudio.so"):
        (tmp_path / name).symlink_to(library)
    return tmp_path


def run(directory, *arguments, clock="realtime"):
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(directory),
        "AIOSOUNDDEVICE_VIRTUAL_CLOCK": clock,
    }
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


PROGRAMS = {
    "devices": """
names = [(d["name"], d["max_input_channels"], d["max_output_channels"]) for d in sd.query_devices()]
assert names == [("Virtual loopback", 8, 8), ("Virtual microphone", 2, 0),
                 ("Virtual speaker", 0, 2)], names
assert sd.query_hostapis()[0]["name"] == "Virtual"
assert sd.query_devices(kind="input")["name"] == "Virtual loopback"
assert "Virtual sound card" in sd.get_portaudio_version()[1]
""",
    "rec": """
sd.default.latency = 10  # the host's buffer: the machine may be busy
take = sd.rec(48000, 48000, channels=2, device=1, blocking=True)
np.testing.assert_array_equal(take, np.repeat(np.arange(48000), 2).reshape(-1, 2) / 2**23)
take = sd.rec(4800, 44100, channels=1, device=1, blocking=True, dtype="int32")
np.testing.assert_array_equal(take[:, 0], np.arange(4800) * 256)
""",
    "playrec": """
sd.default.latency = 10
signal = np.random.default_rng(1).uniform(-1, 1, (9600, 2)).astype("float32")
take = sd.playrec(signal, 48000, channels=2, blocking=True, blocksize=256)
shift = next(n for n in range(len(take)) if (take[n] == signal[0]).all())
np.testing.assert_array_equal(take[shift:], signal[: len(take) - shift])
assert shift == 256 and not take[:shift].any()
""",
    "blocking streams": """
with sd.Stream(48000, 256, device=0, channels=1, dtype="int16") as stream:
    heard = []
    for block in range(1, 9):
        data, overflowed = stream.read(256)
        assert not overflowed
        heard.append(data[0, 0])
        assert not stream.write(np.full((256, 1), block, "int16"))
assert heard == [0, 0, 1, 2, 3, 4, 5, 6], heard
""",
    "errors": """
def message(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except sd.PortAudioError as error:
        return error.args[1]
assert message(sd.InputStream, device=1, channels=3) == -9998
assert message(sd.InputStream, device=1, channels=1, samplerate=1234) == -9997
stream = sd.InputStream(device=1, channels=1)
stream.start()
assert stream.active and not stream.stopped
stream.close()
stream.close()
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_sounddevice(directory, name):
    program = "import numpy as np, sounddevice as sd\n" + PROGRAMS[name]
    done = run(directory, "-c", program, clock="manual" if name == "blocking streams" else "20x")
    assert (done.returncode, done.stderr) == (0, "")


def test_sounddevice_lists_the_devices(directory):
    done = run(directory, "-m", "sounddevice")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "* 0 Virtual loopback, Virtual (8 in, 8 out)",
        "  1 Virtual microphone, Virtual (2 in, 0 out)",
        "  2 Virtual speaker, Virtual (0 in, 2 out)",
    ]


def test_sounddevice_in_real_time(directory):
    program = """
import time, sounddevice as sd
begun = time.monotonic()
take = sd.rec(14400, 48000, channels=1, device=1, blocking=True)
assert time.monotonic() - begun >= 0.3
assert take.shape == (14400, 1) and take[:, 0].tolist() == sorted(take[:, 0])
"""
    done = run(directory, "-c", program)
    assert (done.returncode, done.stderr) == (0, "")
