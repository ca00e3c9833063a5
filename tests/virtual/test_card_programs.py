"""Programs that know nothing of the card run on it: genuine python-sounddevice."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("sounddevice", exc_type=Exception)


def run(library, program, clock="20x"):
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(library.parent),
        "AIOSOUNDDEVICE_VIRTUAL_CLOCK": clock,
    }
    return subprocess.run(
        [sys.executable, "-c", "import numpy as np, sounddevice as sd\n" + program],
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
take = sd.rec(48000, 48000, channels=2, device=1, blocking=True)
np.testing.assert_array_equal(take, np.repeat(np.arange(48000), 2).reshape(-1, 2) / 2**23)
take = sd.rec(4800, 44100, channels=1, device=1, blocking=True, dtype="int32")
np.testing.assert_array_equal(take[:, 0], np.arange(4800) * 256)
""",
    "playrec": """
signal = np.random.default_rng(1).uniform(-1, 1, (9600, 2)).astype("float32")
take = sd.playrec(signal, 48000, channels=2, blocking=True)
shift = next(n for n in range(len(take)) if (take[n] == signal[0]).all())
np.testing.assert_array_equal(take[shift:], signal[: len(take) - shift])
assert not take[:shift].any() and shift < 4800, shift
""",
    "blocking streams": """
with sd.Stream(48000, 256, device=0, channels=1, dtype="int16") as stream:
    heard = []
    for block in range(1, 9):
        data, overflowed = stream.read(256)
        assert not overflowed
        heard.append(data[0, 0])
        assert not stream.write(np.full((256, 1), block, "int16"))
assert heard == sorted(heard) and heard[-1] >= 5, heard
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
assert message(stream.start) is None
assert message(stream.start) == -9982
stream.close()
stream.close()
""",
}


@pytest.mark.skipif(sys.platform != "linux", reason="the library search path is Linux's")
@pytest.mark.parametrize("name", PROGRAMS)
def test_sounddevice(library, name):
    done = run(library, PROGRAMS[name], "realtime" if name == "blocking streams" else "20x")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="the library search path is Linux's")
def test_sounddevice_lists_the_devices(library):
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}
    done = subprocess.run(
        [sys.executable, "-m", "sounddevice"], env=environment, capture_output=True, text=True
    )
    assert "> 0 Virtual loopback" in done.stdout or "* 0 Virtual loopback" in done.stdout
    assert "Virtual (8 in, 8 out)" in done.stdout
