"""Deletes expired rows in small batches, so that no sweep holds the database for long (REL-13)."""

from datetime import datetime

from sqlalchemy import ColumnElement, Table, bindparam, delete, select, tuple_

from idp.store.unit_of_work import Transaction

BATCH = 500


class Sweep:
    """Deletes rows of one table whose time has passed; `unless` keeps those that others still need."""

    def __init__(self, table: Table, column: str, unless: ColumnElement[bool] | None = None) -> None:
        """`column` holds the instant after which a row is of no use."""
        key = list(table.primary_key.columns)
        due = select(*key).where(table.c[column] < bindparam("before"))
        if unless is not None:
            due = due.where(~unless)
        self._delete = delete(table).where(tuple_(*key).in_(due.limit(bindparam("most"))))

    def run(self, tx: Transaction, before: datetime, most: int = BATCH) -> int:
        """Delete at most `most` rows; return how many."""
        return tx.execute(self._delete, {"before": before, "most": most}).rowcount
