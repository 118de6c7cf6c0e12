"""Threads that do nothing but hash passwords: as many as the process has cores, behind a bounded queue.

A storm of sign-ins fills this queue and nothing else: the threads yield the processor to those that answer cheap
requests, and being always the same ones they keep the memory of argon2 within `threads` × its cost.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from idp.errors import Unavailable

T = TypeVar("T")

NICENESS = 5
"""Above the process's own: Linux weighs each thread, so that one who asks for a token goes first."""


class HashingThreads:
    """A pool of one process."""

    def __init__(self, *, threads: int, queue: int) -> None:
        """`threads` hash at the same time (0: one a core of this process), `queue` more may wait."""
        count = threads or _cores()
        self._capacity = count + queue
        self._taken = 0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="argon2", initializer=_step_back)

    async def run(self, work: Callable[[], T]) -> T:
        """Run the work in a thread of ours. A caller who goes away while waiting gives up the place.

        Raises `Unavailable` when the queue is full.
        """
        with self._lock:
            if self._taken >= self._capacity:
                raise Unavailable("argon2", "queue full", retry_after_seconds=2)
            self._taken += 1
        try:
            promise = self._pool.submit(work)
        except RuntimeError:
            self._give_back()
            raise Unavailable("argon2", "closing") from None
        promise.add_done_callback(self._give_back)
        return await asyncio.wrap_future(promise)

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _give_back(self, _promise: "Future[T] | None" = None) -> None:
        with self._lock:
            self._taken -= 1


def _cores() -> int:
    """Count the cores this process may use, which a container may have fewer of than the machine."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _step_back() -> None:
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS))
