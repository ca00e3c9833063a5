"""The live commands in a terminal: what is shown, keys, Ctrl+C, signals."""

from __future__ import annotations

import signal
from contextlib import ExitStack

from .terminal import CTRL_C, Terminal

SHOWN = {
    "meter": r"^ 1 █+",
    "spectrogram": r"-2 s +-1 s +now",
    "wire": r"xruns +\d+ frames lost",
    "devices": r"^\* 0 Virtual loopback",
}
ENDS = {
    "meter": r"s, highest peak .* \d+ frames lost",
    "spectrogram": r"s, strongest .* \d+ frames lost",
    "wire": r"^\d+ frames lost, \d+ too late",
    "devices": r"Virtual speaker",
}
WATCH = {"devices": ["--watch"]}


def started(command: str, *arguments: str) -> Terminal:
    return Terminal(command, "--virtual", *WATCH.get(command, []), *arguments)


def test_ctrl_c_ends_them_cleanly() -> None:
    with ExitStack() as stack:
        terminals = {command: stack.enter_context(started(command)) for command in SHOWN}
        for command, terminal in terminals.items():
            terminal.wait(SHOWN[command])
            terminal.type(CTRL_C)
        for command, terminal in terminals.items():
            assert terminal.end() == 0
            terminal.wait(ENDS[command])
            assert "^C" not in terminal.text


def test_ctrl_c_where_it_is_no_usual_end() -> None:
    with Terminal("latency", "--virtual", "--longest", "50") as terminal:
        terminal.wait("settings")
        terminal.type(CTRL_C)
        assert terminal.end() == 130


def test_a_signal_ends_it_as_cleanly() -> None:
    with started("meter") as terminal:
        terminal.wait(SHOWN["meter"])
        terminal.send(signal.SIGTERM)
        assert terminal.end() == 143


def test_meter() -> None:
    with started("meter") as terminal:
        assert "q quits" in terminal.wait(r"^Virtual microphone · 48000 Hz · 2 channels.*")[0]
        terminal.wait(r"^ 1 █+.* -\d+\.\d peak +-\d+\.\d rms")
        terminal.wait(r"^ 2 █+.* -\d+\.\d peak +-\d+\.\d rms")
        terminal.wait(r"^ +-60 .*-40 .*-20 .* 0 dBFS")
        assert "green" in terminal.colours()
        terminal.type("q")
        assert terminal.end() == 0
        terminal.wait(r"\d s, highest peak -\d+\.\d dBFS on channel \d, \d+ frames lost")
        terminal.wait(r"^ 1 █+")


def test_spectrogram() -> None:
    # A small one: the terminal emulator of the tests is slower than real ones.
    with Terminal("spectrogram", "--virtual", columns=70, lines=16) as terminal:
        terminal.wait(SHOWN["spectrogram"])
        for label in ("125", "1k", "8k"):
            terminal.wait(rf"^ +{label} ▀+")
        terminal.wait(r"0 dBFS +[1-9]\.\d s$")
        assert len(terminal.colours()) > 10
        terminal.type("+ ")
        terminal.wait(r"-75 ▀+ -5 dBFS .* held$")
        terminal.type("\x1b")
        assert terminal.end() == 0


def test_wire() -> None:
    with started("wire", "--blocksize", "512", "--prefill", "3") as terminal:
        terminal.wait(r"^Virtual microphone → Virtual loopback · 48000 Hz")
        terminal.wait(r"delay +[\d.]+ ms = 10\.7 input \+ 32\.0 here \(1536 frames\)")
        terminal.type("m")
        terminal.wait(r"time .* muted$")
        terminal.type("m")
        terminal.wait(r"time +[\d.]+ s$")
        terminal.type("q")
        assert terminal.end() == 0


def test_watch() -> None:
    with started("devices") as terminal:
        terminal.wait(r"^\* 0 Virtual loopback")
        assert "headset" not in terminal.text
        terminal.wait(r"^  3 Virtual headset, Virtual \(1 in, 2 out\)")
        terminal.wait(r"^\d\d:\d\d:\d\d \+ Virtual headset, Virtual \(1 in, 2 out\)")
        terminal.type("q")
        assert terminal.end() == 0


def test_a_very_small_terminal() -> None:
    with Terminal("meter", "--virtual", columns=20, lines=6) as terminal:
        terminal.wait(SHOWN["meter"])
        terminal.type("q")
        assert terminal.end() == 0


def test_an_error_on_a_terminal_is_one_message_too() -> None:
    with Terminal("meter", "--virtual", "-d", "toaster", columns=300) as terminal:
        terminal.wait("No input device matching 'toaster'")
        assert terminal.end() == 1
        assert len(terminal.text.splitlines()) == 1
