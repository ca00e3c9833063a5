"""The core's errors, where they are also anyio's: code written for anyio streams catches them."""

from __future__ import annotations

import anyio

from ..core import errors as core
from ..core.errors import WrongLoop

__all__ = ["StreamBusy", "StreamClosed", "WrongLoop"]


class StreamClosed(core.StreamClosed, anyio.ClosedResourceError):
    """The stream was closed, or was never started."""


class StreamBusy(core.StreamBusy, anyio.BusyResourceError):
    """Another task is doing the same with this stream."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        # Last: anyio's constructor, which comes in between, makes a sentence of its own.
        self.args = (
            f"another task is in {action} of this stream; "
            "give each task a stream of its own, or a lock around it",
        )
