"""How much of the database one process may ask for at a time."""

import anyio

from idp.errors import Unavailable


class BoundedThreads:
    """Worker threads with a bounded queue: past it, `Unavailable` instead of a longer wait."""

    def __init__(self, part: str, *, threads: int, queue: int) -> None:
        """`part` names the queue in errors; `queue` counts those who wait for one of the `threads`."""
        self._part = part
        self._threads = threads
        self._queue = queue
        self._limiter: anyio.CapacityLimiter | None = None

    def limiter(self) -> anyio.CapacityLimiter:
        """Return the limiter to run with.

        Raises `Unavailable` when the queue is full.
        """
        if self._limiter is None:  # made inside the running loop
            self._limiter = anyio.CapacityLimiter(self._threads)
        if self._limiter.statistics().tasks_waiting >= self._queue:
            raise Unavailable(self._part, "queue full", retry_after_seconds=2)
        return self._limiter
