"""Explain an error: what was asked, what the device can do, the likely cause, one next step.

Runs on the control thread right after the call that failed, and asks PortAudio what it would do
instead (Pa_IsFormatSupported, for which some host APIs open the device for a moment). An
explanation must never hide the error: whatever goes wrong here, there is none.
"""

from __future__ import annotations

import glob
import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import chatter, devices
from .lookup import Candidate

if TYPE_CHECKING:
    from .errors import PortAudioError
    from .library import PortAudio
    from .parameters import Direction, StreamParameters

logger = logging.getLogger("aiosounddevice.diagnosis")

RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000)
_FORMATS = {"float32": 0x01, "int32": 0x02, "int24": 0x04, "int16": 0x08, "int8": 0x10}
_INVALID_DEVICE, _INVALID_SAMPLE_RATE, _INVALID_CHANNELS = -9996, -9997, -9998
_FORMAT, _COMBINATION, _BUSY, _HOST = -9994, -9993, -9985, -9999


def explain(pa: PortAudio, error: PortAudioError, parameters: StreamParameters | None) -> str:
    """Return lines that explain an error; empty if there is nothing to add.

    Parameters
    ----------
    pa : PortAudio
        The library that the error comes from.
    error : PortAudioError
    parameters : StreamParameters or None
        What was to be opened, or asked for.
    """
    if error.explanation or parameters is None:
        return error.explanation
    sides = [side for side in (parameters.input, parameters.output) if side is not None]
    try:
        with chatter.capture():
            lines = [_asked(pa, side, parameters) for side in sides]
            lines += _causes(pa, error, parameters, sides)
    except Exception:
        logger.debug("no explanation for %r", error, exc_info=True)
        return ""
    return "\n".join(line for line in lines if line)


def channels(
    candidates: Sequence[Candidate],
    number: int,
    kind: str,
    wanted: int,
    mapping: Sequence[int] | None = None,
) -> str:
    """Explain that a device has not enough channels, and name devices that have.

    Parameters
    ----------
    candidates : sequence of Candidate
        All devices.
    number : int
        The one that was asked for.
    kind : {'input', 'output'}
    wanted : int
        Channels that it would need.
    mapping : sequence of int, optional
        Channel numbers counted from 0, if they were given.
    """
    device = candidates[number]
    what = f"{wanted} {kind} channel{'' if wanted == 1 else 's'}"
    if mapping is not None:
        what = f"{kind} channels {', '.join(str(place + 1) for place in mapping)}"
    has = f"'{device.name}' has {device.inputs} in, {device.outputs} out"
    fitting = [
        str(place)
        for place, candidate in enumerate(candidates)
        if (candidate.inputs if kind == "input" else candidate.outputs) >= wanted
    ]
    instead = f"devices with {wanted} {kind}{'' if wanted == 1 else 's'}: {', '.join(fitting)}"
    if not fitting:
        instead = f"no device has {wanted} {kind}{'' if wanted == 1 else 's'}"
    return f"asked for {what}; {has}; {instead}"


def environment_hint(root: str = "/") -> str:
    """Return why this system may show no sound device at all; empty if there is no clue."""
    if not sys.platform.startswith("linux"):
        return ""
    if _read(root, "proc/sys/kernel/osrelease").lower().find("microsoft") >= 0:
        return "In WSL sound goes through PulseAudio: install libasound2-plugins."
    if any(
        os.path.exists(os.path.join(root, mark)) for mark in (".dockerenv", "run/.containerenv")
    ):
        return "In a container: pass the sound devices in (docker run --device /dev/snd)."
    if not os.path.isdir(os.path.join(root, "dev/snd")):
        return "There is no /dev/snd: this system has no sound card, or no driver for it."
    if not any(os.access(node, os.W_OK) for node in glob.glob(os.path.join(root, "dev/snd/pcm*"))):
        return "No access to /dev/snd: is this user in the group 'audio'?"
    return ""


def _asked(pa: PortAudio, side: Direction, parameters: StreamParameters) -> str:
    info = devices.device_info(pa, side.device)
    api = pa.lib.Pa_GetHostApiInfo(info["hostapi"])
    kind = "input" if side is parameters.input else "output"
    return (
        f"asked for {side.host_channels} {kind} channel{'' if side.host_channels == 1 else 's'}, "
        f"{side.dtype}, {parameters.samplerate:g} Hz; device {side.device} '{side.name}' "
        f"({pa.text(api.name) if api else '?'}) has {info['max_input_channels']} in, "
        f"{info['max_output_channels']} out, default {info['default_samplerate']:g} Hz"
    )


