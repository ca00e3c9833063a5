"""Every order of the kernel's atomic steps: wake-up, gate, voice.

Each protocol is tried as it is, and then with the one thing changed that makes it right: the
enumeration must find what goes wrong then, or it would prove nothing.
"""

from __future__ import annotations

import pytest
from kernel_orders import BLOCKED, END, OrderError, explore, require

# ---- arm and publish: wake.h, "the lost wake-up"


def waiter(threshold):
    """asd_wake_arm, a wait for the descriptor, asd_wake_disarm, until there is enough."""

    def store_threshold(state):
        state["threshold"] = threshold

    def exchange_armed(state):
        state["slot"] = "armed"

    def look_at_fill(state):
        return 4 if state["fill"] >= threshold else None

    def poll(state):
        return None if state["readable"] else BLOCKED

    def disarm(state):
        state["slot"] = "idle"

    def drain(state):
        state["readable"] = False

    def look_again(state):
        return END if state["fill"] >= threshold else 0

    return [store_threshold, exchange_armed, look_at_fill, poll, disarm, drain, look_again]


def callbacks(count):
    """Publish one frame, then asd_wake_offer; `count` times."""

    def block(first):
        def publish(state):
            state["fill"] += 1

        def value(state):
            state["value"] = state["fill"]

        def load_slot(state):
            return None if state["slot"] == "armed" else first + 6

        def load_threshold(state):
            return None if state["value"] >= state["threshold"] else first + 6

        def signal_slot(state):
            if state["slot"] != "armed":
                return first + 6
            state["slot"] = "signalled"
            return None

        def write(state):
            state["readable"] = True

        return [publish, value, load_slot, load_threshold, signal_slot, write]

    return [step for index in range(count) for step in block(6 * index)]


WAKE = {"fill": 0, "slot": "idle", "threshold": 0, "readable": False, "value": 0}


@pytest.mark.parametrize("threshold", [1, 2, 3])
def test_no_wake_up_is_lost(threshold):
    found = explore(WAKE, [waiter(threshold), callbacks(3)])
    assert found.states > 50


def test_waiter_that_changes_its_mind_is_woken():
    """Armed for 3, disarmed, armed for 1: neither threshold may be taken for the other's."""
    patient = [step for step in waiter(3) if step.__name__ in ("store_threshold", "exchange_armed")]

    def disarm(state):
        state["slot"] = "idle"

    first = [*patient, disarm]
    base = len(first)

    def moved(step):
        def wrapped(state):
            answer = step(state)
            return answer + base if isinstance(answer, int) else answer

        wrapped.__name__ = step.__name__
        return wrapped

    explore(WAKE, [[*first, *map(moved, waiter(1))], callbacks(2)])


def test_looking_before_arming_loses_a_wake_up():
    steps = waiter(1)
    steps[0:3] = [look_first := steps[2], steps[0], steps[1]]
    assert look_first.__name__ == "look_at_fill"
    with pytest.raises(OrderError, match="wait for ever"):
        explore(WAKE, [steps, callbacks(1)])


def test_looking_before_publishing_loses_a_wake_up():
    publish, value, _, *offer = callbacks(1)

    def load_slot_early(state):
        state["seen"] = state["slot"]

    def use_what_was_seen(state):
        return None if state["seen"] == "armed" else END

    def or_end(step):
        def wrapped(state):
            return END if step(state) is not None else None

        wrapped.__name__ = step.__name__
        return wrapped

    steps = [load_slot_early, publish, value, use_what_was_seen, *map(or_end, offer)]
    with pytest.raises(OrderError, match="wait for ever"):
        explore({**WAKE, "seen": ""}, [waiter(1), steps])


# ---- the gate: stream.h


def host(calls, look_first=False):
    """asd_callback; `calls` times."""

    def call(first):
        def count_in(state):
            state["inside"] += 1

        def look_at_gate(state):
            state["entered"] = state["gate"]

        def decide(state):
            return None if state["entered"] else first + 5

        def touch(state):
            require(not state["freed"], "touched after it was freed")

        def touch_again(state):
            require(not state["freed"], "touched after it was freed")

        def count_out(state):
            state["inside"] -= 1

        steps = [count_in, look_at_gate, decide, touch, touch_again, count_out]
        if look_first:
            steps[0:2] = [look_at_gate, count_in]
        return steps

    return [step for index in range(calls) for step in call(6 * index)]


def closer(wait=True):
    """asd_stream_shut_gate, asd_stream_quiet, then whatever the callback used is freed."""

    def shut(state):
        state["gate"] = 0

    def look_inside(state):
        return BLOCKED if wait and state["inside"] else None

    def free(state):
        state["freed"] = 1

    return [shut, look_inside, free]


GATE = {"gate": 1, "inside": 0, "entered": 0, "freed": 0}


def all_outside(state):
    assert state["inside"] == 0
    assert state["freed"] == 1


def test_nothing_is_freed_under_a_callback():
    explore(GATE, [host(3), closer()], all_outside)


def test_looking_at_the_gate_before_counting_in_is_too_early():
    with pytest.raises(OrderError, match="freed"):
        explore(GATE, [host(1, look_first=True), closer()])


def test_not_waiting_for_the_one_inside_is_too_early():
    with pytest.raises(OrderError, match="freed"):
        explore(GATE, [host(1), closer(wait=False)])


# ---- a voice: claimed by the callback, cancelled by its owner (voice.h)

BUSY, CANCEL, DONE = 1, 2, 4


def voice_callbacks(blocks, claims=True):
    """run_voice for each block; after the last one the voice has reached its end."""
    count = 6

    def block(first, last):
        end = blocks * count

        def claim(state):
            if state["state"] & CANCEL:
                return first + 4
            if claims:
                state["state"] = BUSY
            return None

        def touch(state):
            require(not state["freed"], "the array was touched after it was freed")

        def touch_again(state):
            require(not state["freed"], "the array was touched after it was freed")

        def let_go(state):
            if not last and state["state"] == (BUSY if claims else 0):
                state["state"] = 0
                return first + count
            return None

        def finish(state):
            state["state"] = DONE

        def push(state):
            require(not state["collected"], "pushed twice")
            state["collected"] = 1
            return end

        return [claim, touch, touch_again, let_go, finish, push]

    return [step for i in range(blocks) for step in block(count * i, i == blocks - 1)]


def owner(wait=True):
    """asd_voice_cancel, asd_voice_quiet, then the array is freed."""

    def cancel(state):
        state["busy"] = state["state"] & BUSY
        state["state"] |= CANCEL

    def quiet(state):
        return BLOCKED if wait and state["busy"] and state["state"] & BUSY else None

    def free(state):
        state["freed"] = 1

    return [cancel, quiet, free]


VOICE = {"state": 0, "busy": 0, "freed": 0, "collected": 0}


def came_back(state):
    assert state["state"] & DONE
    assert state["collected"] == 1


def test_no_array_is_touched_after_a_cancel():
    explore(VOICE, [voice_callbacks(3), owner()], came_back)


def test_cancel_that_does_not_wait_is_too_early():
    with pytest.raises(OrderError, match="touched"):
        explore(VOICE, [voice_callbacks(2), owner(wait=False)])


def test_voice_that_is_not_claimed_is_touched_too_late():
    with pytest.raises(OrderError, match="touched"):
        explore(VOICE, [voice_callbacks(2, claims=False), owner()])
