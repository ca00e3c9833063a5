"""Going on with a stream whose device was lost: on the same device, or on another.

A second stream is opened with the same parameters and takes the first one's place in it
(`StreamLife.adopt`), so that whoever holds the stream need not know. Its kernel goes on counting
frames and time where the lost one left off; the time that has passed in between is frames lost.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from . import control, devices, library, life
from ._kernel import lib
from .errors import DeviceNotFound
from .instance import PortAudio
from .parameters import Direction, StreamParameters
from .request import Side, StreamRequest
from .stream import CoreStream


class Continuation:
    """Tries to go on with a stream that was lost. One for each loss; nothing here waits.

    Parameters
    ----------
    core
        The stream; it must have been open.
    """

    def __init__(self, core: CoreStream) -> None:
        assert core.parameters is not None
        self._core = core
        self._parameters: StreamParameters = core.parameters
        self._lost_at = time.monotonic()
        self._card_time = _card_time()
        self._tried = False

    def attempt(self, *, same: bool) -> Future[CoreStream]:
        """Open and start a stream for the lost one to adopt.

        Parameters
        ----------
        same
            The device of the same name, whatever its number is now; or else, for each direction
            where there is none, the system's default one.

        Returns
        -------
        Future
            The stream, which runs; or why it does not. Whoever does not want it closes it.
        """
        other = self._core.twin(self._count_on)
        # The list of devices is as old as the loss at most, and later as old as the attempt.
        since = time.monotonic() if self._tried else self._lost_at
        self._tried = True
        return control.post(
            self._open, other, since, same, limit=life.OPEN_LIMIT, on_abandon=other.give_up
        )

    # ---- control thread

    def _open(self, other: CoreStream, since: float, same: bool) -> CoreStream:
        if self._core.closing:
            raise self._core.closed_error("the stream was closed")
        other.begin(self._request(library.renew(since), same))
        return other

    def _request(self, pa: PortAudio, same: bool) -> StreamRequest:
        known, asked = self._parameters, self._core.request
        return replace(
            asked,
            input=_side(pa, asked.input, known.input, same),
            output=_side(pa, asked.output, known.output, same),
            samplerate=known.samplerate,
        )

    def _count_on(self, other: Any) -> None:
        before = self._core.kernel.pointer
        if self._card_time is None:
            seconds = lib.asd_stream_silence(before)
        else:
            seconds = max(0.0, (_card_time() or 0.0) - self._card_time)
        lib.asd_stream_continue(other.kernel.pointer, before, seconds)


def _side(pa: PortAudio, asked: Side | None, known: Direction | None, same: bool) -> Side | None:
    if asked is None or known is None:
        return None
    number = _same(pa, known, asked.kind)
    if number is None:
        if same:
            raise DeviceNotFound(f"'{known.name}' ({known.hostapi}) is not there")
        number = devices.find_device(pa, None, asked.kind)
    return replace(asked, device=number, channels=known.channels)


def _same(pa: PortAudio, known: Direction, kind: str) -> int | None:
    """Number of the device with that name; of several the one that has kept its number."""
    numbers = [
        number
        for number, candidate in enumerate(devices.candidates(pa))
        if (candidate.name, candidate.hostapi) == (known.name, known.hostapi)
        and candidate.has(kind)
    ]
    if known.device in numbers or not numbers:
        return known.device if numbers else None
    return numbers[0]


def _card_time() -> float | None:
    """Seconds on the clock of a virtual card that does not run on real time; else None."""
    pa = library.current()
    if pa is None or not pa.virtual or not lib.asd_handshake_enabled():
        return None
    return float(pa.lib.virtualcard_time())
