"""Statements of the hot paths, compiled once for each dialect and run on the driver's own cursor.

`Connection.execute` looks a statement up, builds a context and a result for it each time: some 100 µs, five times what
the database takes. A `Prepared` is the same Core statement with the same types, and pays for that once. Not for
`IN` lists, which are compiled anew for each length, nor for columns with Python defaults.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from idp.store.unit_of_work import Transaction

Statement = Select[Any] | Insert | Update | Delete
Processor = Callable[[Any], Any]


class Prepared:
    """One statement. `parameters` name its `bindparam`s; the others keep the values that they were built with."""

    def __init__(self, statement: Statement) -> None:
        """`statement` is built once, at import."""
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def first(self, tx: Transaction, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the first row, if there is one.

        Raises `DBAPIError`, as `Connection.execute` does.
        """
        if _is_watched(tx):
            seen = tx.execute(self._statement, dict(parameters)).first()
            return tuple(seen) if seen is not None else None
        form = self._form(tx.dialect)
        cursor = form.execute(tx, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
        if row is not None:
            row = form.read(row, cursor.description)
        cursor.close()
        return row

    def all(self, tx: Transaction, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return every row.

        Raises `DBAPIError`, as `Connection.execute` does.
        """
        if _is_watched(tx):
            return [tuple(row) for row in tx.execute(self._statement, dict(parameters))]
        form = self._form(tx.dialect)
        cursor = form.execute(tx, parameters)
        rows = [form.read(row, cursor.description) for row in cursor.fetchall()]
        cursor.close()
        return rows

    def scalar(self, tx: Transaction, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- whatever the column holds
        """Return the first column of the first row, or `None`."""
        row = self.first(tx, parameters)
        return row[0] if row is not None else None

    def run(self, tx: Transaction, parameters: Mapping[str, Any]) -> int:
        """Run a statement that returns nothing; return how many rows it touched."""
        if _is_watched(tx):
            return tx.execute(self._statement, dict(parameters)).rowcount
        cursor = self._form(tx.dialect).execute(tx, parameters)
        count: int = cursor.rowcount
        cursor.close()
        return count

    def _form(self, dialect: Dialect) -> "_Form":
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _compiled(self._statement, dialect)
        return form


def _is_watched(tx: Transaction) -> bool:
    """Tell whether somebody listens to statements: they are then run the long way, so that they are seen."""
    connection = cast("Any", tx)
    return bool(connection._has_events or connection.engine._has_events)  # noqa: SLF001 -- as SQLAlchemy asks itself


@dataclass
class _Form:
    """A statement as one dialect writes it."""

    text: str
    names: tuple[str, ...]
    """The parameters, in the order of the text."""
    is_positional: bool
    constants: Mapping[str, Any]
    bind: tuple[tuple[str, Processor], ...]
    column_types: tuple[Any, ...]
    dialect: Dialect
    _reading: list[tuple[int, Processor]] | None = None

    def execute(self, tx: Transaction, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- the driver's cursor
        values = {**self.constants, **parameters}
        for name, process in self.bind:
            values[name] = process(values[name])
        cursor = tx.connection.cursor()
        try:
            cursor.execute(self.text, [values[name] for name in self.names] if self.is_positional else values)
        except self._errors as fault:
            raise self._as_sqlalchemy(fault) from fault
        return cursor

    def read(self, row: tuple[Any, ...], description: Any) -> tuple[Any, ...]:  # noqa: ANN401 -- the driver's own
        """Turn what the driver gives into what the columns hold."""
        if self._reading is None:
            processors = (
                kind.dialect_impl(self.dialect).result_processor(self.dialect, column[1])
                for kind, column in zip(self.column_types, description, strict=True)
            )
            self._reading = [(place, process) for place, process in enumerate(processors) if process is not None]
        values = list(row)
        for place, process in self._reading:
            values[place] = process(values[place])
        return tuple(values)

    @property
    def _errors(self) -> type[Exception]:
        return cast("type[Exception]", cast("Any", self.dialect).loaded_dbapi.Error)

    def _as_sqlalchemy(self, fault: Exception) -> BaseException:
        """Return the exception that `Connection.execute` would raise: the store knows those. Without the values."""
        return DBAPIError.instance(self.text, None, fault, self._errors, hide_parameters=True, dialect=self.dialect)


def _compiled(statement: Statement, dialect: Dialect) -> _Form:
    compiled = cast("Any", statement.compile(dialect=dialect))
    is_positional = bool(compiled.positional)
    kinds = {name: bound.type for bound, name in compiled.bind_names.items()}
    processors = {name: kind.dialect_impl(dialect).bind_processor(dialect) for name, kind in kinds.items()}
    columns = statement.exported_columns  # of a SELECT, or of RETURNING; else none
    return _Form(
        text=str(compiled),
        names=tuple(compiled.positiontup if is_positional else kinds),
        is_positional=is_positional,
        constants=compiled.params,
        bind=tuple((name, process) for name, process in processors.items() if process is not None),
        column_types=tuple(column.type for column in columns),
        dialect=dialect,
    )
