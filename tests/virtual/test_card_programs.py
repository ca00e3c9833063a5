"""Programs that know nothing of the card run on it: genuine sounddevice, PyAudio and rtmixer.

Only the library search path is set for them, and the clock.
"""

import importlib.util
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the library search path is Linux's"
)


def needs(package):
    """Skip where a package is not installed; PyAudio has to be built, with portaudio19-dev."""
    missing = not importlib.util.find_spec(package)
    return pytest.mark.skipif(missing, reason=f"needs {package} from PyPI")


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


@needs("sounddevice")
@pytest.mark.parametrize("name", PROGRAMS)
def test_sounddevice(directory, name):
    program = "import numpy as np, sounddevice as sd\n" + PROGRAMS[name]
    done = run(directory, "-c", program, clock="manual" if name == "blocking streams" else "20x")
    assert (done.returncode, done.stderr) == (0, "")


@needs("sounddevice")
def test_sounddevice_lists_the_devices(directory):
    done = run(directory, "-m", "sounddevice")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "* 0 Virtual loopback, Virtual (8 in, 8 out)",
        "  1 Virtual microphone, Virtual (2 in, 0 out)",
        "  2 Virtual speaker, Virtual (0 in, 2 out)",
    ]


@needs("sounddevice")
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


PYAUDIO = {
    "devices": """
names = [pa.get_device_info_by_index(n)["name"] for n in range(pa.get_device_count())]
assert names == ["Virtual loopback", "Virtual microphone", "Virtual speaker"], names
assert pa.get_default_host_api_info()["name"] == "Virtual"
assert pa.get_default_input_device_info()["index"] == 0
assert pa.is_format_supported(48000, input_device=1, input_channels=2,
                              input_format=pyaudio.paInt16)
try:
    pa.is_format_supported(1234, input_device=1, input_channels=2, input_format=pyaudio.paInt16)
except ValueError as error:
    assert error.args == ("Invalid sample rate", -9997), error.args
else:
    raise AssertionError("1234 Hz is no rate of the card")
""",
    "blocking reads": """
stream = pa.open(48000, 1, pyaudio.paInt32, input=True, input_device_index=1,
                 frames_per_buffer=256)
heard = np.frombuffer(b"".join(stream.read(1000) for _ in range(9)), "int32")
np.testing.assert_array_equal(heard, np.arange(9000) * 256)
stream.close()
""",
    "blocking writes": """
stream = pa.open(48000, 1, pyaudio.paFloat32, output=True, output_device_index=2,
                 frames_per_buffer=256)
signal = np.linspace(-1, 1, 20000, dtype="float32")
for chunk in np.array_split(signal, 13):
    stream.write(chunk.tobytes())
stream.stop_stream()
kept = speaker()
np.testing.assert_array_equal(kept[np.flatnonzero(kept)[0]:][:20000], signal)
""",
    "callbacks": """
heard, position = [], 0
signal = np.random.default_rng(1).uniform(-1, 1, 9600).astype("float32")
done = threading.Event()
def callback(indata, frames, times, status):
    global position
    assert times["current_time"] >= 0
    heard.append(np.frombuffer(indata, "float32"))
    part = np.zeros(frames, "float32")
    rest = signal[position:position + frames]
    part[:len(rest)] = rest
    position += frames
    return part.tobytes(), pyaudio.paContinue if position < 12800 else pyaudio.paComplete
stream = pa.open(48000, 1, pyaudio.paFloat32, input=True, output=True, frames_per_buffer=256,
                 stream_callback=callback)
while stream.is_active():
    time.sleep(0.001)
stream.close()
take = np.concatenate(heard)
np.testing.assert_array_equal(take[256:256 + 9600], signal)
""",
}
PYAUDIO_PRELUDE = """
import ctypes, threading, time
import numpy as np, pyaudio
pa = pyaudio.PyAudio()
def speaker():
    card = ctypes.CDLL("libportaudio.so.2")  # the one that is loaded already
    frames = ctypes.c_int64(10**6)
    kept = np.zeros((10**6, 2))
    count = card.virtualcard_recorded(2, kept.ctypes.data_as(ctypes.c_void_p), frames)
    return kept[:count, 0]
"""


@needs("pyaudio")
@pytest.mark.parametrize("name", PYAUDIO)
def test_pyaudio(directory, name):
    program = PYAUDIO_PRELUDE + PYAUDIO[name] + "\npa.terminate()\n"
    clock = "manual" if name.startswith("blocking") else "2x"
    done = run(directory, "-c", program, clock=clock)
    assert (done.returncode, done.stderr) == (0, "")


RTMIXER = {
    "playing at times": """
signal = np.linspace(0.1, 1, 4800, dtype="float32")
with rtmixer.Mixer(device=2, channels=1, blocksize=256, latency=0.5) as mixer:
    start = mixer.time + 1.5
    first = mixer.play_buffer(signal, 1, start=start)
    second = mixer.play_buffer(signal, 1, start=start + 0.2)
    mixer.wait(second)
assert first.stats.output_underflows == second.stats.output_underflows == 0
kept = speaker()
begins = np.flatnonzero((kept[1:] != 0) & (kept[:-1] == 0)) + 1
assert len(begins) == 2 and abs(begins[1] - begins[0] - 9600) <= 1, begins
for begin in begins:
    np.testing.assert_array_equal(kept[begin:begin + 4800], signal)
""",
    "recording": """
buffer = np.zeros(9600, "float32")
with rtmixer.Recorder(device=1, channels=1, blocksize=256, latency=5) as recorder:
    recorder.wait(recorder.record_buffer(buffer, 1))
first = round(buffer[0] * 2**23)
np.testing.assert_array_equal(buffer, np.arange(first, first + 9600) / 2**23)
""",
    "playing and recording": """
signal = np.random.default_rng(1).uniform(-1, 1, 4800).astype("float32")
take = np.zeros(9600, "float32")
with rtmixer.MixerAndRecorder(channels=1, blocksize=256, latency=0.5) as both:
    start = both.time + 1.5
    recording = both.record_buffer(take, 1, start=start)
    playing = both.play_buffer(signal, 1, start=start + 0.55)  # 0.5 s are on the way
    both.wait(recording)
begin = np.flatnonzero(take)[0]
np.testing.assert_array_equal(take[begin:begin + 4800], signal)
assert not take[begin + 4800:].any()
""",
}
RTMIXER_PRELUDE = (
    PYAUDIO_PRELUDE.replace("pyaudio\npa = pyaudio.PyAudio()", "rtmixer")
    + """
import sounddevice as sd
sd.default.samplerate = 48000
"""
)


@needs("rtmixer")
@pytest.mark.parametrize("name", RTMIXER)
def test_rtmixer(directory, name):
    done = run(directory, "-c", RTMIXER_PRELUDE + RTMIXER[name], clock="2x")
    assert (done.returncode, done.stderr) == (0, "")
