"""Every order of the atomic steps of taps: open, leave and use again; rewind; levels.

As in test_kernel_orders.py, each protocol is also tried with the thing changed that makes it
right.
"""

from __future__ import annotations

import pytest
from kernel_orders import BLOCKED, END, OrderError, explore, require

# ---- a node: claimed by the callback, left and used again by owners (taps.h)

BUSY, CLOSED, RELEASED, TAKEN = 1, 2, 4, 8


def walker(blocks, claims=True):
    """asd_taps_push on one node, `blocks` times: claim, copy in two halves, let go."""

    def block(first):
        def claim(state):
            if state["state"] != 0:
                return first + 4
            if claims:
                state["state"] = BUSY
            state["in"] = state["memory"]
            return None

        def touch(state):
            require(state["in"], "copied into nothing")
            require(state["memory"] == state["in"], "the memory went while a callback was inside")

        def touch_again(state):
            require(state["memory"] == state["in"], "the memory went while a callback was inside")

        def let_go(state):
            state["state"] &= ~BUSY

        return [claim, touch, touch_again, let_go]

    return [step for index in range(blocks) for step in block(4 * index)]


def leaver(looks=True):
    """asd_tap_close, asd_tap_release: free the memory if nobody is inside, else leave it."""

    def close(state):
        state["state"] |= CLOSED

    def release(state):
        state["state"] |= CLOSED | RELEASED

    def take_over(state):
        if state["state"] != (CLOSED | RELEASED) and looks:
            return END
        state["state"] = TAKEN
        return None

    def free(state):
        state["memory"] = 0

    def give_back(state):
        state["state"] = CLOSED | RELEASED

    return [close, release, take_over, free, give_back]


def opener(looks=True):
    """asd_tap_open on a node that was used before; waits for one here, the kernel makes one."""

    def take_over(state):
        free = CLOSED | RELEASED
        good = state["state"] == free if looks else state["state"] & RELEASED
        if not good:
            return BLOCKED
        state["state"] = TAKEN
        return None

    def drop(state):
        state["memory"] = 0

    def set_up(state):
        state["generation"] += 1
        state["memory"] = state["generation"]

    def go_live(state):
        state["state"] = 0

    return [take_over, drop, set_up, go_live]


NODE = {"state": 0, "memory": 1, "generation": 1, "in": 0}


def in_use_again(state):
    assert (state["state"], state["memory"]) == (0, 2)


def test_memory_goes_and_comes_outside_of_callbacks():
    found = explore(NODE, [walker(3), leaver(), opener()], in_use_again)
    assert found.states > 100


def test_two_owners_never_set_up_one_node():
    """The second finds none, and stays where it is: in the kernel it makes another."""
    start = {**NODE, "state": CLOSED | RELEASED, "memory": 0}

    def one_of_them(state):
        assert state["generation"] == 2

    explore(start, [walker(2), opener(), opener()], one_of_them, daemons=(1, 2))


def test_a_node_that_is_not_claimed_is_freed_under_the_callback():
    with pytest.raises(OrderError, match="the memory went"):
        explore(NODE, [walker(1, claims=False), leaver()])


def test_freeing_without_a_look_at_the_claim_is_too_early():
    with pytest.raises(OrderError, match="the memory went"):
        explore(NODE, [walker(1), leaver(looks=False)])


def test_using_again_without_a_look_at_the_claim_is_too_early():
    with pytest.raises(OrderError, match="the memory went"):
        explore(NODE, [walker(1), leaver(), opener(looks=False)])


# ---- closing against arming: asd_tap_close, asd_tap_arm


def closer(order):
    def close(state):
        state["closed"] = 1

    def wake(state):
        if state["slot"] == "armed":
            state["slot"] = "signalled"

    steps = {"close": close, "wake": wake}
    return [steps[name] for name in order]


