"""What is measured, how often, and what is to be reached."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from .figures import BEST, Limit, Line, first, medians, net
from .libraries import HERE, LISTENTOME, NAMES, NOTHING, PYAUDIO, RECIPE, installed, module_of
from .runner import Results, Step

MEMCPY = "memcpy"
TAKERS = (HERE, RECIPE, PYAUDIO, LISTENTOME)
STALLS = (0.15, 0.6)
TOLERANCE = 0.010
"""Seconds by which a stall may grow with the card's time: what one turn of a busy loop takes."""


@dataclass(frozen=True)
class Effort:
    """How much of everything."""

    rounds: int = 5
    held: float = 60.0
    window: float = 2.5
    take: float = 4.0
    imports: int = 15
    streams: tuple[int, ...] = (16, 32, 48, 64)


QUICK = Effort(rounds=1, held=3.0, window=0.6, take=1.0, imports=3, streams=(32, 64))
Plan = list[list[Step]]


@dataclass(frozen=True)
class Row:
    """A kind of work: the steps it takes, and the lines its results make."""

    key: str
    about: str
    plan: Callable[[Effort, tuple[str, ...]], Plan]
    lines: Callable[[Results, Effort, tuple[str, ...]], list[Line]]


# ---- the GIL is held


def _held(job_hold: list[float], seconds: float, names: tuple[str, ...]) -> Plan:
    """All libraries at the same time: they hardly need the processor, and meet the same load."""
    return [
        [
            Step(
                "losing",
                name,
                seconds,
                {"direction": direction, "seconds": seconds, "hold": job_hold},
            )
            for name in names
        ]
        for direction in ("capture", "playback")
    ]


def _lost(results: Results, row: str, what: str, hold: list[float], names: tuple[str, ...]):  # type: ignore[no-untyped-def]
    for direction in ("capture", "playback"):

        def samples(name: str, direction: str = direction) -> list[float]:
            return results.get("losing", name, "lost", direction=direction, hold=hold)

        yield Line(
            row,
            f"{direction} at 64 frames, {what}: frames lost",
            "frames",
            # The worst round, not the middle one: what is lost once is lost.
            {name: max(found) for name in names if (found := samples(name))},
            [Limit(0)],
        )


BLINK, LONG = [0.05, 0.1], [0.8, 1.6, 1]


def _gil_plan(effort: Effort, names: tuple[str, ...]) -> Plan:
    return _held(BLINK, effort.held, names)


def _gil_lines(results: Results, effort: Effort, names: tuple[str, ...]) -> list[Line]:
    what = f"GIL held 50 ms of every 100 for {effort.held:g} s"
    return list(_lost(results, "gil", what, BLINK, names))


def _hold_plan(effort: Effort, names: tuple[str, ...]) -> Plan:
    return _held(LONG, 2.5, names) * effort.rounds


def _hold_lines(results: Results, effort: Effort, names: tuple[str, ...]) -> list[Line]:
    return list(_lost(results, "hold", "GIL held once for 800 ms", LONG, names))


# ---- reading


def _reading(name: str, seconds: float, streams: int, block: int, frames: int, **more) -> Step:  # type: ignore[no-untyped-def]
    options = {"streams": streams, "block": block, "frames": frames, "seconds": seconds, **more}
    return Step("reading", name, seconds + 0.5, options)


def _idling(seconds: float, direction: str, block: int, latency: str, streams: int = 1) -> Step:
    options = {"direction": direction, "block": block, "latency": latency, "streams": streams}
    return Step("idling", NOTHING, seconds + 0.3, {**options, "seconds": seconds})


def _read_plan(effort: Effort, names: tuple[str, ...]) -> Plan:
    each = [_idling(effort.window, "capture", 64, "low")]
    each += [_reading(name, effort.window, 1, 64, 1024) for name in names]
    each += [_reading(name, effort.window, 1, 64, 64, delays=True) for name in names]
    return [[step] for step in each] * effort.rounds


