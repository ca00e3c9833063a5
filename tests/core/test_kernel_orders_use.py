"""Every order of a tap's first read, of drops, and of the count of what was lost.

As in test_kernel_orders.py, the protocol is also tried with the thing changed that makes it
right.
"""

from __future__ import annotations

import pytest
from kernel_orders import OrderError, explore, require

# ---- the first read of a spare tap against drops and their count ("use" in tap.h)

FRESH, SPARE, READ = "fresh", "spare", "read"
ROOM = 2


COUNT, PUSH, LOSE, STORE, LATE = 11, 5, 8, 9, 10


def make_spare(first):
    """asd_tap_make_spare."""

    def spare_read(state):
        state["seen"] = state["read"]

    def spare_use(state):
        return None if state["use"] == FRESH else first + PUSH

    def spare_drop(state):
        held = state["write"] - (state["seen"] >> 1)
        if not state["lost"] or not held:
            return None
        if state["seen"] & 1 or state["read"] != state["seen"]:
            return first + PUSH
        state["read"] = state["seen"] + 2 * held
        return None

    def spare_exchange(state):
        if state["use"] != FRESH:
            return first + PUSH
        state["use"] = SPARE
        return None

    def spare_forget(state):
        state["lost"] = 0

    return [spare_read, spare_use, spare_drop, spare_exchange, spare_forget]


def drop_oldest(first, look):
    """In tap.c. `look`: when it looks at `use`; right is between `read` and the exchange."""

    def see(state):
        if state["write"] - (state["read"] >> 1) < ROOM:
            return first + STORE
        if look == "before":
            state["spare"] = state["use"] == SPARE
        else:
            state["seen"] = state["read"]
        return None

    def see_more(state):
        if look == "before":
            state["seen"] = state["read"]
        elif look == "between":
            state["spare"] = state["use"] == SPARE

    def exchange(state):
        if state["seen"] & 1 or state["read"] != state["seen"]:
            room = state["write"] - (state["read"] >> 1) < ROOM
            return first + (STORE if room else LOSE)
        state["read"] += 2
        if look == "after":
            return first + LATE
        state["lost"] += not state["spare"]
        return first + STORE

    return [see, see_more, exchange]


def lose_or_store(first):
    """The rest of asd_tap_push."""

    def lose(state):
        state["lost"] += 1
        state["coming"] += 1
        return first + COUNT

    def store(state):
        state[f"frame{state['write'] % ROOM}"] = state["coming"]
        state["coming"] += 1
        state["write"] += 1
        return first + COUNT

    def late_look(state):
        state["lost"] += state["use"] != SPARE
        return first + STORE

    return [lose, store, late_look]


def audio(frames, look="between"):
    """A callback that serves another tap as well, one frame a block, for each frame."""
    steps = []
    for first in range(0, COUNT * frames, COUNT):
        steps += make_spare(first) + drop_oldest(first, look) + lose_or_store(first)
    return steps


def taker(reads):
    """asd_tap_read of one frame, `reads` times."""

    def turn(first):
        def claim(state):
            if state["write"] == state["read"] >> 1:
                return first + 4
            state["read"] |= 1
            return None

        def begin(state):
            frame = state[f"frame{(state['read'] >> 1) % ROOM}"]
            if state["use"] != READ:
                state["next"] = frame if state["use"] == SPARE else 0
                state["use"] = READ
            return

        def locate(state):
            frame = state[f"frame{(state['read'] >> 1) % ROOM}"]
            state["located"] += frame - state["next"]
            state["next"] = frame + 1

        def release(state):
            state["read"] = (state["read"] & ~1) + 2

        return [claim, begin, locate, release]

    return [step for index in range(reads) for step in turn(4 * index)]


USE = {"read": 0, "write": 0, "use": FRESH, "coming": 0, "next": 0, "lost": 0, "located": 0}
USE |= {"seen": 0, "spare": False, "frame0": -1, "frame1": -1}


def sums(state):
    """What is still stored is read now; every counted loss must be found, and nothing else."""
    require(state["use"] != SPARE or not state["lost"], "nobody was to read, and lost something")
    left = dict(state)
    for step in taker(3):
        if left["write"] == left["read"] >> 1 and step.__name__ == "claim":
            break
        step(left)
    if left["use"] == READ:
        trailing = left["coming"] - left["next"]
        require(left["located"] + trailing == left["lost"], f"counted {left['lost']}: {left}")


FULL = {**USE, "write": 2, "coming": 2, "frame0": 0, "frame1": 1, "use": SPARE}


@pytest.mark.parametrize(
    "start", [USE, FULL, {**FULL, "use": FRESH, "lost": 1, "coming": 3, "frame1": 2}]
)
def test_what_is_counted_is_what_is_missed(start):
    found = explore(start, [audio(4), taker(2)], sums)
    assert found.finals > 3


@pytest.mark.parametrize("look", ["before", "after"])
def test_looking_at_the_use_at_another_time_miscounts(look):
    with pytest.raises(OrderError, match="counted"):
        explore(FULL, [audio(4, look), taker(2)], sums)
