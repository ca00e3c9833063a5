"""Enumerate every order in which the steps of a few threads can happen.

A thread is a list of steps; a step reads or writes the shared state once, as an atomic access or
one half of a copy does, and may say which step comes next. Accesses are taken in one order that
all threads agree on, which is what sequential consistency promises; a weaker promise is tried by
exchanging two steps of one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

State = dict[str, object]
Step = Callable[[State], "int | str | None"]

BLOCKED = "blocked"
"""A step's answer when it cannot be taken yet; it must not have changed anything."""
END = "end"
"""A step's answer after which its thread is through."""


class OrderError(AssertionError):
    """An order was found in which something forbidden happens; the message tells it."""


@dataclass(frozen=True)
class Found:
    """What an enumeration went through."""

    states: int
    finals: int


def require(good: object, what: str) -> None:
    """For steps: a condition that must hold."""
    if not good:
        raise OrderError(what)


def explore(
    initial: State,
    threads: Sequence[Sequence[Step]],
    final: Callable[[State], None] = lambda state: None,
    *,
    daemons: Sequence[int] = (),
) -> Found:
    """Take all orders; `final` is asked of each state in which nobody can go on.

    A state with a thread that is not through and cannot go on is a violation, unless the thread
    is one of `daemons`.
    """
    counters = tuple(0 for _ in threads)
    stack: list[tuple[State, tuple[int, ...], tuple[str, ...]]] = [(initial, counters, ())]
    seen = {_key(initial, counters)}
    finals = 0
    while stack:
        state, at, path = stack.pop()
        moved = False
        for index, steps in enumerate(threads):
            if at[index] >= len(steps):
                continue
            after = dict(state)
            step = steps[at[index]]
            taken = (*path, f"{index}:{step.__name__}")
            try:
                answer = step(after)
            except OrderError as error:
                raise OrderError(f"{error} after {' '.join(taken)}") from None
            if answer == BLOCKED:
                continue
            moved = True
            following = _following(answer, at[index], len(steps))
            now = (*at[:index], following, *at[index + 1 :])
            key = _key(after, now)
            if key not in seen:
                seen.add(key)
                stack.append((after, now, taken))
        if not moved:
            finals += 1
            stuck = [i for i, steps in enumerate(threads) if at[i] < len(steps)]
            if set(stuck) - set(daemons):
                raise OrderError(f"threads {stuck} wait for ever after {' '.join(path)}")
            final(state)
    return Found(len(seen), finals)


def _following(answer: int | str | None, at: int, count: int) -> int:
    if answer is None:
        return at + 1
    if answer == END:
        return count
    assert isinstance(answer, int)
    return answer


def _key(state: State, counters: tuple[int, ...]) -> tuple[object, ...]:
    return (tuple(sorted(state.items())), counters)
