"""A device that dies without a word, as the sync layer sees it."""

from __future__ import annotations

from .programs import run

START = """
import os, threading, time
import numpy as np
import aiosounddevice.compat as sd
import aiosounddevice as asd
from aiosounddevice.core import control, library, watchdog
watchdog.LEAST, watchdog.CONFIRM = 0.2, 0.05
card = asd.virtual.use("realtime", [
    asd.virtual.Loopback("system", hostapi="JACK Audio Connection Kit"),
    asd.virtual.Speaker("other", hostapi="ALSA"),
])
server = card.devices[0]
def dies():
    card.die(server, finished=False)
    card.clear_calls()
def called():
    return {call.name for call in card.calls} & {
        "Pa_StopStream", "Pa_AbortStream", "Pa_CloseStream", "Pa_Terminate"}
"""


def check(code: str) -> None:
    done = run("-X", "faulthandler", "-c", START + code)
    assert (done.returncode, done.stdout.split()) == (0, ["done"]), done.stdout + done.stderr


def test_wait_ends_and_nothing_hangs() -> None:
    """Nor at the interpreter's end."""
    check(
        """
alsa = sd.OutputStream(device="other", channels=1)
alsa.start()
sd.play(np.zeros((480000, 1), "float32"), 48000, device="system")
while not sd.get_stream().time or not sd._last_callback.take.pulse().callbacks:
    time.sleep(0.01)
dies()
try:
    sd.wait()
except sd.PortAudioError as error:
    assert "nothing has come" in str(error), error
else:
    raise AssertionError("no error")
assert sd.get_stream().closed and not sd.get_stream().active
assert not called(), card.calls
assert alsa.active
alsa.close()
assert called() == {"Pa_CloseStream"}, called()
card.plug(server)
assert sd.rec(480, 48000, channels=1, device="system", blocking=True).shape == (480, 1)
print("done")
"""
    )


def test_streams_with_a_python_callback_are_left_alone() -> None:
    check(
        """
stream = sd.InputStream(device="system", channels=1, callback=lambda *args: seen.set())
seen = threading.Event()
stream.start()
assert seen.wait(20)
sd.rec(480000, 48000, channels=1, device="system")
while not sd._last_callback.take.pulse().callbacks:
    time.sleep(0.01)
dies()
try:
    sd.wait()
except sd.PortAudioError:
    pass
assert not stream.active
stream.stop()
stream.close()
try:
    stream.close(ignore_errors=False)
except sd.PortAudioError as error:
    assert "Invalid stream pointer" in str(error), error
assert not called(), card.calls
print("done")
"""
    )
