"""Opens the store that the settings name."""

from sqlalchemy.engine import make_url

from idp.errors import SettingsError
from idp.store.postgresql import PostgresqlStore
from idp.store.sqlite import SqliteStore
from idp.store.unit_of_work import Store


def open_store(url: str) -> Store:
    """Return the store behind `[database] url`.

    Raises `SettingsError` for a database that we don't know.
    """
    backend = make_url(url).get_backend_name()
    if backend == "sqlite":
        return SqliteStore(url)
    if backend == "postgresql":
        psycopg = make_url(url).set(drivername="postgresql+psycopg")
        return PostgresqlStore(psycopg.render_as_string(hide_password=False))
    raise SettingsError(f"database.url = {backend}://…: write sqlite:///idp.db or postgresql://user@host/name")
