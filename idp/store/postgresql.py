"""PostgreSQL 15 or later, through psycopg 3: a connection a unit, for as many replicas as one likes."""

from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError as PoolTimeout

from idp.errors import Unavailable
from idp.store.limits import BoundedThreads
from idp.store.unit_of_work import Transaction

T = TypeVar("T")

CONNECTIONS = 8
QUEUE_LENGTH = 1_024
WAIT_SECONDS = 5


class PostgresqlStore:
    """A `Store` on a PostgreSQL database."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy writes it: `postgresql+psycopg://user@host/name`."""
        options = f"-c statement_timeout={WAIT_SECONDS * 1000} -c lock_timeout={WAIT_SECONDS * 1000} -c timezone=UTC"
        self._engine = create_engine(
            url,
            pool_size=CONNECTIONS,
            max_overflow=2,
            pool_timeout=WAIT_SECONDS,
            pool_pre_ping=True,
            hide_parameters=True,  # an exception's text may reach a log (SEC-29)
            connect_args={"options": options, "connect_timeout": WAIT_SECONDS},
        )
        self._threads = BoundedThreads("database", threads=CONNECTIONS, queue=QUEUE_LENGTH)

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        """Run the unit in a thread, in a transaction of its own."""
        return await to_thread.run_sync(self.write_blocking, unit, limiter=self._threads.limiter())

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run the query in a thread."""
        return await to_thread.run_sync(self.read_blocking, query, limiter=self._threads.limiter())

    def write_blocking(self, unit: Callable[[Transaction], T]) -> T:
        """Run the unit and commit."""
        try:
            with self._engine.begin() as connection:
                return unit(connection)
        except (OperationalError, InterfaceError, PoolTimeout) as fault:
            raise _unavailable(fault) from fault

    def read_blocking(self, query: Callable[[Transaction], T]) -> T:
        """Run the query on one snapshot; the database refuses writes."""
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                return query(connection)
        except (OperationalError, InterfaceError, PoolTimeout) as fault:
            raise _unavailable(fault) from fault

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def _unavailable(fault: DBAPIError | PoolTimeout) -> Unavailable:
    """Deadlock, lost connection, full pool: nothing was committed, the caller may come again."""
    return Unavailable("database", type(fault).__name__)
