"""Migrations: they make what the models say, once, whoever else starts at the same moment, and they can go back."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from idp.eligibility.epochs import current_change
from idp.errors import SettingsError
from idp.store.metadata import METADATA
from idp.store.migrate import downgrade, pending, upgrade
from idp.store.opening import open_store
from tests.databases import PostgresqlServer


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    url = server.new_url(empty=True)
    yield url
    server.drop(url)


def tables_in(url: str) -> set[str]:
    engine = create_engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_an_empty_database_gets_every_table_and_the_counter_s_row(empty_database: str) -> None:
    applied = upgrade(empty_database)

    store = open_store(empty_database)
    assert applied == ("0001",)
    assert store.read_blocking(current_change) == 0
    store.close()


def test_migrations_make_what_the_models_say(empty_database: str) -> None:
    upgrade(empty_database)

    engine = create_engine(empty_database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, METADATA)
    engine.dispose()
    assert differences == [], "run python -m tools.initial_migration"


def test_going_back_to_the_start_leaves_no_table_of_ours(empty_database: str) -> None:
    upgrade(empty_database)

    undone = downgrade(empty_database)

    assert undone == ("0001",)
    assert tables_in(empty_database) == {"alembic_version"}
    assert upgrade(empty_database) == ("0001",)


def test_a_second_run_changes_nothing(empty_database: str) -> None:
    upgrade(empty_database)

    assert upgrade(empty_database) == ()


def test_what_is_missing_can_be_asked_without_changing_anything(empty_database: str) -> None:
    assert pending(empty_database) == ("0001",)
    assert tables_in(empty_database) == set()

    upgrade(empty_database)

    assert pending(empty_database) == ()


def test_of_several_starters_one_migrates_and_the_others_wait(empty_database: str) -> None:
    outcomes: list[tuple[str, ...]] = []
    barrier = threading.Barrier(4)

    def start() -> None:
        barrier.wait()
        outcomes.append(upgrade(empty_database))

    starters = [threading.Thread(target=start) for _ in range(4)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()

    assert sorted(outcomes) == [(), (), (), ("0001",)]


def test_a_database_of_a_newer_version_is_refused_with_the_remedy(empty_database: str) -> None:
    upgrade(empty_database)
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(SettingsError, match="newer version"):
        upgrade(empty_database)
    with pytest.raises(SettingsError, match="newer version"):
        pending(empty_database)
