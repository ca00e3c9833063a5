from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import weakref

import pytest

from aiosounddevice.core import control
from aiosounddevice.core.errors import AudioError, CallTimeout

LONG = 30.0  # seconds; only a broken build waits that long


def boom():
    raise KeyError("boom")


@pytest.fixture
def stuck():
    """A call that returns when told to, and a look at the thread it runs on."""

    class Stuck:
        entered, release, left = threading.Event(), threading.Event(), threading.Event()
        thread: threading.Thread

        def __call__(self):
            self.thread = threading.current_thread()
            self.entered.set()
            assert self.release.wait(LONG)
            self.left.set()
            return "late"

    stuck = Stuck()
    yield stuck
    stuck.release.set()


def test_runs_on_one_daemon_thread():
    first, second = (control.call(threading.current_thread) for _ in range(2))
    assert first is second
    assert first is not threading.current_thread()
    assert first.daemon
    assert first.name == "aiosounddevice control"


def test_on_control_thread():
    assert control.call(control.on_control_thread)
    assert not control.on_control_thread()


def test_first_in_first_out(stuck):
    done = []
    control.post(stuck)
    futures = [control.post(done.append, number) for number in range(50)]
    assert stuck.entered.wait(LONG)
    assert done == []
    stuck.release.set()
    futures[-1].result(LONG)
    assert done == list(range(50))


def test_result_and_exception():
    assert control.post(divmod, 7, 2).result(LONG) == (3, 1)
    assert isinstance(control.post(boom).exception(LONG), KeyError)
    with pytest.raises(KeyError, match="boom"):
        control.call(boom)
    with pytest.raises(SystemExit):
        control.call(sys.exit, 3)
    assert control.call(int) == 0  # and the thread lives on


def test_a_call_within_a_call_is_direct():
    assert control.call(control.call, threading.get_ident) == control.call(threading.get_ident)


def test_a_posted_call_cannot_be_cancelled(stuck):
    control.post(stuck)
    future = control.post(divmod, 7, 2)
    assert not future.cancel()
    stuck.release.set()
    assert future.result(LONG) == (3, 1)


def test_cancelling_a_task_that_waits_does_not_cancel_the_call(stuck):
    done = []

    async def main():
        control.post(stuck)
        task = asyncio.ensure_future(asyncio.wrap_future(control.post(done.append, 1)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        stuck.release.set()

    asyncio.run(main())
    assert control.wait_idle(LONG)
    assert done == [1]


def test_a_stuck_call_is_given_up(stuck):
    order = []

    def successor():
        order.append("successor")
        return threading.current_thread()

    future = control.post(stuck, limit=0.01, on_abandon=lambda: order.append("abandoned"))
    following = control.post(successor)
    with pytest.raises(CallTimeout, match=r"did not return within 0\.01 s"):
        future.result(LONG)
    thread = following.result(LONG)
    assert thread is not stuck.thread
    assert order == ["abandoned", "successor"]

    stuck.release.set()
    stuck.thread.join(LONG)
    assert stuck.left.is_set()
    assert not stuck.thread.is_alive()  # the late thread ends,
    assert isinstance(future.exception(), CallTimeout)  # its reply changes nothing,
    assert control.call(threading.current_thread) is thread  # and the successor stays.


def test_a_late_thread_is_not_the_control_thread(stuck):
    seen = []

    def late():
        stuck()
        seen.append(control.on_control_thread())

    future = control.post(late, limit=0.01)
    assert isinstance(future.exception(LONG), CallTimeout)
    stuck.release.set()
    stuck.thread.join(LONG)
    assert seen == [False]


def test_a_broken_on_abandon_does_not_stop_the_successor(stuck, caplog):
    future = control.post(stuck, limit=0.01, on_abandon=boom)
    assert isinstance(future.exception(LONG), CallTimeout)
    assert control.call(int) == 0
    assert "on_abandon failed" in caplog.text


def test_limits_are_those_of_the_call_that_runs(stuck):
    """A short limit behind a long one is seen in time: the monitor waits for the nearest."""
    control.call(int, limit=LONG * 100)
    future = control.post(stuck, limit=0.01)
    assert isinstance(future.exception(LONG), CallTimeout)


def test_time_in_the_queue_does_not_count(stuck):
    control.post(stuck, limit=None)
    future = control.post(int, limit=0.5)
    assert stuck.entered.wait(LONG)
    stuck.release.set()
    assert future.result(LONG) == 0


def test_finished_calls_keep_nothing_alive():
    class Thing:
        pass

    def fail(thing):
        raise KeyError

    thing, failing = Thing(), Thing()
    gone = weakref.ref(thing)
    failed = weakref.ref(failing)
    gc.disable()
    try:
        control.call(id, thing)
        control.post(fail, failing).exception(LONG)
        del thing, failing
        control.call(int)  # the loop has moved on
        assert gone() is None
        assert failed() is None
    finally:
        gc.enable()


def test_finalisers_may_post():
    done = threading.Event()

    class Closes:
        def __del__(self):
            control.post(done.set)

    thing = Closes()
    thing.me = thing
    del thing
    control.call(gc.collect)
    assert done.wait(LONG)


def test_wait_idle(stuck):
    control.post(stuck)
    assert not control.wait_idle(0.01)
    stuck.release.set()
    assert control.wait_idle(LONG)
    assert control.call(control.wait_idle, 0.0)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_signals_are_blocked_except_crashes():
    blocked = control.call(signal.pthread_sigmask, signal.SIG_BLOCK, [])
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGALRM} <= blocked
    assert not {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS} & blocked


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_interrupts_the_waiting_and_not_the_call(stuck):
    def interrupt():
        assert stuck.entered.wait(LONG)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        control.call(stuck)
    thread.join()
    assert not stuck.left.is_set()
    stuck.release.set()
    assert stuck.left.wait(LONG)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
def test_a_forked_child_starts_afresh():
    code = """
import os, threading
from aiosounddevice.core import control
release, entered = threading.Event(), threading.Event()
control.post(lambda: (entered.set(), release.wait()))
control.post(os.write, 1, b"once\\n")
entered.wait()
child = os.fork()
if not child:
    assert control.call(os.getpid) == os.getpid()
    assert control.wait_idle(30)
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
release.set()
assert control.wait_idle(30)
"""
    run = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code]
    assert subprocess.run(run, check=True, stdout=subprocess.PIPE, timeout=60).stdout == b"once\n"


def test_exit_does_not_wait_for_a_stuck_call():
    code = (
        "import threading\n"
        "from aiosounddevice.core import control\n"
        "entered = threading.Event()\n"
        "control.post(lambda: (entered.set(), threading.Event().wait()))\n"
        "entered.wait()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_no_thread_before_the_first_call():
    code = (
        "import threading\n"
        "from aiosounddevice.core import control\n"
        "assert threading.active_count() == 1\n"
        "assert control.wait_idle(0) and threading.active_count() == 1\n"
        "control.call(int, limit=None)\n"
        "assert threading.active_count() == 2, 'no limit, no monitor'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_without_threads_a_post_fails_and_says_so(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(control, "_control", control._Control())
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(AudioError, match="interpreter shutdown"):
        control.call(int)
