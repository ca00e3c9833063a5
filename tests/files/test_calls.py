"""The two functions take what the classes behind them take."""

from __future__ import annotations

import inspect

import aiosounddevice as sd


def names(function: object) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self"}  # type: ignore[arg-type]


def test_every_option_is_there() -> None:
    # `buffer` goes through **stream, where the other streams have it.
    assert names(sd.FilePlayer.__init__) - {"buffer"} == names(sd.play_file)
    recorder = names(sd.FileRecorder.__init__) | names(sd.FileRecorder.record)
    assert recorder - {"buffer"} == names(sd.record_file)
