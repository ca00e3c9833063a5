"""Waiting for something beside a recording, which then ends it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

import anyio

from ..aio.until import waiting_for

__all__ = ["run_beside", "waiting_for"]


async def run_beside(
    main: Callable[[], Awaitable[object]],
    wait: Callable[[], Awaitable[object]],
    stop: Callable[[], None],
) -> None:
    """Run `main`; call `stop` when `wait` returns or raises; cancel `wait` when `main` is over.

    Raises
    ------
    What either of them raises, as it is: kept, and raised behind the task group, which would wrap
    it.
    """
    errors: list[BaseException] = []

    async def watch() -> None:
        try:
            awaited = wait()
            if not inspect.isawaitable(awaited):
                raise TypeError(f"until returned {awaited!r}: it must be an async function")
            await awaited
        except anyio.get_cancelled_exc_class() as error:
            if not tasks.cancel_scope.cancel_called:
                errors.append(error)  # asyncio: what `until` waited for was cancelled, not we
            raise
        except Exception as error:
            errors.append(error)
        finally:
            stop()

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch)
            try:
                await main()
            except Exception as error:
                errors.insert(0, error)
            tasks.cancel_scope.cancel()
    finally:
        if errors:
            raise errors.pop(0)
