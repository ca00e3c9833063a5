"""The virtual card for the command line: with something to hear."""

from __future__ import annotations

import os

from .. import virtual
from ..core.defaults import default

RATE = 48000


def choose(asked: bool, *, delay: int = 0, listen: bool = False) -> None:
    """Take the virtual card if it is asked for; otherwise leave everything as it is.

    Its microphone plays a test sound over and over. It is real time, unless the environment
    variable ``AIOSOUNDDEVICE_VIRTUAL_CLOCK`` says otherwise.

    Parameters
    ----------
    asked : bool
        ``--virtual``.
    delay : int
        The loopback's, in frames.
    listen : bool
        Whether the microphone, and not the loopback, is the default input.
    """
    if not asked:
        return
    from ..dsp.sounds import signal_for_tests

    card = virtual.use(os.environ.get("AIOSOUNDDEVICE_VIRTUAL_CLOCK") or "realtime")
    card.loopback.delay = delay
    card.microphone.feed(signal_for_tests(RATE), loop=True, samplerate=RATE)
    if listen:
        default.device = (card.microphone.name, None)
