"""Holds a unit of work at one of its statements while something else happens: a race each time, not once in a while."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

WAIT_SECONDS = 0.4
"""How long the held unit waits for the other: one that must wait for the unit doesn't end meanwhile, and shouldn't."""


class Held:
    """One unit, held once, right before the statement that begins with some words."""

    def __init__(self, statement: str, meanwhile: Callable[[], object]) -> None:
        self.statement = statement
        self.was_reached = False
        self._fault: BaseException | None = None
        self._other = threading.Thread(target=self._run, args=(meanwhile,))
        self._lock = threading.Lock()

    def before_statement(
        self, _connection: object, _cursor: object, statement: str, _parameters: object, _context: object, _many: object
    ) -> None:
        if not statement.startswith(self.statement):
            return
        with self._lock:
            if self.was_reached:
                return
            self.was_reached = True
        self._other.start()
        self._other.join(WAIT_SECONDS)

    def finish(self) -> None:
        """Wait for the other, and raise what it raised."""
        assert self.was_reached, f"no statement began with {self.statement!r}"
        self._other.join(30)
        assert not self._other.is_alive()
        if self._fault is not None:
            raise self._fault

    def _run(self, meanwhile: Callable[[], object]) -> None:
        try:
            meanwhile()
        except BaseException as fault:  # noqa: BLE001 -- raised again in the test's own thread
            self._fault = fault


@contextmanager
def held_before(statement: str, meanwhile: Callable[[], object]) -> Iterator[None]:
    """Hold the first unit that is about to run such a statement, for as long as `meanwhile` takes, or a moment.

    `meanwhile` must use another worker than the held unit: on SQLite a worker has one writer.
    """
    held = Held(statement, meanwhile)
    event.listen(Engine, "before_cursor_execute", held.before_statement)
    try:
        yield
        held.finish()
    finally:
        event.remove(Engine, "before_cursor_execute", held.before_statement)
