"""How a command ends, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import sys

import anyio
import anyio.lowlevel
import pytest

from aiosounddevice.cli.running import run


async def returns(value: int | None) -> int | None:
    await anyio.lowlevel.checkpoint()
    return value


@pytest.mark.parametrize(("value", "code"), [(None, 0), (0, 0), (1, 1), (2, 2)])
def test_what_it_returns_is_the_exit_code(value: int | None, code: int) -> None:
    assert run(returns, value) == code


@pytest.mark.parametrize(
    ("number", "endless", "code"),
    [
        (signal.SIGINT, False, 130),
        (signal.SIGINT, True, 0),
        (signal.SIGTERM, False, 143),
        (signal.SIGTERM, True, 143),
        (signal.SIGHUP, True, 129),
    ],
)
def test_a_signal_cancels_it(number: signal.Signals, endless: bool, code: int) -> None:
    cleaned = []
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    async def waits() -> None:
        try:
            os.kill(os.getpid(), number)
            await anyio.sleep(30)
        finally:
            cleaned.append(True)

    assert run(waits, endless=endless) == code
    assert cleaned == [True]
    after = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    assert after == before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:

        async def hangs_up() -> int:
            os.kill(os.getpid(), signal.SIGHUP)
            await anyio.lowlevel.checkpoint()
            return 7

        assert run(hangs_up) == 7
    finally:
        signal.signal(signal.SIGHUP, before)


def test_errors_come_out() -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(fails)


def test_what_c_libraries_print_stays_off_the_terminal(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def chatters() -> None:
        os.write(2, b"ALSA lib pcm.c: underrun occurred\n")
        print("ours", file=sys.stderr)

    with monkeypatch.context() as patched:
        patched.setattr(sys.stderr, "isatty", lambda: True)
        run(chatters)
        assert capfd.readouterr().err == "ours\n"
    run(chatters)  # into a file it may: somebody wants to read it
    os.write(2, b"after\n")
    assert "underrun occurred" in (err := capfd.readouterr().err)
    assert err.endswith("after\n")
