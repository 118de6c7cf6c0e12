"""Nouns of the security tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from idp.accounts.passwords import PasswordHasher, PlainPassword
from idp.settings import Passwords, Server
from idp.store.keyfiles import create_key_files, load_key_files
from tests.databases import SqliteFiles
from tests.fakes import FixedClock, SeededEntropy
from tests.security.interleaving import cursors_that_can_be_held
from tests.security.place import PASSWORD, PROXY, PUBLIC_URL, Place, Stage, settings_of


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Keys, and the hash of the one password, made once."""
    folder = tmp_path_factory.mktemp("stage") / "keys"
    create_key_files(folder, SeededEntropy(b"keys"))
    hasher = PasswordHasher(load_key_files(folder).pepper, SeededEntropy(b"salt"), Passwords())
    password_hash = hasher.hash_blocking(PlainPassword(PASSWORD))
    hasher.close()
    return Stage(folder, password_hash)


@pytest.fixture
def place(database_url: str, stage: Stage, clock: FixedClock) -> Iterator[Place]:
    """A provider on SQLite or PostgreSQL."""
    with ExitStack() as everything:
        everything.enter_context(cursors_that_can_be_held())
        yield Place(database_url, stage, clock, everything, settings_of(database_url, stage.keys))


@pytest.fixture
def small_place(sqlite_files: SqliteFiles, tmp_path: Path, stage: Stage, clock: FixedClock) -> Iterator[Place]:
    """A provider on SQLite, for rows in which the database plays no part."""
    database_url = sqlite_files.new_url(tmp_path)
    with ExitStack() as everything:
        everything.enter_context(cursors_that_can_be_held())
        yield Place(database_url, stage, clock, everything, settings_of(database_url, stage.keys))


@pytest.fixture
def guarded_place(database_url: str, stage: Stage, clock: FixedClock) -> Iterator[Place]:
    """A provider that counts tries, with the numbers of the defaults, behind a proxy that it believes."""
    server = Server(public_url=PUBLIC_URL, trusted_proxies=(PROXY,))
    settings = settings_of(database_url, stage.keys, server=server)
    with ExitStack() as everything:
        yield Place(database_url, stage, clock, everything, settings, throttle=None)
