"""Holds a unit of work at one of its statements while something else happens: a race each time, not once in a while."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
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

    def before_statement(self, statement: str) -> None:
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


_HELD: list[Held] = []
"""What the cursors below look at: units run in threads of their own, statements on the driver's own cursors."""


def _meet(statement: object) -> None:
    for held in tuple(_HELD):
        held.before_statement(str(statement).lstrip())


class _SqliteCursor(sqlite3.Cursor):
    def execute(self, sql: str, *parameters: Any) -> "_SqliteCursor":  # noqa: ANN401 -- the driver's signature
        _meet(sql)
        super().execute(sql, *parameters)
        return self


class _SqliteConnection(sqlite3.Connection):
    def cursor(self, factory: Any = _SqliteCursor) -> Any:  # noqa: ANN401 -- the driver's signature
        return super().cursor(factory)


class _PostgresqlCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, *parameters: Any, **options: Any) -> "_PostgresqlCursor":  # noqa: ANN401 -- as above
        _meet(query)
        super().execute(query, *parameters, **options)
        return self


def _take_cursors(dialect: Any, _record: object, _arguments: object, options: dict[str, Any]) -> None:  # noqa: ANN401 -- SQLAlchemy's
    if dialect.name == "sqlite":
        options["factory"] = _SqliteConnection
    else:
        options["cursor_factory"] = _PostgresqlCursor


@contextmanager
def cursors_that_can_be_held() -> Iterator[None]:
    """Have every connection that is opened from now on meet `held_before`."""
    event.listen(Engine, "do_connect", _take_cursors)
    yield
    event.remove(Engine, "do_connect", _take_cursors)


@contextmanager
def held_before(statement: str, meanwhile: Callable[[], object]) -> Iterator[None]:
    """Hold the first unit that is about to run such a statement, for as long as `meanwhile` takes, or a moment.

    `meanwhile` must use another worker than the held unit: on SQLite a worker has one writer.
    """
    held = Held(statement, meanwhile)
    _HELD.append(held)
    try:
        yield
        held.finish()
    finally:
        _HELD.remove(held)
