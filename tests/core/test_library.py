"""Tests of the library's life, each in an interpreter of its own: a library is process-wide."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import aiosounddevice
from aiosounddevice.core import library, search
from aiosounddevice.core.errors import AudioError, LibraryNotFound

CARD = Path(aiosounddevice.__path__[0], "virtual", "libportaudio.so.2")


def real() -> str | None:
    """Return the system's PortAudio; the virtual card in a search path does not count."""
    for path in search.system():
        if os.path.isfile(path) and os.path.realpath(path) != os.path.realpath(CARD):
            return path
    return None


needs_real = pytest.mark.skipif(real() is None, reason="no PortAudio installed")
needs_card = pytest.mark.skipif(not CARD.exists(), reason="virtual card not built")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")

PRELUDE = """
import logging, os, sys
from aiosounddevice.core import control, devices, library
from aiosounddevice.core.errors import *
"""


@pytest.fixture
def run(tmp_path):
    """Run code in a new interpreter with a home of its own and ALSA's `null` as default."""

    def run(code, *, asoundrc="pcm.!default { type null }\n", **environment):
        (tmp_path / ".asoundrc").write_text(asoundrc)
        plain = {name: os.environ[name] for name in os.environ if name != library.VARIABLE}
        env = {**plain, "HOME": str(tmp_path), **environment}
        done = subprocess.run(
            [sys.executable, "-c", PRELUDE + textwrap.dedent(code)],
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    return run


@needs_real
def test_loads_at_first_use_and_keeps_stderr_clean(run):
    done = run(
        """
        assert library.current() is None
        pa = control.call(library.get)
        assert control.call(library.get) is pa is library.current()
        assert pa.initialized and not pa.virtual and not pa.abandoned
        assert os.path.isfile(pa.path)
        names = [device["name"] for device in control.call(devices.query_devices)]
        if "ALSA" in str(control.call(devices.query_hostapis)):
            assert "default" in names
        """
    )
    assert done.stderr == ""


@needs_real
def test_chatter_is_logged(run):
    done = run(
        """
        logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
        pa = control.call(library.get)
        has_alsa = pa.lib.Pa_HostApiTypeIdToHostApiIndex(8) >= 0
        print("alsa" if has_alsa else "other")
        """
    )
    assert done.stderr == ""
    assert "aiosounddevice.library" in done.stdout


@needs_real
def test_broken_asoundrc(run):
    done = run(
        """
        try:
            control.call(library.get)
        except PortAudioError as error:
            assert error.args[:2] == (
                "Error initializing PortAudio: Unanticipated host error", -9999), error.args
            assert error.host_api is None
            notes = "\\n".join(error.__notes__)
            print(notes)
        else:
            # Built without ALSA: nothing to see.
            assert control.call(library.get).lib.Pa_HostApiTypeIdToHostApiIndex(8) < 0
            print(".asoundrc")
        """,
        asoundrc="pcm.!default { type",
    )
    assert ".asoundrc" in done.stdout
    assert done.stderr == ""


@needs_real
def test_a_repaired_asoundrc_is_read_at_the_next_use(run):
    run(
        """
        home = os.environ["HOME"]
        try:
            control.call(library.get)
        except PortAudioError:
            assert not library.current().initialized
        open(home + "/.asoundrc", "w").write("pcm.!default { type null }")
        assert control.call(library.get).initialized
        """,
        asoundrc="pcm.!default { type",
    )


@pytest.mark.parametrize("way", ["environment", "use"])
def test_a_path_that_is_no_library(run, tmp_path, way):
    file = tmp_path / "libportaudio.so.2"
    file.write_text("not a library")
    run(
        f"""
        if {way!r} == "use":
            library.use({str(file)!r})
        try:
            control.call(library.get)
        except LibraryNotFound as error:
            assert isinstance(error, OSError)
            assert error.args == ("PortAudio library not found",)
            assert {str(file)!r} in str(error), error
            assert "nstall" in str(error) or "Set" in str(error)
        else:
            raise SystemExit("no error")
        """,
        **({"AIOSOUNDDEVICE_PORTAUDIO": str(file)} if way == "environment" else {}),
    )


def test_a_library_that_is_not_portaudio(run):
    other = sys.modules["_cffi_backend"].__file__
    run(
        """
        try:
            control.call(library.get)
        except LibraryNotFound as error:
            assert "not PortAudio" in str(error)
        else:
            raise SystemExit("no error")
        """,
        AIOSOUNDDEVICE_PORTAUDIO=other,
    )


def test_no_such_file_is_noticed_at_once():
    with pytest.raises(LibraryNotFound, match="no such file"):
        library.use(os.path.join(os.sep, "no", "where", "libportaudio.so.2"))


@needs_card
def test_the_card_is_used_only_if_asked_for(run, tmp_path):
    (tmp_path / "libportaudio.so.2").symlink_to(CARD)
    run(
        """
        try:
            assert not control.call(library.get).virtual
        except LibraryNotFound as error:
            assert "must be asked for" in str(error)
        """,
        LD_LIBRARY_PATH=str(tmp_path),
        AIOSOUNDDEVICE_PORTAUDIO="",
    )
    for name in ("virtual", str(CARD)):
        run("assert control.call(library.get).virtual", AIOSOUNDDEVICE_PORTAUDIO=name)


@needs_card
@needs_real
def test_from_the_card_to_the_real_one_and_back(run):
    """The card has PortAudio's SONAME: once it is loaded the linker gives it for that name."""
    run(
        """
        for _ in range(2):
            library.use("virtual")
            card = control.call(library.get)
            assert card.virtual
            library.use(None)
            assert library.current() is None and not card.initialized
            assert not control.call(library.get).virtual
        """
    )


@needs_card
def test_use_refuses_while_a_stream_is_open(run):
    run(
        """
        library.use("virtual")
        pa = control.call(library.get)
        pa.streams.add(1)
        try:
            library.use(None)
        except AudioError as error:
            assert "close them first" in str(error)
        else:
            raise SystemExit("no error")
        assert library.current() is pa and pa.initialized
        """
    )


@needs_real
def test_an_abandoned_library_gives_way_to_a_private_copy(run):
    run(
        """
        first = control.call(library.get)
        first.abandoned = True
        for forbidden in (first.terminate, first.initialize):
            try:
                control.call(forbidden)
            except AudioError as error:
                assert "never returned" in str(error)
            else:
                raise SystemExit("no error")
        second = control.call(library.get)
        assert second is not first and second.path == first.path
        assert second.initialized and first.initialized
        # State of its own: the first stays initialised whatever happens to the second.
        control.call(second.terminate)
        assert control.call(second.lib.Pa_GetDeviceCount) == -10000
        assert control.call(first.lib.Pa_GetDeviceCount) >= 0
        if os.path.exists("/proc/self/maps"):
            maps = open("/proc/self/maps").read()
            copies = {line.split()[5] for line in maps.splitlines() if "portaudio-" in line}
            assert copies and not any(os.path.exists(path) for path in copies)
        library.use(None)
        assert control.call(library.get) not in (first, second)
        """
    )


@needs_real
@needs_fork
def test_a_forked_child_loads_a_private_copy(run):
    run(
        """
        parent = control.call(library.get)
        child = os.fork()
        if not child:
            status = 1
            try:
                assert library.current() is None and parent.abandoned
                mine = control.call(library.get)
                assert mine is not parent and mine.lib is not parent.lib
                assert control.call(mine.lib.Pa_GetDeviceCount) >= 0
                status = 0
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not parent.abandoned
        assert control.call(library.get) is parent
        """
    )


@needs_card
def test_an_abandoned_card_stays_itself(run):
    """A test that lets a call hang goes on with the card whose controls it holds."""
    run(
        """
        library.use("virtual")
        first = control.call(library.get)
        first.abandon()
        second = control.call(library.get)
        assert second is not first and second.initialized and not second.abandoned
        assert second.lib.Pa_GetVersionText() == first.lib.Pa_GetVersionText()
        """
    )


@needs_card
@needs_fork
def test_a_forked_child_has_a_card_of_its_own(run):
    run(
        """
        library.use("virtual")
        parent = control.call(library.get)
        child = os.fork()
        if not child:
            status = 1
            try:
                mine = control.call(library.get)
                assert mine.virtual
                assert mine.lib.Pa_GetVersionText() != parent.lib.Pa_GetVersionText()
                status = 0
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        """
    )


@needs_card
def test_exit_calls_back_and_terminates(run):
    """In this order, and without a word on stderr."""
    done = run(
        """
        library.use("virtual")
        pa = control.call(library.get)
        real = pa.terminate
        pa.terminate = lambda: (print("terminate", flush=True), real())
        library.at_exit(lambda: print("second", flush=True))
        library.at_exit(lambda: print("first", control.call(int), flush=True))
        """
    )
    assert done.stdout.split() == ["first", "0", "second", "terminate"]
    assert done.stderr == ""


@needs_card
@pytest.mark.parametrize("why", ["pa.abandon()", "pa.has_jack = True"])
def test_exit_does_not_terminate_what_would_abort(run, why):
    done = run(
        f"""
        library.use("virtual")
        pa = control.call(library.get)
        pa.terminate = lambda: print("terminate", flush=True)
        {why}
        """
    )
    assert done.stdout == ""


@needs_card
def test_exit_does_not_wait_for_a_stuck_driver(run):
    run(
        """
        import threading
        from aiosounddevice.core import library as module
        module._EXIT_LIMIT = 0.01
        library.use("virtual")
        pa = control.call(library.get)
        pa.terminate = lambda: threading.Event().wait()
        """
    )


def test_off_the_control_thread_nothing_goes():
    with pytest.raises(AudioError, match="control thread only"):
        library.get()


def test_importing_core_pulls_in_nothing():
    code = """
    import sys, threading
    from aiosounddevice.core import (chatter, control, defaults, devices, diagnosis, errors,
        flags, formats, instance, library, lookup, parameters, request, search, settings)
    from aiosounddevice.core.parameters import request as ask
    ask("duplex", channels=(1, 2), dtype="int16")
    loaded = {"asyncio", "anyio", "numpy", "trio"} & set(sys.modules)
    assert not loaded, loaded
    assert library.current() is None and threading.active_count() == 1
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=60)
