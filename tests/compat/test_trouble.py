"""What would crash or hang the interpreter must not: each in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from .programs import environment, run

START = "import os, sys, threading, time\nimport aiosounddevice.compat as sd\n"


def check(code: str, **options: object) -> subprocess.CompletedProcess[str]:
    done = run("-X", "faulthandler", "-c", START + code, **options)  # type: ignore[arg-type]
    assert "Fatal" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize(
    "body", ["1 / 0", "raise SystemExit(4)", "time.sleep(0.002)", "import decimal; raise KeyError"]
)
def test_a_callback_that_runs_while_the_interpreter_goes(body: str) -> None:
    done = check(
        f"""
def callback(indata, frames, time_, status):
    seen.set()
    {body}
seen = threading.Event()
streams = [sd.InputStream(device=1, channels=1, blocksize=64, callback=callback) for _ in "123"]
for stream in streams:
    stream.start()
assert seen.wait(20)
"""
    )
    assert done.returncode == 0, done.stderr


def test_a_callback_that_never_returns_does_not_keep_the_process() -> None:
    done = check(
        """
inside = threading.Event()
def callback(indata, frames, time_, status):
    inside.set()
    threading.Event().wait()
stream = sd.InputStream(device=1, callback=callback)
stream.start()
assert inside.wait(20)
"""
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("method", ["stop", "abort", "close"])
def test_ending_a_stream_inside_its_callback(method: str) -> None:
    done = check(
        f"""
ended = threading.Event()
def callback(outdata, frames, time_, status):
    outdata[:] = 0
    stream.{method}()
stream = sd.OutputStream(device=2, blocksize=64, callback=callback, finished_callback=ended.set)
stream.start()
assert ended.wait(20) or {method == "close"}
stream.stop()
stream.close()
print(stream.active, stream.closed)
"""
    )
    assert (done.returncode, done.stdout.split()) == (0, ["False", "True"]), done.stderr


def test_a_running_stream_that_nobody_holds() -> None:
    """Its callback's code goes only when the stream has been closed."""
    done = check(
        """
import gc
def begin():
    calls = []
    sd.InputStream(device=1, blocksize=64, callback=lambda *args: calls.append(1)).start()
for _ in range(20):
    begin()
    gc.collect()
    time.sleep(0.002)
"""
    )
    assert done.returncode == 0, done.stderr


def test_fork_with_an_open_stream() -> None:
    done = check(
        """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
stream = sd.InputStream(48000, device=1, channels=1)
stream.start()
stream.read(100)
sd.play([0.0] * 480000, 48000, device=2)
child = os.fork()
if child == 0:
    try:
        stream.stop()
        stream.close()
        assert not stream.active
        sd.stop()
        other = sd.InputStream(48000, device=1, channels=1)
        try:
            stream.start()
        except sd.PortAudioError as error:
            assert "Invalid stream pointer" in str(error), error
        else:
            raise AssertionError("started a stream of the parent's")
        with other:
            assert other.read(100)[0].shape == (100, 1)
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert stream.read(100)[0].shape == (100, 1)
assert sd.get_stream().active
stream.close()
sd.stop()
"""
    )
    assert done.returncode == 0, done.stderr


def test_a_child_that_inherited_a_stream_ends_normally() -> None:
    done = check(
        """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
stream = sd.InputStream(device=1, callback=lambda *args: None)
stream.start()
child = os.fork()
if child:
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    )
    assert done.returncode == 0, done.stderr


def test_threads_that_start_stop_and_close_at_random() -> None:
    done = check(
        """
import random
def use(stream, seed):
    choice = random.Random(seed)
    for _ in range(60):
        try:
            getattr(stream, choice.choice(("start", "stop", "abort", "read_available", "time")))
            choice.choice((stream.start, stream.stop, stream.abort, lambda: stream.active))()
        except sd.PortAudioError:
            pass
    stream.close()
for callback in (None, lambda *args: None):
    stream = sd.InputStream(device=1, blocksize=64, callback=callback)
    threads = [threading.Thread(target=use, args=(stream, seed)) for seed in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert stream.closed
"""
    )
    assert done.returncode == 0, done.stderr


def test_takes_from_several_threads() -> None:
    done = check(
        """
def use():
    for _ in range(15):
        sd.play([0.0] * 480, 48000, device=2)
        sd.wait()
threads = [threading.Thread(target=use) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
sd.stop()
""",
        clock="20x",
    )
    assert done.returncode == 0, done.stderr


WAITING = {
    "wait": "sd.play([0.0] * 480, 48000, device=2, loop=True); print(flush=True); sd.wait()",
    "blocking": "print(flush=True); sd.play([0.0] * 48000 * 60, 48000, device=2, blocking=True)",
    "sleep": "print(flush=True); sd.sleep(60_000)",
    "stream": (
        "stream = sd.InputStream(device=1, callback=lambda *args: None)\n"
        "with stream: print(flush=True); threading.Event().wait()"
    ),
}


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("name", WAITING)
def test_ctrl_c(name: str) -> None:
    code = START + f"{WAITING[name]}\n"
    program = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    program.stdout.readline()
    program.send_signal(signal.SIGINT)
    _, error = program.communicate(timeout=30)
    assert "KeyboardInterrupt" in error
    assert program.returncode == -signal.SIGINT


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_while_a_device_opens() -> None:
    """The waiting ends at once, and the stream is closed once it is open."""
    done = check(
        """
import signal
from aiosounddevice.core import control
from aiosounddevice.virtual import Card
card = Card()
sd.query_devices()
card.slow("Pa_OpenStream", 1)
def interrupt():
    while not any(call.name == "Pa_OpenStream" for call in card.calls):
        pass
    signal.raise_signal(signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    sd.InputStream(device=1)
except KeyboardInterrupt:
    assert control.wait_idle(20)
    print(card.open_streams, [call.name for call in card.calls].count("Pa_CloseStream"))
"""
    )
    assert done.stdout.split() == ["0", "1"], done


def test_wait_inside_a_callback_of_another_stream() -> None:
    done = check(
        """
ended = threading.Event()
def callback(indata, frames, time_, status):
    sd.stop()
    sd.query_devices("speaker")
    raise sd.CallbackStop
sd.play([0.0] * 480000, 48000, device=2)
with sd.InputStream(device=1, callback=callback, finished_callback=ended.set):
    assert ended.wait(20)
sd.wait()
"""
    )
    assert done.returncode == 0, done.stderr


def test_a_call_that_hangs_is_given_up() -> None:
    """The process ends, and does not ask that library to terminate."""
    done = check(
        """
from aiosounddevice.core import control
from aiosounddevice.virtual import Card
real = control.call
control.call = lambda function, *args, **options: real(
    function, *args, **(options | {"limit": 0.5}))
stream = sd.OutputStream(device=2)
stream.start()
card = Card()
card.slow("Pa_StopStream", 30)
try:
    stream.stop(ignore_errors=False)
except TimeoutError as error:
    print("given up")
print(stream.active)
with sd.OutputStream(device=2) as other:
    print(other.active)
    card.slow("Pa_StopStream", 0)
"""
    )
    assert done.stdout.split("\n")[:3] == ["given up", "False", "True"], done
    assert done.returncode == 0, done.stderr
