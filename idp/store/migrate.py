"""Brings a database to this version's tables, or back. One starter migrates, the others wait for it.

Each run is one transaction that holds the database alone: an advisory lock on PostgreSQL, an exclusive transaction on
SQLite. A starter that has waited 60 seconds gives up with `Unavailable`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError as AlembicError
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from idp.errors import SettingsError, Unavailable
from idp.store.sqlite import make_engine

FOLDER = Path(__file__).with_name("migrations")
PATIENCE_SECONDS = 60
LOCK_NUMBER = 0x1D9
"""The advisory lock of migrations: any number, as long as it is always this one."""


def upgrade(url: str, revision: str = "head") -> tuple[str, ...]:
    """Apply what is missing and return the revisions applied, oldest first.

    Raises `Unavailable` where another starter holds the database for longer than 60 s or it can't be reached, and
    `SettingsError` where the database belongs to a newer version than this one.
    """
    with _alone(url) as connection:
        before = _applied(connection)
        _run(connection, lambda config: command.upgrade(config, revision))
        return _between(before, _applied(connection))


def downgrade(url: str, revision: str = "base") -> tuple[str, ...]:
    """Undo down to `revision` (`base`: everything, data included) and return the revisions undone, newest first.

    Raises as `upgrade`.
    """
    with _alone(url) as connection:
        before = _applied(connection)
        _run(connection, lambda config: command.downgrade(config, revision))
        return tuple(reversed(_between(_applied(connection), before)))


def pending(url: str) -> tuple[str, ...]:
    """Return the revisions that `upgrade` would apply, oldest first, and change nothing.

    Raises as `upgrade`.
    """
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            applied = _applied(connection)
    except OperationalError as fault:
        raise Unavailable("database", type(fault.orig).__name__) from fault
    finally:
        engine.dispose()
    return _between(applied, _script().get_current_head())


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER))


def _applied(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _between(lower: str | None, upper: str | None) -> tuple[str, ...]:
    """Return the revisions above `lower` up to `upper`, oldest first."""
    if lower == upper or upper is None:
        return ()
    try:
        steps = _script().iterate_revisions(upper, lower or "base")
        return tuple(reversed([step.revision for step in steps]))
    except (AlembicError, RevisionError) as fault:
        raise _newer(fault) from fault


def _run(connection: Connection, action: Callable[[Config], None]) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        action(config)
    except (AlembicError, RevisionError) as fault:
        raise _newer(fault) from fault


def _newer(fault: Exception) -> SettingsError:
    return SettingsError(f"database.url: {fault}; the database belongs to a newer version, install that one")


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        return make_engine(url)
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    """Hold the database alone, commit at the end, roll back on a fault."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                with _exclusively(connection):
                    yield connection
            else:
                with connection.begin():
                    connection.exec_driver_sql("SELECT set_config('lock_timeout', %s, true)", (f"{PATIENCE_SECONDS}s",))
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (LOCK_NUMBER,))
                    yield connection
    except OperationalError as fault:
        raise Unavailable("database", type(fault.orig).__name__) from fault
    finally:
        engine.dispose()


@contextmanager
def _exclusively(connection: Connection) -> Iterator[None]:
    """SQLite's tables change inside a transaction as rows do, but only if somebody begins it."""
    connection.exec_driver_sql("PRAGMA busy_timeout=60000")
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN EXCLUSIVE")
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")
