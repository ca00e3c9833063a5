from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading

import pytest

from aiosounddevice.core import chatter

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing to capture")

ALSA = b"ALSA lib confmisc.c:855:(parse_card) cannot find card '0'\n"
THEIRS = [
    ALSA,
    b"Expression 'ret' failed in 'src/hostapi/alsa/pa_linux_alsa.c', line: 1736\n",
    b"Cannot connect to server socket err = No such file or directory\n",
    b"Cannot connect to server request channel\n",
    b"jack server is not running or cannot be started\n",
    b"JackShmReadWritePtr::~JackShmReadWritePtr - Init not done for -1, skipping unlock\n",
    b"||PaMacCore (AUHAL)|| Error on line 2523: err='-50', msg=Unknown Error\n",
]
OTHERS = [
    b"Traceback (most recent call last):\n",
    b"INFO:server:Cannot find user\n",
    b"Expression is not constant\n",
    b"jitter: 3 ms\n",
]


@pytest.mark.parametrize("line", THEIRS)
def test_theirs(line):
    assert chatter.sort(line) == ([line.decode().rstrip()], b"")


@pytest.mark.parametrize("line", OTHERS)
def test_others(line):
    assert chatter.sort(line) == ([], line)


def test_a_mixture_is_taken_apart_and_empty_lines_follow_their_owner():
    text = b"one\n\n" + ALSA + b"\n" + b"two\n" + ALSA + b"no end"
    lines, rest = chatter.sort(text)
    assert lines == [ALSA.decode().rstrip()] * 2
    assert rest == b"one\n\ntwo\nno end"


def test_lines_are_logged_and_the_rest_is_given_back(capfd, caplog):
    caplog.set_level(logging.DEBUG, "aiosounddevice.portaudio")
    with chatter.capture() as lines:
        os.write(2, ALSA)
        os.write(2, b"somebody else\n")
        assert lines == []
    os.write(2, b"afterwards\n")
    assert lines == [ALSA.decode().rstrip()]
    assert caplog.messages == lines
    assert capfd.readouterr().err == "somebody else\nafterwards\n"


def test_the_descriptor_is_restored_after_an_exception(capfd):
    def fail():
        with chatter.capture():
            os.write(2, ALSA)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_nothing_leaks():
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        with chatter.capture():
            os.write(2, ALSA)
    assert len(os.listdir("/dev/fd")) == before


def test_without_memfd(monkeypatch, capfd):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    with chatter.capture() as lines:
        os.write(2, ALSA + b"x\n")
    assert len(lines) == 1
    assert capfd.readouterr().err == "x\n"


def test_switched_off(monkeypatch, capfd):
    monkeypatch.setattr(chatter, "enabled", False)
    with chatter.capture() as lines:
        os.write(2, ALSA)
    assert lines == []
    assert capfd.readouterr().err.encode() == ALSA


def test_with_stderr_closed_nothing_takes_its_place():
    code = (
        "import os\n"
        "os.close(2)\n"
        "from aiosounddevice.core import chatter\n"
        "with chatter.capture() as lines:\n"
        "    try:\n"
        "        os.fstat(2)\n"
        "    except OSError:\n"
        "        pass\n"
        "    else:\n"
        "        raise SystemExit('descriptor 2 was taken')\n"
        "assert lines == []\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_capture_that_is_given_up_ends_at_once_and_not_twice(capfd, caplog):
    """Its thread is lost in a call; another one captures meanwhile, and then it comes back."""
    caplog.set_level(logging.DEBUG, "aiosounddevice.portaudio")
    inside, go_on = threading.Event(), threading.Event()

    def hang():
        with chatter.capture() as lines:
            os.write(2, ALSA + b"somebody else\n")
            inside.set()
            assert go_on.wait(30)
        assert lines == []

    thread = threading.Thread(target=hang)
    thread.start()
    assert inside.wait(30)
    chatter.give_up(thread.ident)
    os.write(2, b"mine\n")
    assert capfd.readouterr().err == "somebody else\nmine\n"
    assert caplog.messages == [ALSA.decode().rstrip()]
    with chatter.capture() as lines:
        go_on.set()
        thread.join(30)
        os.write(2, ALSA)
    assert lines == [ALSA.decode().rstrip()], "still captured when the other one came back"
    chatter.give_up(thread.ident)
    chatter.give_up(None)
    os.write(2, b"again\n")
    assert capfd.readouterr().err == "again\n"
