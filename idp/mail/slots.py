"""How many letters leave at the same time: a few in all, fewer to one domain, so that a slow one holds up nobody."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from anyio import CapacityLimiter, move_on_after

PARALLEL = 8
PER_DOMAIN = 3
PATIENCE_SECONDS = 2.0


class Slots:
    """Made inside the running loop. Each letter asks from a task of its own."""

    def __init__(self) -> None:
        """All are free."""
        self._all = CapacityLimiter(PARALLEL)
        self._domains: dict[str, CapacityLimiter] = {}

    @asynccontextmanager
    async def one_for(self, domain: str) -> AsyncIterator[bool]:
        """Hold a slot for a letter to this domain; gives False where none was free for two seconds."""
        limiter = self._domains.setdefault(domain, CapacityLimiter(PER_DOMAIN))
        try:
            async with AsyncExitStack() as held:
                with move_on_after(PATIENCE_SECONDS) as patience:
                    await held.enter_async_context(limiter)
                    await held.enter_async_context(self._all)
                yield not patience.cancelled_caught
        finally:
            if not limiter.borrowed_tokens and not limiter.statistics().tasks_waiting:
                self._domains.pop(domain, None)
