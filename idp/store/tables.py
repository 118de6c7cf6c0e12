"""From a SQLModel class to the Core table that statements are built on."""

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table that a `table=True` class declares."""
    return cast("Table", model.__table__)  # type: ignore[attr-defined] -- SQLModel sets it, its stubs don't say so
