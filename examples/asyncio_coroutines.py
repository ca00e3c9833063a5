#!/usr/bin/env python3
"""Record into an array and play it."""

import asyncio
from typing import Any

import numpy as np

import aiosounddevice as sd


async def main(
    frames: int = 150_000, channels: int = 1, dtype: str = "float32", **options: Any
) -> None:
    buffer = np.empty((frames, channels), dtype)
    print("recording buffer ...")
    await sd.rec(out=buffer, **options)
    print("playing buffer ...")
    await sd.play(buffer, **options)
    print("done")


if __name__ == "__main__":
    asyncio.run(main())
