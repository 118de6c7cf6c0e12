"""Fixtures that every room's tests share: nouns of the story."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.store import Store
from idp.store.keyfiles import KeyFiles
from idp.store.opening import open_store
from idp.store.sealing import Sealer
from idp.store.secrets import SecretMint
from tests.databases import PostgresqlServer, SqliteFiles
from tests.fakes import FixedClock, SeededEntropy

pytest_plugins = ["tests.plugins.required_tools", "tests.smtp"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    # Not below pytest's own folder: that is closed to the account which the server runs under.
    with tempfile.TemporaryDirectory(prefix="idp-pg-", ignore_cleanup_errors=True) as folder:
        server = PostgresqlServer(Path(folder))
        yield server
        server.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_files: SqliteFiles) -> Iterator[str]:
    """A fresh database with every table: each test that uses it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield sqlite_files.new_url(tmp_path)
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    url = server.new_url()
    yield url
    server.drop(url)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def entropy() -> SeededEntropy:
    return SeededEntropy()


@pytest.fixture
def key_files() -> KeyFiles:
    return KeyFiles(kek=(b"k" * 32,), pepper=(b"p" * 32,), hmac=(b"h" * 32,))


@pytest.fixture
def mint(key_files: KeyFiles, entropy: SeededEntropy) -> SecretMint:
    return SecretMint(key_files.hmac[0], entropy)


@pytest.fixture
def sealer(key_files: KeyFiles, entropy: SeededEntropy) -> Sealer:
    return Sealer(key_files.kek, entropy)