def _read_lines(results: Results, effort: Effort, names: tuple[str, ...]) -> list[Line]:
    alone = results.get("idling", NOTHING, "cpu", direction="capture", block=64)

    def figure(name: str, frames: int, which: str) -> list[float]:
        return results.get("reading", name, which, streams=1, frames=frames)

    def cpu(frames: int) -> dict[str, float]:
        return _percent(net(lambda name: figure(name, frames, "cpu"), alone, names))

    def delay(which: str) -> dict[str, float]:
        found = medians(lambda name: figure(name, 64, which), names)
        return {name: 1e6 * seconds for name, seconds in found.items()}

    return [
        Line(
            "read",
            "capture at 64, read 1024 at a time: net CPU",
            "%",
            cpu(1024),
            [Limit(0.10, RECIPE), Limit(0.6, PYAUDIO)],
        ),
        Line("read", "capture at 64, read every 64: net CPU", "%", cpu(64), [Limit(0.5, BEST)]),
        Line(
            "read",
            "callback to coroutine, every 64: median",
            "µs",
            delay("median"),
            [Limit(0.8, BEST)],
        ),
        Line(
            "read", "callback to coroutine, every 64: 99 %", "µs", delay("most"), [Limit(0.5, BEST)]
        ),
    ]


def _percent(parts: dict[str, float]) -> dict[str, float]:
    return {name: 100 * part for name, part in parts.items()}


# ---- whole takes


def _take_plan(effort: Effort, names: tuple[str, ...]) -> Plan:
    each = []
    for direction in ("play", "record"):
        # The card's own block at high latency, which is every library's default where it has one.
        side = "capture" if direction == "record" else "play"
        each.append(_idling(effort.take, side, 0, "high"))
        options = {"direction": direction, "seconds": effort.take}
        each += [
            Step("taking", name, effort.take + 0.3, options) for name in names if name in TAKERS
        ]
    # A recording beside a playback: neither keeps the processor busy for a hundredth of the time.
    half = len(each) // 2
    return [list(pair) for pair in zip(each[:half], each[half:], strict=True)] * effort.rounds


def _take_lines(results: Results, effort: Effort, names: tuple[str, ...]) -> list[Line]:
    lines = []
    for direction, title in (("play", "await play(array)"), ("record", "await rec(n)")):
        side = "capture" if direction == "record" else "play"
        alone = results.get("idling", NOTHING, "cpu", direction=side, block=0)
        found = net(
            lambda name, direction=direction: results.get(  # type: ignore[misc]
                "taking", name, "cpu", direction=direction
            ),
            alone,
            names,
        )
        title = f"`{title}` of {effort.take:g} s: net CPU per second of audio"
        figures = {name: 1000 * spent for name, spent in found.items()}
        lines.append(Line("take", title, "ms/s", figures, [Limit(0.1, RECIPE)]))
    return lines


# ---- many streams


def _many_plan(effort: Effort, names: tuple[str, ...]) -> Plan:
    each = [_idling(effort.window, "capture", 256, "low", 32)]
    each += [_reading(name, effort.window, 32, 256, 256) for name in names]
    others = [count for count in effort.streams if count != 32]
    more = [_reading(name, effort.window, count, 256, 256) for count in others for name in names]
    return [[step] for step in each * effort.rounds + more]


def _many_lines(results: Results, effort: Effort, names: tuple[str, ...]) -> list[Line]:
    alone = results.get("idling", NOTHING, "cpu", streams=32)
    cpu = net(lambda name: results.get("reading", name, "cpu", block=256, streams=32), alone, names)

    def behind(name: str) -> list[float]:
        return results.get("reading", name, "lateness", block=256, streams=effort.streams[-1])

    def lost(name: str, count: int) -> float:
        return max(results.get("reading", name, "lost", block=256, streams=count), default=0)

    return [
        Line(
            "many",
            "32 capture streams at 256 in one process: net CPU",
            "%",
            _percent(cpu),
            [Limit(0.4, BEST)],
        ),
        Line(
            "many",
            f"capture streams at 256 at the first loss, of {', '.join(map(str, effort.streams))}",
            "streams",
            {name: first({count: lost(name, count) for count in effort.streams}) for name in names},
            [Limit(math.inf, least=True, why="none")],
            more_is_better=True,
        ),
        Line(
            "many",
            f"{effort.streams[-1]} capture streams at 256: how far the card's thread fell behind",
            "ms",
            {name: 1000 * max(found) for name in names if (found := behind(name))},
        ),
    ]


