"""A prepared statement does what the ordinary way does, on both databases: values, faults, and being seen."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, event, func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from idp.errors import Unavailable
from idp.oauth.clients.tables import Client
from idp.store import Store, Transaction
from idp.store.prepared import Prepared
from idp.store.tables import table_of

AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
CLIENT = table_of(Client)
ROW = {
    "client_id": "c_1",
    "name": "Boutique",
    "profile": "strict",
    "auth_method": "none",
    "secret_hashes": ["é", 'a"b'],
    "trusted": True,
    "settings": {"scopes": ["openid"], "jwks": None},
    "is_default": False,
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}
ADD = Prepared(CLIENT.insert().values({name: bindparam(name) for name in ROW}))
FIND = Prepared(select(CLIENT).where(CLIENT.c.client_id == bindparam("wanted"), CLIENT.c.trusted.is_(True)))
RENAME = Prepared(
    update(CLIENT)
    .where(CLIENT.c.client_id == bindparam("wanted"), CLIENT.c.updated_at <= bindparam("at"))
    .values(name=bindparam("new_name"), updated_at=bindparam("at"), version=CLIENT.c.version + 1)
    .returning(CLIENT.c.version, CLIENT.c.settings, CLIENT.c.updated_at)
)
COUNT = Prepared(select(func.count()).select_from(CLIENT).where(CLIENT.c.name == bindparam("name", "Boutique")))


def in_unit(store: Store, statement: Prepared, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    return store.write_blocking(lambda tx: statement.first(tx, parameters))


@pytest.fixture
def kept(store: Store) -> Store:
    """A store that holds the row, put there twice over to compile and to reuse."""
    store.write_blocking(lambda tx: ADD.run(tx, {**ROW, "client_id": "c_0"}))
    store.write_blocking(lambda tx: ADD.run(tx, ROW))
    return store


def test_what_was_written_is_read_with_its_types(kept: Store) -> None:
    read = kept.read_blocking(lambda tx: FIND.first(tx, {"wanted": "c_1"}))
    ordinary = kept.read_blocking(lambda tx: tx.execute(select(CLIENT).where(CLIENT.c.client_id == "c_1")).one())

    assert read is not None
    assert read == tuple(ordinary)
    assert dict(zip(CLIENT.c.keys(), read, strict=True)) == ROW


def test_a_missing_row_is_nothing(kept: Store) -> None:
    assert kept.read_blocking(lambda tx: FIND.first(tx, {"wanted": "c_2"})) is None
    assert kept.read_blocking(lambda tx: FIND.scalar(tx, {"wanted": "c_2"})) is None


def test_a_conditional_update_returns_what_it_wrote_and_only_once(kept: Store) -> None:
    wanted = {"wanted": "c_1", "new_name": "Club", "at": AT}

    assert in_unit(kept, RENAME, wanted) == (2, ROW["settings"], AT)
    assert in_unit(kept, RENAME, {**wanted, "wanted": "c_9"}) is None


def test_a_parameter_that_is_left_out_keeps_its_own_value(kept: Store) -> None:
    assert kept.read_blocking(lambda tx: COUNT.scalar(tx, {})) == 2
    assert kept.read_blocking(lambda tx: COUNT.scalar(tx, {"name": "Autre"})) == 0


def test_how_many_rows_were_touched_is_told(kept: Store) -> None:
    touch = Prepared(update(CLIENT).values(name=bindparam("new_name")))

    assert kept.write_blocking(lambda tx: touch.run(tx, {"new_name": "x"})) == 2


def test_a_fault_is_sqlalchemys_and_shows_no_value(kept: Store) -> None:
    with pytest.raises(IntegrityError) as fault:
        kept.write_blocking(lambda tx: ADD.run(tx, ROW))

    assert "Boutique" not in str(fault.value)


def test_a_snapshot_refuses_to_be_written(kept: Store) -> None:
    with pytest.raises((Unavailable, DBAPIError)):
        kept.read_blocking(lambda tx: ADD.run(tx, {**ROW, "client_id": "c_2"}))


def test_one_who_listens_hears_prepared_statements_too(kept: Store) -> None:
    heard: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        heard.append(statement)

    def query(tx: Transaction) -> tuple[tuple[Any, ...] | None, int]:
        event.listen(tx, "before_cursor_execute", hear)
        return FIND.first(tx, {"wanted": "c_1"}), COUNT.scalar(tx, {})

    row, count = kept.read_blocking(query)

    assert row is not None
    assert count == 2
    assert [statement.split()[0] for statement in heard[:2]] == ["SELECT", "SELECT"]
