"""What PortAudio, ALSA and JACK print on stderr goes to `logging` instead.

These libraries write to file descriptor 2 by themselves, dozens of lines for a machine without
sound hardware, and the one line that tells what is wrong is among them. Around the calls that do
so the descriptor points to a file; afterwards the libraries' lines go to the logger
"aiosounddevice.portaudio" (level DEBUG) and to whoever raises an error, everything else, written
by some other thread meanwhile, to the real stderr.

The price: a process that another thread starts in that moment inherits the redirected descriptor
as its stderr. `enabled = False` switches the capture off.

Rejected: ALSA's and JACK's error handler hooks. They belong to the process, and other libraries in
it may have set their own; ALSA's is variadic besides, which a Python callback cannot be.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator

logger = logging.getLogger("aiosounddevice.portaudio")

enabled = sys.platform != "win32"  # nothing is printed there, and DLLs have a stderr of their own

_LIBRARIES = re.compile(
    rb"""
      ALSA\ lib\ | conf\.c: | pcm\w*\.c:                           # ALSA
    | Expression\ '.*'\ failed\ in\                                # PortAudio
    | Pa(Util|Alsa|Jack|Oss|MacCore|Asio|Win)\w* | \|\|PaMacCore | Host\ error\ description:
    | jack | Jack | JACK                                           # JACK
    | (Cannot|cannot|Could\ not)\ (connect\ to\ server|open\ .*\ client|create|lock\ down|use\ real)
    | (attempt|connect\(2\)\ call)\ to\ .*(server|jack)
    | [Ff]ailed\ to\ (initialise|open|connect).*(client|server)
    | (Shm|Unknown|Server)\ (is\ not\ running|error|failed)
    """,
    re.VERBOSE,
)


def sort(text: bytes) -> tuple[list[str], bytes]:
    """Tell the audio libraries' lines from what somebody else wrote.

    Parameters
    ----------
    text : bytes
        What arrived on the descriptor.

    Returns
    -------
    lines : list of str
        The libraries' lines, without their ends and without the empty lines after them.
    rest : bytes
        Everything else, unchanged and in order.
    """
    lines: list[str] = []
    rest: list[bytes] = []
    theirs = False
    for line in text.splitlines(keepends=True):
        if not line.strip():
            if not theirs:
                rest.append(line)
            continue
        theirs = _LIBRARIES.match(line) is not None
        if theirs:
            lines.append(line.decode("utf-8", "replace").rstrip())
        else:
            rest.append(line)
    return lines, b"".join(rest)


def _redirect() -> tuple[int, int] | None:
    """Point descriptor 2 to a file; return the real one and the file, None if 2 is closed."""
    try:
        real = os.dup(2)
    except OSError:
        return None  # and nothing may be opened here: it would become descriptor 2
    try:
        if hasattr(os, "memfd_create"):
            file = os.memfd_create("aiosounddevice-stderr")
        else:
            file, path = tempfile.mkstemp(prefix="aiosounddevice-stderr-")
            os.unlink(path)
    except OSError:
        os.close(real)
        return None
    os.dup2(file, 2)
    return real, file


def _restore(real: int, file: int) -> bytes:
    os.dup2(real, 2)
    os.close(real)
    with os.fdopen(file, "rb") as reader:
        reader.seek(0)
        return reader.read()


_present: dict[int, tuple[int, int]] = {}
"""What `_redirect` gave, of threads that are inside `capture`. Whoever pops it restores."""


def give_up(thread: int | None) -> None:
    """End the capture that a thread is in which is lost in a call: stderr is everybody's."""
    redirected = None if thread is None else _present.pop(thread, None)
    if redirected is not None:
        _hand_on(*redirected)


def _hand_on(real: int, file: int) -> list[str]:
    lines, rest = sort(_restore(real, file))
    for line in lines:
        logger.debug("%s", line)
    if rest:
        with contextlib.suppress(OSError):
            os.write(2, rest)
    return lines


@contextlib.contextmanager
def capture() -> Iterator[list[str]]:
    """Capture the audio libraries' messages; control thread only.

    Yields
    ------
    list of str
        Empty inside the block; after it the libraries' lines.
    """
    lines: list[str] = []
    if sys.stderr is not None:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
    thread = threading.get_ident()
    redirected = _redirect() if enabled else None
    if redirected is not None:
        _present[thread] = redirected
    try:
        yield lines
    finally:
        # Not if the call took so long that its thread was given up: another one may be in here.
        redirected = _present.pop(thread, None)
        if redirected is not None:
            lines += _hand_on(*redirected)
