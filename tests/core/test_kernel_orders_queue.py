"""Every order of the queue's atomic steps: claim, copy and release against drop and store.

As in test_kernel_orders.py, each protocol is also tried with the thing changed that makes it
right.
"""

from __future__ import annotations

import pytest
from kernel_orders import OrderError, explore, require

# ---- claim, copy, release against drop and store: queue.h

CAPACITY = 2


def reader(reads):
    """asd_queue_claim, a copy of one frame in two halves, asd_queue_release; `reads` times."""

    def turn(first):
        def load_read(state):
            state["seen"] = state["read"]

        def claim(state):
            if state["read"] != state["seen"]:
                return first
            state["read"] |= 1
            return None

        def load_write(state):
            return None if state["write"] > state["read"] >> 1 else first + 5

        def copy_left(state):
            state["left"] = state[f"left{(state['read'] >> 1) % CAPACITY}"]

        def copy_right(state):
            position = state["read"] >> 1
            right = state[f"right{position % CAPACITY}"]
            require(state["left"] == right == position, f"torn: {state['left']} and {right}")
            state["got"] += 1
            state["take"] = 1

        def release(state):
            state["read"] = ((state["read"] >> 1) + state["take"]) << 1
            state["take"] = 0

        return [load_read, claim, load_write, copy_left, copy_right, release]

    return [step for index in range(reads) for step in turn(6 * index)]


def producer(frames, look_at_claim=True):
    """asd_tap_push with drop_oldest, one frame at a time.

    A frame's content is its position, so a frame that is dropped on arrival is not numbered.
    """

    def push(first):
        def load_read(state):
            full = state["write"] - (state["read"] >> 1) == CAPACITY
            return None if full else first + 3

        def load_read_again(state):
            state["oldest"] = state["read"]
            return first + 6 if look_at_claim and state["read"] & 1 else None

        def drop_oldest(state):
            if state["read"] != state["oldest"]:
                # The reader made room, or holds the claim.
                room = state["write"] - (state["read"] >> 1) < CAPACITY
                return None if room else first + 6
            state["read"] += 2
            state["dropped"] += 1
            return None

        def store_left(state):
            state[f"left{state['write'] % CAPACITY}"] = state["write"]

        def store_right(state):
            state[f"right{state['write'] % CAPACITY}"] = state["write"]

        def publish(state):
            state["write"] += 1

        return [load_read, load_read_again, drop_oldest, store_left, store_right, publish]

    return [step for index in range(frames) for step in push(6 * index)]


QUEUE = {"read": 0, "write": 0, "seen": 0, "oldest": 0, "left": -1, "take": 0}
QUEUE |= {"got": 0, "dropped": 0, "left0": -1, "left1": -1, "right0": -1, "right1": -1}


def everything_adds_up(state):
    left = state["write"] - (state["read"] >> 1)
    assert state["read"] & 1 == 0
    assert state["got"] + state["dropped"] + left == state["write"]


def test_no_copy_is_torn():
    found = explore(QUEUE, [reader(3), producer(5)], everything_adds_up)
    assert found.finals > 5


def test_dropping_under_a_claim_tears_a_copy():
    with pytest.raises(OrderError, match="torn"):
        explore(QUEUE, [reader(3), producer(5, look_at_claim=False)], everything_adds_up)


# ---- tail and claim: marks that are dropped, not read (reclaim_marks in tap.c)

SLOTS = 3


def marker(frames, look_at_claim=True):
    """One frame and one mark a block, queue and ring both full: drop, reclaim, reuse the slot.

    Mark n speaks of frame n. A drop makes room for two, so the next block finds room even while
    a reader holds the claim.
    """

    def push(first):
        def drop(state):
            if state["write"] - (state["read"] >> 1) < SLOTS:
                return None
            if state["read"] & 1:
                return first + 5  # the block is lost
            state["read"] += 4
            return None

        def store_tail(state):
            state["tail"] = state["read"] >> 1

        def look(state):
            if not (look_at_claim and state["read"] & 1):
                state["reusable"] = state["tail"]

        def write_mark(state):
            if state["marks"] - state["reusable"] == SLOTS:
                return first + 5  # no slot: a plain mark is left out, or the block lost
            state[f"mark{state['marks'] % SLOTS}"] = state["marks"]
            return None

        def publish(state):
            state["marks"] += 1
            state["write"] += 1

        return [drop, store_tail, look, write_mark, publish]

    return [step for index in range(frames) for step in push(5 * index)]


def walker():
    """covering_mark: from the tail to the mark of the frame at `read`."""

    def claim(state):
        if state["write"] == state["read"] >> 1:
            return 4
        state["read"] |= 1
        return None

    def load_tail(state):
        state["index"] = state["tail"]

    def walk(state):
        position, index = state["read"] >> 1, state["index"]
        mark = state[f"mark{index % SLOTS}"]
        require(mark == index, f"mark {index} was overwritten by {mark}")
        if mark < position:
            state["index"] += 1
            return 2
        return None

    def release(state):
        state["read"] &= ~1

    return [claim, load_tail, walk, release]


MARKS = {"read": 0, "write": 3, "marks": 3, "tail": 0, "reusable": 0, "index": 0}
MARKS |= {"mark0": 0, "mark1": 1, "mark2": 2}


def test_no_mark_is_overwritten_under_a_reader():
    assert explore(MARKS, [walker(), marker(4)]).states > 50


def test_reusing_slots_without_a_look_at_the_claim_overwrites_one():
    with pytest.raises(OrderError, match="was overwritten"):
        explore(MARKS, [walker(), marker(4, look_at_claim=False)])
