"""From a SQLModel class to the Core table that statements are built on."""

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table that a `table=True` class declares."""
    return cast("Table", model.__dict__["__table__"])  # SQLModel sets it, its types don't say so
