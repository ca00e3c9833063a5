#!/usr/bin/env python3
"""Record into an array and play it, in coroutines that end when the stream is through.

What it takes to bring a callback stream and asyncio together by hand; the example of the same
name in the folder above has it in two lines.
"""

import asyncio

import numpy as np

import aiosounddevice.compat as sd


async def run_through(stream_class, buffer, transfer, **options):
    """Run a stream until `transfer(data, part of the buffer)` has been called for all of it."""
    loop, through = asyncio.get_running_loop(), asyncio.Event()
    position = 0

    def callback(data, frames, time, status):
        nonlocal position
        if status:
            print(status)
        part = buffer[position : position + frames]
        transfer(data, part)
        position += len(part)
        if not len(part):
            loop.call_soon_threadsafe(through.set)
            raise sd.CallbackStop

    with stream_class(callback=callback, dtype=buffer.dtype, channels=buffer.shape[1], **options):
        await through.wait()


async def record_buffer(buffer, **options):
    """Fill an array of shape (frames, channels)."""

    def transfer(indata, part):
        part[:] = indata[: len(part)]

    await run_through(sd.InputStream, buffer, transfer, **options)


async def play_buffer(buffer, **options):
    """Play an array of shape (frames, channels)."""

    def transfer(outdata, part):
        outdata[: len(part)] = part
        outdata[len(part) :] = 0

    await run_through(sd.OutputStream, buffer, transfer, **options)


async def main(frames=150_000, channels=1, dtype="float32", **options):
    """Do both, one after the other."""
    buffer = np.empty((frames, channels), dtype)
    print("recording buffer ...")
    await record_buffer(buffer, **options)
    print("playing buffer ...")
    await play_buffer(buffer, **options)
    print("done")


if __name__ == "__main__":
    asyncio.run(main())
