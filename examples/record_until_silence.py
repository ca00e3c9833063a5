#!/usr/bin/env python3
"""Record to a FLAC file, from now until it has been silent for a while.

    python record_until_silence.py memo.flac
    python record_until_silence.py memo.flac --silence 5 --level -50
    python record_until_silence.py memo.flac --virtual    without hardware: somebody says ah

Silence before the first sound does not end it. Ctrl+C does, and what was recorded is kept.
Needs soundfile (pip install soundfile).
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace, RawTextHelpFormatter

import numpy as np

import aiosounddevice as sd

try:
    import soundfile
except ImportError:
    sys.exit("this example writes files with soundfile: pip install soundfile")


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def record(microphone: sd.InputStream, file: soundfile.SoundFile, args: Namespace) -> None:
    threshold = 10 ** (args.level / 20)
    heard, quiet = False, 0
    async for block in microphone:
        file.write(block)
        if microphone.info.lost:
            print(f"{microphone.info.lost} frames lost", file=sys.stderr)
        if np.sqrt(np.mean(block**2)) >= threshold:
            heard, quiet = True, 0
        else:
            quiet += len(block)
        if heard and quiet >= args.silence * microphone.samplerate:
            break


async def main(args: Namespace) -> None:
    # Writing a block takes microseconds; should the disk be slow, this much is kept in memory.
    async with sd.InputStream(device=args.device, channels=1, buffer=10) as microphone:
        rate = round(microphone.samplerate)
        with (
            open(args.filename, "xb") as raw,
            soundfile.SoundFile(raw, "w", rate, 1, "PCM_24", format="FLAC") as file,
        ):
            print("recording", flush=True)
            try:
                await record(microphone, file, args)
            finally:  # also after Ctrl+C, and when the microphone was pulled out
                print(f"\nsaved {file.frames / rate:.1f} s in {args.filename}")


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("filename", help="FLAC file to write; must be new")
    parser.add_argument("-s", "--silence", type=float, default=2, help="seconds that end it")
    parser.add_argument("-l", "--level", type=float, default=-40, help="loudest silence, dB")
    parser.add_argument("-d", "--device", type=device, help="number or part of its name")
    parser.add_argument("--virtual", action="store_true", help="hear a virtual voice")
    args = parser.parse_args()
    if args.virtual:
        voice = 0.3 * np.sin(2 * np.pi * 220 * np.arange(48000) / 48000)
        sd.virtual.use().microphone.feed(np.concatenate([np.zeros(24000), voice]))
        sd.default.device = "microphone", "speaker"
    try:
        asyncio.run(main(args))
    except KeyboardInterrupt:
        pass
    except (sd.AudioError, OSError) as error:
        sys.exit(str(error))
