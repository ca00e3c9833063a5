from __future__ import annotations

import subprocess
import sys


def test_open_streams_are_closed_at_exit():
    code = (
        "from aiosounddevice.core.parameters import request\n"
        "from aiosounddevice.core.stream import CoreStream\n"
        "from aiosounddevice.core import closing, library\n"
        "import aiosounddevice.virtual, atexit\n"
        "core = CoreStream(request('output', device=2, channels=1))\n"
        "card = aiosounddevice.virtual.use('manual')\n"
        "core.start().result(30)\n"
        "library.at_exit(lambda: print(card.open_streams))\n"
        "closing.close_all()\n"
        "print(card.open_streams, core.phase.value)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    assert run.stdout.split() == [b"0", b"closed", b"0"]
    assert run.stderr == b""
