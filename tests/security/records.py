"""What the database holds, seen as one who has stolen it: every table, every row, bytes as they are."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, inspect, text

from idp.store import Store, Transaction


def tables_of(store: Store) -> Mapping[str, str]:
    """Return each table's rows as text."""
    return store.read_blocking(_tables)


def dump_of(store: Store) -> str:
    """Return everything as one text."""
    return "\n".join(f"{name}\n{rows}" for name, rows in tables_of(store).items())


def changed_tables(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Return the tables that differ."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _tables(tx: Transaction) -> dict[str, str]:
    return {name: "\n".join(sorted(map(repr, _rows(tx, name)))) for name in sorted(inspect(tx).get_table_names())}


def _rows(tx: Transaction, table: str) -> list[tuple[Any, ...]]:
    found = tx.execute(text(f'SELECT * FROM "{table}"')).all()  # noqa: S608 -- a name that the database itself gave
    return [tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row) for row in found]


@contextmanager
def statements_written_down() -> Iterator[list[str]]:
    """Write down the text of every statement that reaches a driver, its values aside."""
    written: list[str] = []

    def write_down(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        written.append(statement)

    event.listen(Engine, "before_cursor_execute", write_down)
    try:
        yield written
    finally:
        event.remove(Engine, "before_cursor_execute", write_down)


_BREAKING = {
    "sqlite": (
        "CREATE TRIGGER broken AFTER {act} ON {table} BEGIN SELECT RAISE(ABORT, '{marker}'); END",
        "DROP TRIGGER broken",
    ),
    "postgresql": (
        (
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{marker}'; END $$;"
            "CREATE TRIGGER broken AFTER {act} ON {table} FOR EACH ROW EXECUTE FUNCTION broken()"
        ),
        "DROP FUNCTION broken CASCADE",
    ),
}


@contextmanager
def failing_at(store: Store, act: str, table: str, marker: str = "marker") -> Iterator[None]:
    """Have the database itself refuse a change right after it was made, before its unit could commit."""
    begin, end = _BREAKING[store.dialect]
    words = begin.format(act=act, table=table, marker=marker)
    store.write_blocking(lambda tx: tx.exec_driver_sql(words).close())
    try:
        yield
    finally:
        store.write_blocking(lambda tx: tx.exec_driver_sql(end).close())
