#!/usr/bin/env python3
"""Look at blocks of input, then play what comes in."""

import asyncio
import contextlib
from typing import Any

import aiosounddevice as sd


async def print_input_infos(**options: Any) -> None:
    """Print the least and the largest sample of each block."""
    async for block in sd.blocks(channels=1, **options):
        print("min:", block.min(), "\t", "max:", block.max())


async def wire(**options: Any) -> None:
    """Play what comes in."""
    async with sd.Stream(channels=1, **options) as stream:
        async for indata, outdata in stream:
            outdata[:] = indata


async def main(seconds: float = 2, countdown: int = 10, **options: Any) -> None:
    print("Some information about the input signal:")
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(print_input_infos(**options), seconds)
    print("\nEnough of that, activating wire ...\n")
    task = asyncio.create_task(wire(**options))
    for left in range(countdown, 0, -1):
        print(left)
        await asyncio.sleep(1)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("wire was cancelled")


if __name__ == "__main__":
    asyncio.run(main(blocksize=1024))
