"""Writes many rows in units so short that nobody notices: each holds the database for a few hundredths of a second.

The size of a batch follows what the last one took. SQLite has one writer: between two, others get their turn.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from idp.store import Store, Transaction

T = TypeVar("T")

AIM_SECONDS = 0.006
"""What a unit should take, before its commit."""
LONGEST_PAUSE_SECONDS = 0.02
FIRST_SIZE = 50
SIZES = range(10, 1_001)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """With a whole file in memory one pass of the garbage collector takes a tenth of a second: not with a lock held."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Batches:
    """Runs units over slices, and remembers how long the longest one held the database."""

    def __init__(self, store: Store, pause: Callable[[float], None] = time.sleep) -> None:
        """`pause` waits for some seconds."""
        self._store = store
        self._pause = pause
        self._size = FIRST_SIZE
        self._began = 0.0
        self.longest_seconds = 0.0
        """From the beginning of the longest unit until its commit had returned."""

    def run(
        self, items: Sequence[T], unit: Callable[[Transaction, Sequence[T]], None], each: Callable[[int], None]
    ) -> None:
        """Write all items by units. `each` hears how many are done, after each."""
        waiting, done = iter(items), 0
        while batch := list(islice(waiting, self._size)):
            self.pause_after(lambda tx: unit(tx, batch))
            done += len(batch)
            each(done)

    def pause_after(self, unit: Callable[[Transaction], object]) -> None:
        """Run one unit, then let others have their turn: on PostgreSQL they need none."""
        seconds = self.one(unit)
        if self._store.dialect == "sqlite":
            self._pause(min(seconds, LONGEST_PAUSE_SECONDS))

    def has_time(self) -> bool:
        """Tell a running unit whether it may go on."""
        return time.monotonic() - self._began < AIM_SECONDS

    def one(self, unit: Callable[[Transaction], object]) -> float:
        """Run one unit; return for how many seconds it held the database."""
        worked: list[float] = []

        def timed(tx: Transaction) -> None:
            self._began = time.monotonic()
            unit(tx)
            worked.append(time.monotonic() - self._began)

        with _collector_at_rest():
            self._store.write_blocking(timed)
            held = time.monotonic() - self._began
        self.longest_seconds = max(self.longest_seconds, held)
        fitting = round(self._size * AIM_SECONDS / max(worked[-1], 0.000_1))
        # Grow slowly: a small batch tells little about a large one.
        self._size = min(max(fitting, SIZES.start), SIZES.stop - 1, self._size * 2)
        return held
