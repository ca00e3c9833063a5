#!/usr/bin/env python3
"""Talk to another computer: press Return to talk, and Return again to listen.

    python walkie_talkie.py other.example.org    on both computers, with each other's name

Sound goes over UDP as it is, 20 ms in a packet: nothing is encrypted, and what gets lost is lost.
Needs nothing but aiosounddevice. Ctrl+C ends it. `trio_intercom.py` talks to this one.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace, RawTextHelpFormatter
from socket import AF_INET
from typing import Any

import anyio
import numpy as np
from anyio.abc import ConnectedUDPSocket

import aiosounddevice as sd

FORMAT: dict[str, Any] = {"samplerate": 16000, "channels": 1, "dtype": "int16", "blocksize": 320}


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def press(args: Namespace) -> None:
    """Let Return switch between talking and listening."""
    while await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
        args.talking = not args.talking
        print("talk" if args.talking else "listen", flush=True)


async def talk(microphone: sd.InputStream, udp: ConnectedUDPSocket, args: Namespace) -> None:
    async for block in microphone:
        if args.talking:
            await udp.send(block.tobytes())


async def listen(udp: ConnectedUDPSocket, speaker: sd.OutputStream) -> None:
    while True:
        with anyio.move_on_after(0.5) as pause:
            packet = await udp.receive()
        if pause.cancelled_caught:
            await speaker.drain()  # the next words are collected anew before they are played
        elif speaker.frames_written - speaker.frames_played < 0.5 * speaker.samplerate:
            await speaker.write(np.frombuffer(packet, "int16"))


async def main(args: Namespace) -> None:
    args.talking = False
    async with (
        await anyio.create_connected_udp_socket(
            args.host, args.port, local_port=args.port, family=AF_INET
        ) as udp,
        sd.InputStream(**FORMAT, device=args.input_device) as microphone,
        sd.OutputStream(**FORMAT, device=args.output_device, prebuffer=0.1) as speaker,
    ):
        print("press Return to talk", flush=True)
        await asyncio.gather(press(args), talk(microphone, udp, args), listen(udp, speaker))


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("host", help="name or address of the other computer")
    parser.add_argument("-p", "--port", type=int, default=5004, help="the same on both")
    parser.add_argument("-i", "--input-device", type=device, help="number or part of its name")
    parser.add_argument("-o", "--output-device", type=device, help="the same")
    args = parser.parse_args()
    try:
        asyncio.run(main(args))
    except KeyboardInterrupt:
        print()
    except (sd.AudioError, OSError) as error:
        sys.exit(str(error))
