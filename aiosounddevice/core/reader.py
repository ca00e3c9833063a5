"""Taking frames out of a stream's input: what its own reader and a subscriber have in common.

Reading copies from a queue of the kernel into memory of the reader's form, at once, as much as
there is. Nothing waits.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ._kernel import ffi, lib
from .containers import Container
from .flags import CallbackFlags
from .handle import BlockInfo, Kernel

if TYPE_CHECKING:
    from .parameters import Direction


class Reader:
    """What takes frames out of one queue. One thread at a time.

    Parameters
    ----------
    container
        The form in which the frames are given.
    """

    _tap: Any = ffi.NULL
    """The queue's `asd_tap *`; NULL: the stream's own."""

    def __init__(self, container: type[Container[Any]]) -> None:
        self._container = container
        self._piece = ffi.new("asd_block *")
        self.place = ffi.new("asd_block *")
        """Where the first frame of the block belongs that `taker` took last."""
        self.signalled = ffi.new("int *")
        """Not 0: `taker` withdrew a wish that had been met; acknowledge it."""

    @property
    @abstractmethod
    def kernel(self) -> Kernel:
        """What holds the queue."""

    @property
    @abstractmethod
    def input(self) -> Direction:
        """Format of the frames."""

    @cached_property
    def given(self) -> Container[Any]:
        """The form of the input."""
        return self._container(self.input)

    def read(self, frames: int, *, stop_at_gap: bool = False) -> tuple[Any, int, BlockInfo]:
        """Take up to `frames` frames out of the input queue.

        Returns
        -------
        data
            What `given` makes of them, owning its memory.
        taken : int
            How many there are.
        info : BlockInfo
            Where the first of them belongs.
        """
        kernel, block, memory = self.kernel, self._piece, self.given.allocate(frames)
        target = ffi.from_buffer(memory)
        taken = max(0, lib.asd_read(kernel.pointer, self._tap, target, frames, stop_at_gap, block))
        info = BlockInfo(block.frame, block.time, block.lost, CallbackFlags(block.flags))
        return self.given.finish(memory, taken), taken, info

    def taker(self, frames: int) -> Callable[[], Any]:
        """Return a function that takes `frames` frames at a reader's turn.

        It returns None when so many are not there and may still come, and fewer of them at the
        end. It also withdraws what the reader had asked its wake-up for (`signalled`): one call
        into the kernel, for each of them lets go of the GIL, which another thread may then keep.
        What is known of the block is made when asked for: `block_info`. A closure, since this is
        the one function that runs for every block: looking things up costs a third of it. Whoever
        calls it holds the queue and has looked at `closing`.
        """
        form, place, signalled = self.given, self.place, self.signalled
        take, pointer, tap = lib.asd_take, self.kernel.pointer, self._tap
        allocate, finish, direct = form.allocator(frames), form.finish, form.direct
        from_buffer = ffi.from_buffer

        def taker() -> Any:
            memory = allocate()
            taken = take(pointer, tap, from_buffer(memory), frames, place, signalled)
            if taken == frames and direct:
                return memory
            return None if taken == -2 else finish(memory, max(taken, 0))

        return taker

    @property
    def block_info(self) -> BlockInfo:
        """`place`, as it stands."""
        block = self.place
        return BlockInfo(block.frame, block.time, block.lost, CallbackFlags(block.flags))

    @property
    def readable(self) -> int:
        """Frames in the input queue."""
        return int(lib.asd_input_fill(self.kernel.pointer, self._tap))
