"""What ``doctor`` finds out by PortAudio: library, devices, rates, and whether they really run."""

from __future__ import annotations

import os
import time
from typing import Any

import anyio

from ..aio.devices import (
    check_input_settings,
    check_output_settings,
    query_devices,
    query_hostapis,
)
from ..aio.input import InputStream
from ..aio.loops import posted
from ..aio.output import OutputStream
from ..core import control, library
from ..core.diagnosis import RATES
from ..core.errors import AudioError, LibraryNotFound
from .errors import one_line
from .system import Finding

MOMENT = 0.05
"""Seconds that are recorded and, silent, played."""
LIMIT = 10.0
"""Seconds that this may take; PulseAudio takes over one to begin."""


async def the_library() -> Finding:
    """Find, load and initialise PortAudio."""
    try:
        path, version = await posted(control.post(_version, on_abandon=library.abandon_current))
        await query_hostapis()
    except LibraryNotFound as error:
        lines = str(error).splitlines()
        tried = " ".join(line.strip() for line in lines[1:-1])
        chosen = f"unset {library.VARIABLE}, or let it name a PortAudio library"
        advice = chosen if os.environ.get(library.VARIABLE) else lines[-1]
        return Finding("wrong", "library", f"{lines[0]}. {tried}", advice)
    except AudioError as error:
        advice = "the settings of ALSA (~/.asoundrc) or of the sound server are at fault"
        return Finding("wrong", "library", one_line(str(error)), advice)
    chosen = f" (from {library.VARIABLE})" if os.environ.get(library.VARIABLE) else ""
    return Finding("ok", "library", f"{path}{chosen}: {version}")


async def the_devices() -> list[Finding]:
    """Look at the devices that it finds, and open the default ones."""
    if not await query_devices():
        return [
            Finding(
                "wrong", "devices", "PortAudio finds none", "see above; --virtual works without"
            )
        ]
    apis = [f"{api['name']} ({len(api['devices'])})" for api in await query_hostapis()]
    found = [Finding("ok", "host APIs", ", ".join(apis))]
    for kind in ("input", "output"):
        found += await _side(kind)
    return found


def _version() -> tuple[str, str]:
    pa = library.loaded()
    return pa.path, pa.text(pa.lib.Pa_GetVersionText()) or "?"


async def _side(kind: str) -> list[Finding]:
    """Look at the default device of a direction."""
    try:
        info = await query_devices(kind=kind)
    except AudioError as error:
        advice = f"choose one with --{kind}-device or sd.default.device; see 'devices'"
        return [Finding("wrong", kind, one_line(str(error)), advice)]
    channels = info[f"max_{kind}_channels"]
    text = f"{info['name']}, {channels} channel{'' if channels == 1 else 's'}, "
    found = [Finding("ok", kind, f"{text}{info['default_samplerate']:g} Hz")]
    rates = [str(rate) for rate in RATES if await _opens(kind, info["index"], rate)]
    if rates:
        found.append(Finding("ok", "", f"rates that open: {', '.join(rates)}"))
        found.append(await _runs(kind, info))
    else:
        advice = "another program may hold it, or the sound server's profile has it switched off"
        found.append(Finding("wrong", "", "no usual sample rate opens", advice))
    return found


async def _opens(kind: str, index: int, rate: float) -> bool:
    check = check_input_settings if kind == "input" else check_output_settings
    try:
        await check(index, 1, samplerate=rate)
    except AudioError:
        return False
    return True


async def _runs(kind: str, info: dict[str, Any]) -> Finding:
    """Open a device for a moment: many troubles show only then."""
    began = time.monotonic()
    try:
        with anyio.fail_after(LIMIT):
            if kind == "input":
                async with InputStream(device=info["index"], channels=1) as given:
                    opened, latency = time.monotonic() - began, given.latency
                    await given.read(round(MOMENT * given.samplerate))
            else:
                async with OutputStream(device=info["index"], channels=1) as taken:
                    opened, latency = time.monotonic() - began, taken.latency
                    await taken.write([0.0] * round(MOMENT * taken.samplerate))
                    await taken.drain()
    except TimeoutError:
        text = f"opens, and then nothing happens for {LIMIT:g} s"
        return Finding("wrong", "", text, "restart the sound server, or unplug and plug it in")
    except AudioError as error:
        return Finding("wrong", "", one_line(str(error)))
    text = f"opens in {1000 * opened:.0f} ms and runs, latency {1000 * latency:.1f} ms"
    return Finding("ok", "", text)