# ---- a slow card


def _stall_plan(effort: Effort, names: tuple[str, ...]) -> Plan:
    """Two libraries at a time: each has a core, and mostly waits."""
    return [
        [Step("stalling", name, 2 * slow + 0.9, {"slow": slow}) for name in names[at : at + 2]]
        for _ in range(effort.rounds)
        for slow in STALLS
        for at in range(0, len(names), 2)
    ]


def _stall_lines(results: Results, effort: Effort, names: tuple[str, ...]) -> list[Line]:
    found = {
        slow: medians(
            lambda name, slow=slow: results.get(  # type: ignore[misc]
                "stalling", name, "stall", slow=slow
            ),
            names,
        )
        for slow in STALLS
    }
    lines = []
    for slow in STALLS:
        figures = {name: 1000 * stall for name, stall in found[slow].items()}
        title = f"opening and closing take {1000 * slow:g} ms each: longest stall of the loop"
        lines.append(Line("stall", title, "ms", figures))
    if HERE in (least := found[STALLS[0]]):
        lines[-1].limits = [Limit(1000 * (least[HERE] + TOLERANCE), why="as for 150 ms")]
    return lines


# ---- without a loop


def _queue_plan(effort: Effort, names: tuple[str, ...]) -> Plan:
    return [[Step("queueing", HERE, 3.0, {"rounds": effort.rounds})]]


def _queue_lines(results: Results, effort: Effort, names: tuple[str, ...]) -> list[Line]:
    def per_second(name: str) -> float:
        return median(results.get("queueing", HERE, name)[0]) / 1e9

    figures = {HERE: per_second("queue"), MEMCPY: per_second("memcpy")}
    return [
        Line(
            "queue",
            "queue throughput, callback to ndarray",
            "GB/s",
            figures,
            [Limit(0.5, MEMCPY, least=True)],
            more_is_better=True,
        )
    ]


_IMPORT = """
import json, sys, time
begun = time.perf_counter()
import {module}
taken = time.perf_counter() - begun
print(json.dumps({{"seconds": taken, "numpy": "numpy" in sys.modules}}))
"""


def _import_plan(effort: Effort, names: tuple[str, ...]) -> Plan:
    modules = {module_of(name): name for name in reversed(names)}
    # A first round fills the caches and does not count.
    return [
        [Step("importing", name, 0.0, {"code": _IMPORT.format(module=module), "round": number})]
        for number in range(effort.imports + 1)
        for module, name in sorted(modules.items())
    ]


def _import_lines(results: Results, effort: Effort, names: tuple[str, ...]) -> list[Line]:
    found = medians(lambda name: results.get("importing", name, "seconds")[1:], names)
    figures = {name: 1000 * seconds for name, seconds in found.items()}
    lazy = not any(results.get("importing", HERE, "numpy"))
    title = "import" + (", NumPy not loaded" if lazy else ", WITH NumPy")
    limits = [Limit(1.0, RECIPE)] + ([] if lazy else [Limit(0.0, why="without NumPy")])
    return [Line("import", title, "ms", figures, limits)]


ROWS = {
    row.key: row
    for row in (
        Row("gil", "another thread holds the GIL 50 ms of every 100", _gil_plan, _gil_lines),
        Row("hold", "another thread holds the GIL once for 800 ms", _hold_plan, _hold_lines),
        Row("read", "CPU and delay of reading", _read_plan, _read_lines),
        Row("take", "CPU of play and rec", _take_plan, _take_lines),
        Row("many", "CPU and loss of many streams", _many_plan, _many_lines),
        Row("stall", "the loop while a slow card is opened and closed", _stall_plan, _stall_lines),
        Row("queue", "throughput of the queue", _queue_plan, _queue_lines),
        Row("import", "time to import", _import_plan, _import_lines),
    )
}


def present() -> tuple[str, ...]:
    """Libraries that can be measured here."""
    return tuple(name for name in NAMES if installed(name))
