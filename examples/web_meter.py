#!/usr/bin/env python3
"""Show the microphone's level in a web page, live, in as many browsers as like to look.

    python web_meter.py --virtual    without hardware: a tone that comes and goes

Needs starlette, uvicorn and websockets (pip install starlette uvicorn websockets). Ctrl+C ends it.
"""

import asyncio
import contextlib
import sys
from argparse import ArgumentParser, Namespace, RawTextHelpFormatter

import numpy as np

import aiosounddevice as sd

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocket, WebSocketDisconnect
except ImportError as error:
    sys.exit(f"{error.name} is missing: pip install starlette uvicorn websockets")

PAGE = """<!doctype html><title>Level</title>
<canvas width="600" height="40"></canvas>
<script>
  const canvas = document.querySelector("canvas"), pen = canvas.getContext("2d");
  const socket = new WebSocket(`ws://${location.host}/levels`);
  socket.onmessage = ({data}) => {  // decibels; 0 is full scale
    pen.fillStyle = "#ddd"; pen.fillRect(0, 0, 600, 40);
    pen.fillStyle = data > -6 ? "#d00" : "#0a0"; pen.fillRect(0, 0, 600 + 10 * data, 40);
  };
  socket.onclose = () => document.body.append("The microphone is gone.");
</script>"""


def device(text: str) -> int | str:
    """Return a device number, or else part of a device's name."""
    return int(text) if text.lstrip("-").isdigit() else text


async def main(args: Namespace) -> None:
    async with sd.InputStream(device=args.device, channels=1) as microphone:

        async def levels(socket: WebSocket) -> None:
            """Send the peak of each thirtieth of a second, until the browser is closed."""
            await socket.accept()
            async with microphone.subscribe() as reader:
                with contextlib.suppress(WebSocketDisconnect):
                    async for block in reader.blocks(round(microphone.samplerate / 30)):
                        level = 20 * np.log10(np.abs(block).max() + 1e-6)
                        await socket.send_text(f"{level:.1f}")

        routes = [Route("/", lambda _: HTMLResponse(PAGE)), WebSocketRoute("/levels", levels)]
        config = uvicorn.Config(Starlette(routes=routes), port=args.port, log_level="warning")
        print(f"open http://127.0.0.1:{args.port}", flush=True)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("-p", "--port", type=int, default=8000, help="of the web server")
    parser.add_argument("-d", "--device", type=device, help="number or part of its name")
    parser.add_argument("--virtual", action="store_true", help="hear a virtual tone")
    args = parser.parse_args()
    if args.virtual:
        time = np.arange(4 * 48000) / 48000
        tone = np.sin(np.pi * time / 4) ** 4 * np.sin(2 * np.pi * 440 * time)
        sd.virtual.use().microphone.feed(tone, loop=True)
        sd.default.device = "microphone", "speaker"
    try:
        asyncio.run(main(args))
    except KeyboardInterrupt:
        print()
    except sd.AudioError as error:
        sys.exit(str(error))
