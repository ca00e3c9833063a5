#!/usr/bin/env python3
"""Talk to another computer, with trio: `walkie_talkie.py` without a button, both may talk at once.

    python trio_intercom.py other.example.org    on both computers, with each other's name

The streams are the same on every event loop; here they work with trio's sockets, nursery and time
limits. Wear headphones. Needs trio (pip install trio). Ctrl+C ends it.
"""

import signal
import sys
from argparse import ArgumentParser, Namespace, RawTextHelpFormatter
from typing import Any

import numpy as np

import aiosounddevice as sd

try:
    import trio
except ImportError:
    sys.exit("this example needs trio: pip install trio")

FORMAT: dict[str, Any] = {"samplerate": 16000, "channels": 1, "dtype": "int16", "blocksize": 320}


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def talk(microphone: sd.InputStream, udp: trio.socket.SocketType, other: Any) -> None:
    async for block in microphone:
        await udp.sendto(block.tobytes(), other)


async def listen(udp: trio.socket.SocketType, speaker: sd.OutputStream) -> None:
    while True:
        with trio.move_on_after(0.5) as pause:
            packet = await udp.recv(2000)
        if pause.cancelled_caught:
            await speaker.drain()  # the next words are collected anew before they are played
        elif speaker.frames_written - speaker.frames_played < 0.5 * speaker.samplerate:
            await speaker.write(np.frombuffer(packet, "int16"))


async def main(args: Namespace) -> None:
    with (
        trio.open_signal_receiver(signal.SIGINT) as control_c,
        trio.socket.socket(type=trio.socket.SOCK_DGRAM) as udp,
    ):
        await udp.bind(("", args.port))
        found = await trio.socket.getaddrinfo(args.host, args.port, trio.socket.AF_INET)
        async with (
            sd.InputStream(**FORMAT, device=args.input_device) as microphone,
            sd.OutputStream(**FORMAT, device=args.output_device, prebuffer=0.1) as speaker,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(talk, microphone, udp, found[0][4])
            nursery.start_soon(listen, udp, speaker)
            print("speak", flush=True)
            await anext(control_c)
            nursery.cancel_scope.cancel()


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("host", help="name or address of the other computer")
    parser.add_argument("-p", "--port", type=int, default=5004, help="the same on both")
    parser.add_argument("-i", "--input-device", type=device, help="number or part of its name")
    parser.add_argument("-o", "--output-device", type=device, help="the same")
    args = parser.parse_args()
    try:
        trio.run(main, args)
    except (sd.AudioError, OSError) as error:
        sys.exit(str(error))
