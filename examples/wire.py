#!/usr/bin/env python3
"""Play what is recorded, as it comes in, until Return is pressed."""

import argparse
import asyncio
import sys
from typing import Any

import anyio

import aiosounddevice as sd


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def quit_on_return(scope: anyio.CancelScope) -> None:
    await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
    scope.cancel()


async def main(options: dict[str, Any]) -> None:
    async with sd.Stream(**options) as stream, anyio.create_task_group() as group:
        print("press Return to quit".center(80, "#"), flush=True)
        group.start_soon(quit_on_return, group.cancel_scope)
        async for indata, outdata in stream:
            if stream.info.flags:
                print(stream.info.flags)
            outdata[:] = indata


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-i", "--input-device", type=device, help="number or part of its name")
    parser.add_argument("-o", "--output-device", type=device, help="number or part of its name")
    parser.add_argument("-c", "--channels", type=int, default=2, help="number of channels")
    parser.add_argument("-t", "--dtype", help="sample format, like int16")
    parser.add_argument("-s", "--samplerate", type=float, help="sample rate in hertz")
    parser.add_argument("-b", "--blocksize", type=int, help="frames of a block")
    parser.add_argument("-l", "--latency", type=float, help="latency in seconds")
    options = vars(parser.parse_args())
    options["device"] = options.pop("input_device"), options.pop("output_device")
    try:
        asyncio.run(main(options))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted by user")
    except (sd.AudioError, ValueError) as error:
        sys.exit(str(error))
