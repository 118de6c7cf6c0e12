"""The unit of work: a function that is handed a transaction, and all or nothing of what it wrote.

A unit commits whatever outcome it returns, a refusal included, and rolls back when it raises. No hook, hash, mail or
DNS runs inside (see docs/architecture.md, « The unit of work »). Nothing is answered before the commit has returned.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy.engine import Connection

Transaction = Connection
"""An open transaction. Units never commit or roll back by themselves."""

T = TypeVar("T")


class Store(Protocol):
    """A database that runs units of work. Raises `Unavailable` when it can't, with nothing written."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        """Run a unit and return its outcome once it is durable."""
        ...

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run a query on one snapshot. What it would write is refused or dropped."""
        ...

    def write_blocking(self, unit: Callable[[Transaction], T]) -> T:
        """As `write`, for commands and threads."""
        ...

    def read_blocking(self, query: Callable[[Transaction], T]) -> T:
        """As `read`, for commands and threads."""
        ...

    def close(self) -> None:
        """Finish what was taken and let go of every connection."""
        ...
