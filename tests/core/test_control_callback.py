"""Inside a callback nothing is posted and waited for."""

from __future__ import annotations

import threading

from aiosounddevice.core import control


def test_calls_are_made_here() -> None:
    here = threading.get_ident()
    assert control.call(threading.get_ident) != here
    with control.InCallback():
        assert control.in_callback()
        assert control.on_control_thread()
        with control.InCallback():
            assert control.call(threading.get_ident) == here
        assert control.call(threading.get_ident) == here
    assert not control.in_callback()
    assert control.call(threading.get_ident) != here


def test_only_the_thread_that_is_inside() -> None:
    others: list[bool] = []
    with control.InCallback():
        thread = threading.Thread(target=lambda: others.append(control.in_callback()))
        thread.start()
        thread.join()
    assert others == [False]


def test_the_control_thread_may_run_the_callback() -> None:
    """A card on the manual clock runs callbacks in the thread that stops a stream."""

    def stop() -> tuple[bool, bool]:
        with control.InCallback():
            inside = control.in_callback()
        return inside, control.in_callback()

    assert control.call(stop) == (True, False)
