#!/usr/bin/env python3
"""Record into a file until Ctrl+C is pressed. Needs soundfile."""

import argparse
import asyncio
import os
import sys
import time

import soundfile

import aiosounddevice as sd


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def main(args: argparse.Namespace) -> None:
    if args.list_devices:
        print(await sd.query_devices())
        return
    info = await sd.query_devices(args.device, "input")
    samplerate = args.samplerate or int(info["default_samplerate"])
    # The file first: if it cannot be made, nothing is recorded in vain.
    with soundfile.SoundFile(
        args.filename, "x", samplerate, args.channels, subtype=args.subtype
    ) as file:
        async with sd.InputStream(
            samplerate, device=args.device, channels=args.channels
        ) as microphone:
            print("press Ctrl+C to stop the recording".center(80, "#"), flush=True)
            async for block in microphone:
                if microphone.info.lost:
                    print(f"{microphone.info.lost} frames lost", file=sys.stderr)
                file.write(block)


if __name__ == "__main__":
    name = os.path.join(os.curdir, time.strftime("rec_unlimited_%Y%m%d_%H%M%S.wav"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-l", "--list-devices", action="store_true", help="list them and exit")
    parser.add_argument("-d", "--device", type=device, help="number or part of its name")
    parser.add_argument("-r", "--samplerate", type=int, help="sample rate in hertz")
    parser.add_argument("-c", "--channels", type=int, default=1, help="number of channels")
    parser.add_argument("-t", "--subtype", help="of the file, like PCM_24")
    parser.add_argument("filename", nargs="?", default=name, help="file to write; must be new")
    args = parser.parse_args()
    try:
        asyncio.run(main(args))
    except KeyboardInterrupt:
        print(f"\nRecording finished: {args.filename!r}")
    except (sd.AudioError, ValueError, soundfile.SoundFileError) as error:
        sys.exit(str(error))
