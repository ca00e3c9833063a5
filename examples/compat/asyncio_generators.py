#!/usr/bin/env python3
"""Asynchronous generators of blocks: input to look at, and pairs of input and output to fill.

What it takes to bring a callback stream and asyncio together by hand; the example of the same
name in the folder above does without.
"""

import asyncio
import contextlib
import queue

import numpy as np

import aiosounddevice.compat as sd


async def inputstream_generator(channels=1, **options):
    """Yield (input block, status)."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Queue()

    def callback(indata, frames, time, status):
        loop.call_soon_threadsafe(arrived.put_nowait, (indata.copy(), status))

    with sd.InputStream(callback=callback, channels=channels, **options):
        while True:
            yield await arrived.get()


async def stream_generator(
    blocksize, *, channels=1, dtype="float32", pre_fill_blocks=10, **options
):
    """Yield (input block, output block to be filled, status).

    The output is played `pre_fill_blocks` blocks later; until then there is silence.
    """
    assert blocksize
    loop, arrived, ready = asyncio.get_running_loop(), asyncio.Queue(), queue.Queue()
    for _ in range(pre_fill_blocks):
        ready.put(np.zeros((blocksize, channels), dtype))

    def callback(indata, outdata, frames, time, status):
        loop.call_soon_threadsafe(arrived.put_nowait, (indata.copy(), status))
        outdata[:] = ready.get_nowait()

    with sd.Stream(
        blocksize=blocksize, callback=callback, dtype=dtype, channels=channels, **options
    ):
        while True:
            indata, status = await arrived.get()
            outdata = np.empty((blocksize, channels), dtype)
            yield indata, outdata, status
            ready.put_nowait(outdata)


async def print_input_infos(**options):
    """Print the least and the largest sample of each block."""
    async with contextlib.aclosing(inputstream_generator(**options)) as blocks:
        async for indata, status in blocks:
            if status:
                print(status)
            print("min:", indata.min(), "\t", "max:", indata.max())


async def wire_coro(**options):
    """Play what comes in."""
    async with contextlib.aclosing(stream_generator(**options)) as pairs:
        async for indata, outdata, status in pairs:
            if status:
                print(status)
            outdata[:] = indata


async def main(seconds=2, countdown=10, **options):
    """Look at the input for a while, then be a wire for a while."""
    print("Some information about the input signal:")
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(print_input_infos(), timeout=seconds)
    print("\nEnough of that, activating wire ...\n")
    wire = asyncio.create_task(wire_coro(**options))
    for left in range(countdown, 0, -1):
        print(left)
        await asyncio.sleep(1)
    wire.cancel()
    try:
        await wire
    except asyncio.CancelledError:
        print("wire was cancelled")


if __name__ == "__main__":
    asyncio.run(main(blocksize=1024))
