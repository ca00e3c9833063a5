"""Why some lines are not reached: where the time goes, and what was tried."""

from __future__ import annotations

from collections.abc import Iterable

from .figures import Line

COLD = """\
Code that has not run for a while is slow: what the caches of the processor held of it is gone. On
a virtual machine with two cores (2026-11-22) one wake-up of a thread cost, in microseconds of CPU:

| woken every | 1.3 ms | 5.3 ms | 21 ms | 85 ms |
|---|---:|---:|---:|---:|
| a C program in `epoll_wait` | 3.5 | 3.6 | 6 | |
| asyncio, a callback of `add_reader` that does nothing but read the eventfd | 11 | 15 | 40 | |
| `async for` over blocks, all included | 17 | | 90 to 140 | 220 to 280 |

In the last column `numpy.empty` takes 19 µs instead of 0.7, and handing its memory to C 10 instead
of 0.6. So a library that is rarely woken gains less than the number of its wake-ups says."""

WHY = {
    "read 1024": """\
A reader of 1024 frames is woken 47 times a second where the recipe's is 750 times, but each of
these wake-ups finds cold caches. Tried: no turn of asyncio's loop between the eventfd and the
task, one call into C for a block, nothing made that nobody looks at. The rest is a task's step,
an array and the `async for` itself. Next: an array made without the buffer protocol.""",
    "read every 64": """\
Of some 17 µs a block on the loop's thread a wake-up itself takes 4, and the task's step, the array
and what the benchmark does with a block most of the rest.""",
    "99 %": """\
The slowest hundredth is what the system's scheduler makes of it: a C program in `epoll_wait`, woken
in the same way, has 17 to 37 µs there. It differs from run to run by a factor of two.""",
    "await": """\
4 s of sound cost about 5 ms: 2 on the loop's thread (checking arguments, opening, one wake-up, the
end), 1 on the control thread, 0.7 for two looks of the watchdog, 1.5 in the 375 callbacks, mostly
reading memory that no cache holds. Warm, in a burst of short takes, all of it is 1 to 2 ms. Tried:
one wake-up and one call of the control thread less, which is within the noise. Next: a watchdog
that looks in C.""",
    "32 capture streams": """\
6000 blocks a second, due one after the other and not together, so each is a wake-up of its own:
4 µs for that, 2.5 in the callback (which signals an eventfd), 10 for the task's step and the array.
Tried: no turn of asyncio's loop, which was worth a quarter; no read of the eventfd; fewer Python
calls on the way. Batching would save more, at the price of waiting for others' blocks.""",
}


def text(lines: Iterable[Line]) -> str:
    """A paragraph for each line that is not reached, by words in its title; "" if there is none."""
    missed = [line for line in lines if line.reached is False]
    parts = []
    for words, why in WHY.items():
        titles = [line.title for line in missed if words in line.title]
        if titles:
            parts.append(f"**{'; '.join(titles)}.** {why}")
    return "\n\n".join([*parts, COLD]) if parts else ""
