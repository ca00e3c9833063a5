#!/usr/bin/env python3
"""Send the microphone through a WebSocket to an echo server, and play what comes back.

    python websocket_echo.py

The server is in here, so you hear yourself a little later: take headphones. Replace `echo` by
speech recognition, or the address by that of a service. Needs websockets (pip install websockets).
Ctrl+C ends it.
"""

import asyncio
import contextlib
import sys
from argparse import ArgumentParser, Namespace, RawTextHelpFormatter
from typing import Any

import numpy as np

import aiosounddevice as sd

try:
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.asyncio.server import ServerConnection, serve
    from websockets.exceptions import ConnectionClosed, WebSocketException
except ImportError:
    sys.exit("this example needs websockets: pip install websockets")

# What speech services take.
FORMAT: dict[str, Any] = {"samplerate": 16000, "channels": 1, "dtype": "int16"}


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def echo(socket: ServerConnection) -> None:
    """Serve one client, until it goes away."""
    with contextlib.suppress(ConnectionClosed):
        async for message in socket:
            await socket.send(message)


async def talk(socket: ClientConnection, microphone: sd.InputStream) -> None:
    # When the network stalls, the microphone's oldest second is dropped: no growing delay.
    async for block in microphone:
        await socket.send(block.tobytes())


async def listen(socket: ClientConnection, speaker: sd.OutputStream) -> None:
    async for message in socket:
        late = await speaker.write(np.frombuffer(message, "int16"))
        if late:
            print(f"the network was {late} frames late", file=sys.stderr)


async def main(args: Namespace) -> None:
    async with (
        serve(echo, "127.0.0.1", args.port),
        connect(f"ws://127.0.0.1:{args.port}") as socket,
        sd.InputStream(**FORMAT, blocksize=320, device=args.input_device) as microphone,
        sd.OutputStream(**FORMAT, prebuffer=0.1, device=args.output_device) as speaker,
    ):
        print("speak, and hear yourself", flush=True)
        await asyncio.gather(talk(socket, microphone), listen(socket, speaker))


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("-p", "--port", type=int, default=8765, help="of the echo server")
    parser.add_argument("-i", "--input-device", type=device, help="number or part of its name")
    parser.add_argument("-o", "--output-device", type=device, help="the same")
    args = parser.parse_args()
    try:
        asyncio.run(main(args))
    except KeyboardInterrupt:
        print()
    except (sd.AudioError, OSError, WebSocketException) as error:
        sys.exit(str(error))