def waiter(order):
    def arm(state):
        state["slot"] = "armed"

    def look(state):
        return END if state["closed"] else None

    def poll(state):
        return None if state["slot"] == "signalled" else BLOCKED

    steps = {"arm": arm, "look": look}
    return [*(steps[name] for name in order), poll]


CLOSING = {"closed": 0, "slot": "idle"}


def test_whoever_waits_is_told_of_the_end():
    explore(CLOSING, [closer(("close", "wake")), waiter(("arm", "look"))])


@pytest.mark.parametrize(
    ("close", "wait"), [(("wake", "close"), ("arm", "look")), (("close", "wake"), ("look", "arm"))]
)
def test_in_another_order_the_end_is_missed(close, wait):
    with pytest.raises(OrderError, match="wait for ever"):
        explore(CLOSING, [closer(close), waiter(wait)])


# ---- a rewind under a reader: asd_tap_rewind, asd_tap_read


def rewinder(claims=True):
    def claim(state):
        if not claims:
            return None
        if state["read"] & 1:
            return BLOCKED  # asd_stream_rewind gives 0, and is called again
        state["read"] |= 1
        return None

    def reset_write(state):
        state["write"] = 0

    def reset_next(state):
        state["next"] = 0

    def reset_read(state):
        state["read"] = 0

    return [claim, reset_next, reset_write, reset_read]


def rewound_reader():
    def claim(state):
        if state["read"] & 1:
            return END  # -1: somebody is in there
        state["position"] = state["read"] >> 1
        state["read"] |= 1
        return None

    def look(state):
        state["got"] = state["write"] - state["position"]
        require(state["got"] >= 0, "fewer than nothing")
        return

    def advance(state):
        state["next"] += state["got"]

    def release(state):
        state["read"] = (state["position"] + state["got"]) << 1

    return [claim, look, advance, release]


def begins_anew(state):
    assert (state["read"], state["write"], state["next"]) == (0, 0, 0)


REWIND = {"read": 4, "write": 5, "next": 2, "position": 0, "got": 0}


def test_a_rewind_leaves_nothing_behind():
    explore(REWIND, [rewinder(), rewound_reader()], begins_anew)


def test_a_rewind_without_the_claim_does():
    with pytest.raises((OrderError, AssertionError)):
        explore(REWIND, [rewinder(claims=False), rewound_reader()], begins_anew)


# ---- levels: two sets of words and a turn (level.h)


def meter(blocks, sets=2):
    """asd_meter_block for two channels, whose levels are the block's number."""

    def block(first):
        def left(state):
            state["new"] = state["turn"] + 1
            state[f"left{state['new'] % sets}"] = state["new"]

        def right(state):
            state[f"right{state['new'] % sets}"] = state["new"]

        def publish(state):
            state["turn"] = state["new"]

        return [left, right, publish]

    return [step for index in range(blocks) for step in block(3 * index)]


def looker(sets=2, looks_again=True):
    def load_turn(state):
        state["seen"] = state["turn"]

    def left(state):
        state["left"] = state[f"left{state['seen'] % sets}"]

    def right(state):
        state["right"] = state[f"right{state['seen'] % sets}"]

    def look_again(state):
        if looks_again and state["turn"] != state["seen"]:
            return 0
        require(state["left"] == state["right"], f"{state['left']} beside {state['right']}")
        return None

    return [load_turn, left, right, look_again]


LEVELS = {"turn": 0, "new": 0, "seen": 0, "left": 0, "right": 0}
LEVELS |= {"left0": 0, "right0": 0, "left1": 0, "right1": 0}


def test_levels_are_of_one_block():
    explore(LEVELS, [meter(4), looker()])


@pytest.mark.parametrize("wrong", [{"looks_again": False}, {"sets": 1}])
def test_levels_of_two_blocks_would_be_seen(wrong):
    sets = wrong.get("sets", 2)
    with pytest.raises(OrderError, match="beside"):
        explore(LEVELS, [meter(4, sets), looker(**wrong)])
