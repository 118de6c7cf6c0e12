"""Editions of a directory: how a hundred thousand rows become visible by one short transaction.

Each association's rows are numbered: a row counts from `since_edition` until `until_edition`. An import writes the
next edition in small batches beside the one that is read, then moves `association.edition` (docs/decisions).
"""

from sqlalchemy import ColumnElement, FromClause, bindparam, or_


def is_in_edition(rows: FromClause, edition: ColumnElement[int] | None = None) -> ColumnElement[bool]:
    """Return the condition that a row counts in an edition: the parameter `edition`, unless a column says which."""
    number = bindparam("edition") if edition is None else edition
    return (rows.c.since_edition <= number) & or_(rows.c.until_edition.is_(None), rows.c.until_edition > number)
