"""What the command line can do without the extra ``cli``: list the devices, demo, run."""

from __future__ import annotations

import argparse
import os
import sys

import anyio

from .. import __version__
from . import card
from .errors import Failure, report

NAMES = ("play", "rec", "meter", "spectrogram", "plot", "wire", "latency", "doctor")
MISSING = 'needs typer and rich, which are not installed: pip install "aiosounddevice[cli]"'


def main(arguments: list[str]) -> int:
    """Run the command line; returns the exit code."""
    word = next((word for word in arguments if not word.startswith("-")), "")
    parser = _parser()
    try:
        if word in NAMES:
            raise Failure(f"'{word}' {MISSING}")
        return _run(parser, parser.parse_args(arguments))
    except SystemExit as end:  # argparse has said why
        return end.code if isinstance(end.code, int) else 2
    except (Exception, KeyboardInterrupt) as error:
        return report(error, parser.prog)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aiosounddevice",
        description="Audio input and output for asyncio and trio.",
        epilog=f"The commands {', '.join(NAMES)}: each {MISSING}",
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
    demo.add_argument("-d", "--device", help="number or part of the name; for input and output")
    run.add_argument("-m", dest="module", action="store_true", help="script is a module's name")
    run.add_argument("script", help="file, or with -m module; what follows belongs to it")
    run.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _run(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> int:
    on_virtual = getattr(chosen, "virtual", False)
    card.choose(on_virtual)
    if chosen.command == "run":
        return program(chosen.script, chosen.arguments, module=chosen.module)
    if chosen.command == "demo":
        from ..demo import demo

        if not 0.5 <= chosen.seconds <= 3600:
            parser.error("--seconds must be between 0.5 and 3600")
        return anyio.run(demo, chosen.seconds, chosen.output, chosen.device, on_virtual)
    from ..aio.devices import query_devices

    print(repr(anyio.run(query_devices)) or "no sound devices; try --virtual")
    return 0


def program(script: str, arguments: list[str], *, module: bool) -> int:
    """Run somebody's program; its errors are its own, and shown as Python shows them."""
    from ..compat.installing import run

    if not module and not os.path.isdir(script):  # a folder with a __main__.py runs too
        open(script, "rb").close()
    try:
        run(script, arguments, module=module)
    except Exception:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0
