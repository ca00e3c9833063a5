"""The page for the documentation: table, chart, what was measured on what and how."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path

from . import chart, distance, libraries, table
from .figures import Line
from .libraries import NOTHING
from .rows import Effort
from .runner import Results

HOW = """\
All libraries do the same work on the same virtual card in real time: 48 kHz, two channels, float32,
each measurement in a process of its own, on plain asyncio. Libraries take turns within each round.
Figures are medians of {rounds} rounds unless it says otherwise below.

* **Frames lost** are judged by content: the microphone is a ramp, the speaker keeps what it was
  given, and what is missing between first and last frame is lost, whatever flags say. Only a slow
  callback or reader can cause it; that the card's own thread came late costs no frames and stands
  below. These runs need almost no processor, so all libraries run at the same time. One run of
  {held:g} s for the GIL held again and again; of the single holds the worst of {rounds}.
* **Net CPU** is the whole process's, user and system, less that of the card: less what the card's
  own thread used outside of callbacks, by its processor clock, and less what is then left in the
  same round of the same streams with a C callback that does nothing. (The difference of two whole
  processes would be noisier than what is measured: a wake-up of the card's thread costs 15 to
  50 µs, whoever is called back.) What the card does for a blocking stream is not counted. `play`
  and `rec` include opening and closing; one runs beside the other.
* **Callback to coroutine** is the time from the moment at which the card hands over a block (calls
  the callback, or puts it into a blocking stream's buffer) to the line after the `async for` or
  `await` that got this very block.
* **Stall** is the longest time between two turns of a task that sleeps for 1 ms at a time, less the
  longest one of an idle loop in the same process. `Pa_OpenStream` and `Pa_CloseStream` each take
  that long. It counts as grown when it is more than 10 ms longer on the slower card. Two
  libraries run at a time.
* **Many streams** start {apart:g} ms apart, so that no library profits from blocks that happen to
  be due at once. Of numbers other than {many} there is one run each. The card calls all of them
  from one thread; when the callbacks together take longer than real time it falls behind, which
  loses nothing here and would on hardware: hence the line that says how far.
* **Queue throughput**: {whole:.0f} MB of sound pass through the kernel's callback, {callback}
  frames at a time, and out of it as arrays of {read} frames; `memcpy` copies the same sound into
  such arrays. The shortest of some turns in each round.
* **Import** is the time that the statement takes in a fresh interpreter, median of {imports}. For
  the other libraries it includes loading PortAudio, which is done here at first use.
"""


def machine() -> str:
    """Processor, cores, system, Python."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        models = [
            line.split(":", 1)[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        name = models[0] if models else name
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    kernel = platform.release().split("-")[0]
    return (
        f"{cores} cores of {name}, {platform.system()} {kernel}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def versions(names: tuple[str, ...]) -> str:
    """Libraries measured, with their versions."""
    modules = {libraries.module_of(name): libraries.version(name) for name in names}
    modules["numpy"] = __import__("numpy").__version__
    return ", ".join(f"{module} {version}" for module, version in modules.items())


def lateness(results: Results) -> str:
    """What the card's own thread was late, by library."""
    rows = ["| library | times late by more than a block | at most, ms |", "|---|---:|---:|"]
    rows += [
        f"| {table.SHORT.get(name, name)} | {times:,} | {1000 * most:.1f} |"
        for name, (times, most) in results.lateness().items()
        if name and (times or most or name == NOTHING)
    ]
    return "\n".join(rows)


def ways(names: tuple[str, ...]) -> str:
    """How each library is used."""
    return "\n".join(f"* {table.SHORT[name]}: {libraries.WAYS[name]}" for name in names)


def write(
    folder: Path,
    lines: list[Line],
    results: Results,
    effort: Effort,
    names: tuple[str, ...],
    load: float,
) -> list[Path]:
    """Write the page and its chart; returns their paths."""
    from . import alone, jobs
    from .sound import CHANNELS

    today = datetime.date.today().isoformat()
    about = f"{today}, {machine()}; {versions(names)}"
    picture, page = folder / "benchmarks.svg", folder / "benchmarks.md"
    folder.mkdir(parents=True, exist_ok=True)
    chart.draw(lines, picture, f"{today}, {machine()}")
    how = HOW.format(
        rounds=effort.rounds,
        held=effort.held,
        imports=effort.imports,
        apart=1000 * jobs.APART,
        many=32,
        whole=alone.WHOLE * CHANNELS * 4 / 1e6,
        callback=alone.CALLBACK,
        read=alone.READ,
    )
    parts = [
        "# Side by side",
        f"Written by `make bench` on {about}. Load average before: {load:.1f}.",
        f"![A bar for each library and line of the table, targets dashed]({picture.name})",
        table.markdown(lines, names),
        *(["## What is not reached, and why", why] if (why := distance.text(lines)) else []),
        "## What was measured",
        how.strip(),
        "## How each library is used",
        ways(names),
        "## The card's own lateness",
        lateness(results),
    ]
    page.write_text("\n\n".join(parts) + "\n")
    return [page, picture]
