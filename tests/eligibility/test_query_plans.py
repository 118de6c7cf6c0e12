"""What a check costs: a handful of statements, each by an index, whatever the size of the tables."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event

from idp.eligibility.directory import check_in
from tests.databases import SqliteFiles
from tests.factories import add_member, make_club
from tests.fakes import FixedClock


@pytest.fixture
def connection(tmp_path: Path, sqlite_files: SqliteFiles) -> Iterator[Connection]:
    engine = create_engine(sqlite_files.new_url(tmp_path))
    with engine.connect() as opened:
        club = make_club(opened)
        add_member(opened, club, "C1", email="nora@exemple.fr", birth_date=date(2016, 5, 9))
        add_member(opened, club, "P1", email="nora@exemple.fr", username="nora", seasons=[], guardian_of=["C1"])
        yield opened
    engine.dispose()


@pytest.fixture
def statements(connection: Connection) -> list[tuple[str, Any]]:
    """What the database is asked, with its parameters."""
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's event
        heard.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", hear)
    return heard


@pytest.mark.parametrize(("identifier", "most"), [("nora@exemple.fr", 4), ("nora", 5)])
def test_a_check_asks_a_handful_of_questions_each_by_an_index(
    connection: Connection, statements: list[tuple[str, Any]], clock: FixedClock, identifier: str, most: int
) -> None:
    check_in(connection, "MonAssociation", identifier, clock.now())

    asked = list(statements)
    plans = [
        step
        for statement, parameters in asked
        for (*_, step) in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]
    searches = [step for step in plans if step.startswith(("SEARCH", "SCAN"))]
    assert len(asked) == most
    assert [step for step in searches if step.startswith("SCAN")] == []
    # By association alone would be the whole club: SQLite must not save a sort by reading all of it.
    assert [step for step in searches if step.endswith("(association_id=?)")] == []