def _causes(
    pa: PortAudio, error: PortAudioError, parameters: StreamParameters, sides: list[Direction]
) -> list[str]:
    code = error.code
    if code in (_INVALID_SAMPLE_RATE, _INVALID_DEVICE):
        # WASAPI says "invalid device" for a sample rate it does not like.
        lines = [_rates(pa, side, side is parameters.input, parameters) for side in sides]
        return lines if code == _INVALID_SAMPLE_RATE or any("Hz" in line for line in lines) else []
    if code == _INVALID_CHANNELS:
        found = devices.candidates(pa)
        kinds = [(side, "input" if side is parameters.input else "output") for side in sides]
        return [channels(found, side.device, kind, side.host_channels) for side, kind in kinds]
    if code == _FORMAT:
        return [_formats(pa, side, side is parameters.input, parameters) for side in sides]
    if code == _COMBINATION:
        return [_combination(pa, sides)]
    if code == _BUSY:
        return [_busy(side, side is parameters.input) for side in sides]
    if code == _HOST:
        return [_host(error)]
    return []


def _supported(pa: PortAudio, struct: Any, is_input: bool, rate: float) -> bool:
    null = pa.ffi.NULL
    pair = (struct, null) if is_input else (null, struct)
    return int(pa.lib.Pa_IsFormatSupported(*pair, rate)) == 0


def _rates(pa: PortAudio, side: Direction, is_input: bool, parameters: StreamParameters) -> str:
    if _supported(pa, side.struct, is_input, parameters.samplerate):
        return ""
    rates = [rate for rate in RATES if _supported(pa, side.struct, is_input, rate)]
    if not rates:
        return f"'{side.name}' does no usual sample rate with these settings"
    listed = ", ".join(str(rate) for rate in rates)
    return f"'{side.name}' does {listed} Hz: choose one of these"


def _formats(pa: PortAudio, side: Direction, is_input: bool, parameters: StreamParameters) -> str:
    names = []
    for name, code in _FORMATS.items():
        struct: Any = pa.ffi.new("PaStreamParameters *", side.struct[0])
        struct.sampleFormat = code
        if _supported(pa, struct, is_input, parameters.samplerate):
            names.append(name)
    return f"'{side.name}' does {', '.join(names)}: choose one with dtype=" if names else ""


def _combination(pa: PortAudio, sides: list[Direction]) -> str:
    """Name the host APIs of a pair, and a pair that shares one."""
    found = devices.candidates(pa)
    apis = [found[side.device].hostapi for side in sides]
    if len(sides) < 2 or apis[0] == apis[1]:
        return "These devices cannot be opened together; open an input and an output stream."
    pairs = [
        f"device=({given}, {taken})"
        for given, first in enumerate(found)
        for taken, second in enumerate(found)
        if first.inputs and second.outputs and first.hostapi == second.hostapi in apis
    ]
    text = f"input is {apis[0]}, output is {apis[1]}: both must belong to one host API"
    return f"{text}, for instance {pairs[0]}" if pairs else text


def _busy(side: Direction, is_input: bool) -> str:
    match = re.search(r"\(hw:(\d+),(\d+)\)", side.name)
    owner = _owner(int(match[1]), int(match[2]), is_input) if match else ""
    held = f"'{side.name}' is held by {owner}" if owner else f"'{side.name}' is in use"
    if match:
        return f"{held}; device='pipewire', 'pulse' or 'default' shares it instead of hw:"
    return f"{held}, perhaps by another program in exclusive mode"


def _owner(card: int, device: int, is_input: bool, root: str = "/") -> str:
    """Return which process has an ALSA device open, as far as /proc tells."""
    place = f"proc/asound/card{card}/pcm{device}{'c' if is_input else 'p'}/sub*/status"
    for status in glob.glob(os.path.join(root, place)):
        match = re.search(r"owner_pid\s*:\s*(\d+)", _read("", status))
        if match:
            name = _read(root, f"proc/{match[1]}/comm").strip()
            return f"{name or 'a process'} (process {match[1]})"
    return ""


def _read(root: str, path: str) -> str:
    try:
        return Path(root, path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _host(error: PortAudioError) -> str:
    meaning = ""
    code = error.host_code
    if code is not None and error.host_api_name == "ALSA" and -200 < code < 0:
        meaning = f" ({os.strerror(-code)})"
    elif code is not None and error.host_api_name == "Core Audio":
        letters = code.to_bytes(4, "big", signed=code < 0) if abs(code) < 2**31 else b""
        readable = letters.isascii() and letters.decode().isprintable() and letters.strip()
        meaning = f" ('{letters.decode()}')" if readable else ""
    elif code is not None and error.host_api_name in ("Windows WASAPI", "Windows WDM-KS"):
        meaning = f" (0x{code & 0xFFFFFFFF:08X})"
    name = error.host_api_name or "the host API"
    return f"{name} refused{meaning}: unplugged, privacy setting, or a forked process?"


def no_device(kind: str | None, found: Sequence[Candidate]) -> str:
    """Return a hint if there is no device at all for a direction."""
    return "" if any(candidate.has(kind) for candidate in found) else environment_hint()
