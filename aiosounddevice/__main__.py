"""The command line: ``python -m aiosounddevice`` lists devices, ``... demo`` shows the main job."""

from __future__ import annotations

import argparse
import sys

import anyio

from . import __version__
from .core.errors import AudioError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aiosounddevice", description="Audio input and output for asyncio and trio."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", title="commands")
    devices = commands.add_parser("devices", help="list the devices (the default)")
    demo = commands.add_parser(
        "demo", help="play a melody, record it at the same time, and report what arrived"
    )
    run = commands.add_parser(
        "run",
        help="run a program with 'import sounddevice' answered by aiosounddevice.compat",
        usage="aiosounddevice run [-h] [--virtual] [-m] script [argument ...]",
    )
    for each in (parser, devices, demo, run):
        each.add_argument(
            "--virtual",
            action="store_true",
            default=argparse.SUPPRESS,  # so that a command does not unset what stood before it
            help="use the virtual sound card, not hardware",
        )
    demo.add_argument(
        "--seconds", type=float, default=5.0, metavar="S", help="length (default %(default)s)"
    )
    demo.add_argument(
        "-o", "--output", default="demo.wav", metavar="FILE", help="take (default %(default)s)"
    )
    demo.add_argument("--device", help="number or part of the name; for input and output")
    run.add_argument("-m", dest="module", action="store_true", help="script is a module's name")
    run.add_argument("script", help="file, or with -m module; what follows belongs to it")
    run.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    on_virtual = getattr(chosen, "virtual", False)
    try:
        if on_virtual:
            from . import virtual

            virtual.use()
        if chosen.command == "run":
            from .compat.installing import run

            run(chosen.script, chosen.arguments, module=chosen.module)
            return 0
        if chosen.command == "demo":
            from .demo import demo

            if not 0.5 <= chosen.seconds <= 3600:
                parser.error("--seconds must be between 0.5 and 3600")
            return anyio.run(demo, chosen.seconds, chosen.output, chosen.device, on_virtual)
        from .aio.devices import query_devices

        print(repr(anyio.run(query_devices)) or "no sound devices; try --virtual")
        return 0
    except KeyboardInterrupt:
        return 130
    except (AudioError, OSError) as error:
        print(f"aiosounddevice: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
