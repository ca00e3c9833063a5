"""What is known of a stream once it is open."""

from __future__ import annotations

import math
from typing import ClassVar

from .errors import StreamClosed
from .instance import JACK
from .parameters import Direction, StreamParameters

BLOCK_SECONDS = 0.01
"""Length of a block for readers where `blocksize` is 0."""


class Known:
    """The parameters that the device was opened with; any thread.

    Attributes
    ----------
    parameters : StreamParameters or None
        None until it is open.
    latencies : tuple of float
        Of input and output, seconds, as the host reports them.
    """

    closed_error: ClassVar[type[StreamClosed]] = StreamClosed

    def __init__(self, prefill: int | None) -> None:
        self.parameters: StreamParameters | None = None
        self.latencies = (0.0, 0.0)
        self._prefill = prefill

    @property
    def sides(self) -> tuple[Direction, ...]:
        """Input and output, as far as they are there."""
        parameters = self._known()
        return tuple(side for side in (parameters.input, parameters.output) if side is not None)

    def _known(self) -> StreamParameters:
        if self.parameters is None:
            raise self.closed_error(
                "known once the stream is open: use 'async with' or start() first"
            )
        return self.parameters

    @property
    def samplerate(self) -> float:
        """Frames per second."""
        return self._known().samplerate

    @property
    def blocksize(self) -> int:
        """Frames per callback, 0 where the host decides."""
        return self._known().blocksize

    @property
    def block_frames(self) -> int:
        """Frames of a reader's block: `blocksize`, or 10 ms where that is 0."""
        return self.blocksize or max(1, round(self.samplerate * BLOCK_SECONDS))

    @property
    def delay(self) -> int:
        """Frames from a pair's input to its output."""
        return (self._prefill or 0) * self.block_frames

    @property
    def input(self) -> Direction:
        """The input side of an input or duplex stream."""
        side = self._known().input
        assert side is not None
        return side

    @property
    def output(self) -> Direction:
        """The output side of an output or duplex stream."""
        side = self._known().output
        assert side is not None
        return side

    @property
    def output_latency_frames(self) -> int:
        """Frames between handing over a sample and its leaving the DAC, as the host reports."""
        return math.ceil(max(0.0, self.latencies[1]) * self.samplerate)

    @property
    def on_jack(self) -> bool:
        """Whether it is a stream of JACK, as far as is known."""
        return self.parameters is not None and any(s.hostapi_type == JACK for s in self.sides)
