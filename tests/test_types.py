"""What a type checker says of a program that uses the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio
import aiosounddevice as sd

async def main() -> None:
    flags = await sd.play([0.1, 0.2], 48000)
    take = await sd.rec(100, channels=1)
    async with sd.InputStream(channels=1) as mic, sd.OutputStream(channels=1) as speaker:
        async for block in mic:
            await speaker.write(block)
        reveal_type(mic)
        reveal_type(mic.info.lost)
    async for indata, outdata in sd.Stream(channels=2):
        outdata[:] = indata
    async with sd.RawInputStream(dtype="int24") as raw, sd.RawOutputStream(dtype="int24") as out:
        await out.write(bytearray(6))
        async for raw_block in raw.blocks(64, overlap=32):
            await out.send(raw_block)
        reveal_type(raw_block)
    async for raw_in, raw_out in sd.RawStream():
        raw_out[:] = raw_in
    async with sd.recording(channels=1) as recording:
        reveal_type(recording.frames)
    await sd.rec(until=asyncio.Event())
    await sd.rec(until=main)
    async for block in sd.blocks(64):
        pass
    card = sd.virtual.use("manual")
    reveal_type(flags)
    reveal_type(card.frame)
    try:
        await sd.check_input_settings(channels=1)
    except sd.PortAudioError as error:
        reveal_type(error.code)
"""


def test_a_typed_program_passes_strict_mypy(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            "--follow-imports=silent",
            str(program),
        ],
        capture_output=True,
        text=True,
    )
    revealed = [line.split('"')[1] for line in done.stdout.splitlines() if "Revealed" in line]
    assert revealed == [
        "aiosounddevice.aio.input.InputStream",
        "int",
        "bytes",
        "int",
        "aiosounddevice.core.flags.CallbackFlags",
        "int",
        "int | None",
    ]
    assert done.returncode == 0, done.stdout
