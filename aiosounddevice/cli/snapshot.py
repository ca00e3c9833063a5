"""The devices as plain data, and a fresh look at them from another process.

PortAudio lists what was there when it was initialised. To initialise it again ends all streams,
and with JACK it may end the process; so what is there *now* is asked of a child, which is this
module as a program.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ..core import control, devices
from ..core.devices import DeviceList
from ..core.errors import AudioError

LIMIT = 30.0
"""Seconds for a child's answer; some host APIs take many to give up on a device."""


def described(found: DeviceList) -> list[dict[str, Any]]:
    """Return devices for JSON, with the names of their host APIs and the defaults marked."""
    given, taken = found._marked
    return [
        {
            **info,
            "hostapi_name": found._hostapis[info["hostapi"]],
            "default_input": info["index"] == given,
            "default_output": info["index"] == taken,
        }
        for info in found
    ]


def listed(data: list[dict[str, Any]]) -> DeviceList:
    """Return the list that was `described`."""
    apis = {info["hostapi"]: info["hostapi_name"] for info in data}
    names = [apis.get(number, "?") for number in range(max(apis, default=-1) + 1)]
    marked = [
        next((info["index"] for info in data if info[key]), -1)
        for key in ("default_input", "default_output")
    ]
    bare = [{key: info[key] for key in list(info)[:-3]} for info in data]
    return DeviceList.make(bare, names, (marked[0], marked[1]))


def command() -> list[str]:
    """Return the command line of the child."""
    return [sys.executable, "-m", f"{__package__}.snapshot"]


def answer(output: bytes, errors: bytes, code: int) -> DeviceList:
    """Understand what a child has said.

    Raises
    ------
    AudioError
        What it could not do, in its words.
    """
    if code:
        lines = errors.decode(errors="replace").strip().splitlines() or [f"exit code {code}"]
        raise AudioError(f"could not list the devices: {lines[-1]}")
    return listed(json.loads(output))


def main() -> int:
    """Print the devices as JSON."""
    try:
        found = control.call(devices.query_devices)
    except AudioError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    print(json.dumps(described(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
