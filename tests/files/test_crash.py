"""What a recording is worth when its program is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aiosounddevice.files.reading import SoundReader

from .helpers import RATE, noise

PROGRAM = """
import os, signal, sys, anyio, numpy as np
import aiosounddevice as sd

async def main():
    card = sd.virtual.use("10x")
    card.microphone.feed(np.random.default_rng(1).uniform(-0.5, 0.5, 48000 * 60))
    async with sd.FileRecorder(sys.argv[1], device="microphone", channels=1) as recorder:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(recorder.record)
            while recorder.position < 4:
                await recorder.next_level()
            print(recorder.frames, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

anyio.run(main)
"""

# Seconds that may be missing: the header is kept up to date every quarter of a second; FLAC has
# blocks of 4096 frames, the others have pages and delays.
MISSING = {"wav": 0.25, "flac": 0.34, "ogg": 0.8}
if os.environ.get("AIOSOUNDDEVICE_STRESS"):
    MISSING |= {"opus": 0.5, "mp3": 0.2, "rf64": 0.25, "aiff": 0.25, "caf": 0.25, "w64": 0.25}


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, int]:
    """Files of programs that were killed, all at the same time, and how many frames they told."""
    folder = tmp_path_factory.mktemp("killed")
    running = {}
    for extension in MISSING:
        path = folder / f"a.{extension}"
        command = [sys.executable, "-c", PROGRAM, str(path)]
        running[path] = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    told = {path: process.communicate(timeout=60)[0] for path, process in running.items()}
    assert {process.returncode for process in running.values()} == {-signal.SIGKILL}
    return {path: int(frames) for path, frames in told.items()}


@pytest.mark.parametrize("extension", MISSING)
def test_it_can_be_read_up_to_the_last_second(killed: dict[Path, int], extension: str) -> None:
    path = next(path for path in killed if path.suffix == f".{extension}")
    frames = killed[path]
    reader = SoundReader(path)
    blocks = []
    while (block := reader.read()) is not None:
        blocks.append(block.data)
    reader.close()
    data = np.concatenate(blocks)[:, 0]
    assert frames / RATE - MISSING[extension] <= len(data) / RATE <= frames / RATE + 1
    if extension not in ("ogg", "opus", "mp3"):
        assert np.abs(data - noise(len(data))[:, 0]).max() <= 2**-15
        assert soundfile.info(path).frames == len(data)
