"""SQLite, served by one process: reads from a few threads, all writes through one thread with group commit.

The writer takes whatever units wait (at most 64, or what came within 10 ms), gives each a savepoint, commits once,
then answers them all: durable (`synchronous=FULL`) and faster than a commit each. Other processes (commands) write
too, so every write transaction begins IMMEDIATE and waits its turn for five seconds at most.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Generic, TypeVar

from anyio import to_thread
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from idp.errors import Unavailable
from idp.store.limits import BoundedThreads
from idp.store.unit_of_work import Transaction

T = TypeVar("T")

BUSY_TIMEOUT_MS = 5_000
GROUP_SIZE = 64
GROUP_SECONDS = 0.010
QUEUE_LENGTH = 1_024
READ_THREADS = 8


def make_engine(url: str) -> Engine:
    """Return an engine whose connections are in autocommit mode: this module alone begins and commits."""
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=READ_THREADS,
        max_overflow=4,
        isolation_level="AUTOCOMMIT",
        pool_use_lifo=True,
        hide_parameters=True,  # an exception's text may reach a log (SEC-29)
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:  # noqa: ANN401 -- the driver's own objects
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


class _Job(Generic[T]):
    """One unit that waits for the writer, and the promise of its outcome."""

    def __init__(self, unit: Callable[[Transaction], T]) -> None:
        self._unit = unit
        self._outcome: T
        self.promise: Future[T] = Future()

    def run(self, connection: Connection) -> None:
        """Run inside a savepoint; what the unit raises undoes its own writes only."""
        connection.exec_driver_sql("SAVEPOINT unit")
        try:
            self._outcome = self._unit(connection)
        except BaseException as fault:
            connection.exec_driver_sql("ROLLBACK TO unit")
            connection.exec_driver_sql("RELEASE unit")
            if not isinstance(fault, Exception):
                raise
            self.fail(_as_unavailable(fault))
        else:
            connection.exec_driver_sql("RELEASE unit")

    def succeed(self) -> None:
        """Answer, now that the group is committed."""
        if not self.promise.done():
            self.promise.set_result(self._outcome)

    def fail(self, fault: Exception) -> None:
        """Answer with a fault, unless the unit has answered for itself."""
        if not self.promise.done():
            self.promise.set_exception(fault)


def _as_unavailable(fault: Exception) -> Exception:
    """Turn "the database is locked, full, gone" into `Unavailable`; leave all else as it is."""
    if isinstance(fault, DBAPIError) and type(fault).__name__ == "OperationalError":
        unavailable = Unavailable("database", type(fault.orig).__name__)
        unavailable.__cause__ = fault
        return unavailable
    return fault


class GroupCommitWriter:
    """The one thread that writes."""

    def __init__(self, engine: Engine) -> None:
        """Start the thread; it ends with `close`."""
        self._engine = engine
        self._waiting: queue.Queue[_Job[Any] | None] = queue.Queue(maxsize=QUEUE_LENGTH)
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(self, unit: Callable[[Transaction], T]) -> Future[T]:
        """Queue a unit.

        Raises `Unavailable` when too many wait already, or after `close`.
        """
        job = _Job(unit)
        try:
            if self._closed:
                raise Unavailable("database", "closing")
            self._waiting.put_nowait(job)
        except queue.Full:
            raise Unavailable("database", "write queue full", retry_after_seconds=2) from None
        return job.promise

    def close(self) -> None:
        """Finish the units that were taken, then end the thread."""
        self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _serve(self) -> None:
        connection: Connection | None = None
        while True:
            first = self._waiting.get()
            if first is None:
                break
            group = [first]
            try:
                connection = connection or self._engine.connect()
                self._commit_group(connection, group)
            except Exception as fault:  # noqa: BLE001 -- the thread must live: each unit of the group is told
                for job in group:
                    job.fail(_as_unavailable(fault))
                _let_go(connection)
                connection = None
        _let_go(connection)

    def _commit_group(self, connection: Connection, group: list[_Job[Any]]) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            deadline = time.monotonic() + GROUP_SECONDS
            group[0].run(connection)
            while len(group) < GROUP_SIZE and time.monotonic() < deadline:
                try:
                    job = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if job is None:  # closing: commit what we have, then meet the end again
                    self._waiting.put(None)
                    break
                group.append(job)
                job.run(connection)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            with suppress(DBAPIError):
                connection.exec_driver_sql("ROLLBACK")
            raise
        for job in group:
            job.succeed()


def _let_go(connection: Connection | None) -> None:
    if connection is not None:
        with suppress(DBAPIError):
            connection.invalidate()
        connection.close()


class SqliteStore:
    """A `Store` on one SQLite file."""

    dialect = "sqlite"

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy writes it: `sqlite:////var/lib/idp/idp.db`."""
        self._engine = make_engine(url)
        self._writer: GroupCommitWriter | None = None
        self._reads = BoundedThreads("database", threads=READ_THREADS, queue=QUEUE_LENGTH)
        self._start = threading.Lock()

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        """Hand the unit to the writer and wait for its commit, whatever becomes of the caller."""
        return await asyncio.shield(asyncio.wrap_future(self._write_thread().submit(unit)))

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run the query in a reading thread."""
        return await to_thread.run_sync(self.read_blocking, query, limiter=self._reads.limiter())

    def write_blocking(self, unit: Callable[[Transaction], T]) -> T:
        """Hand the unit to the writer and wait."""
        return self._write_thread().submit(unit).result()

    def read_blocking(self, query: Callable[[Transaction], T]) -> T:
        """Run the query on one snapshot, on a connection that refuses to write."""
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA query_only=ON")
                connection.exec_driver_sql("BEGIN")
                try:
                    return query(connection)
                finally:
                    connection.exec_driver_sql("ROLLBACK")
                    connection.exec_driver_sql("PRAGMA query_only=OFF")
        except DBAPIError as fault:
            raise _as_unavailable(fault) from fault

    def close(self) -> None:
        """Finish what was taken and close the file."""
        with self._start:
            if self._writer is not None:
                self._writer.close()
        self._engine.dispose()

    def _write_thread(self) -> GroupCommitWriter:
        with self._start:
            if self._writer is None:  # commands that only read never start it
                self._writer = GroupCommitWriter(self._engine)
            return self._writer
