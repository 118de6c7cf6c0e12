"""The members file, cell by cell: each fault is told with its line and column."""

from datetime import date

import pytest

from idp.eligibility.importing.faults import CellFault, FaultKind
from idp.eligibility.importing.rows import COLUMNS, ReadFile, read_rows

TODAY = date(2026, 11, 24)
HEADER = ",".join(COLUMNS)
GOOD = {
    "association": "75012",
    "season": "2026-2027",
    "external_id": "M1",
    "given_name": "Hugo",
    "family_name": "Martin",
    "birth_date": "1990-05-17",
    "email": "Hugo@exemple.fr",
    "username": "HugoM",
    "guardian_of": "C1; C2:legal",
    "roles": "bureau;trésorier;bureau",
}


def read(*lines: str) -> ReadFile:
    return read_rows("\n".join(lines).encode(), TODAY)


def line_with(**cells: str) -> str:
    return ",".join(f'"{cell}"' for cell in (GOOD | cells).values())


def test_a_row_is_read_with_its_lists_and_compared_forms() -> None:
    file = read(HEADER, line_with())

    (row,) = file.rows
    assert (file.faults, file.line_count) == ([], 1)
    assert (row.line, row.email, row.email_key, row.username_key) == (2, "Hugo@exemple.fr", "hugo@exemple.fr", "hugom")
    assert row.guardian_of == {"C1": False, "C2": True}
    assert row.roles == ("bureau", "trésorier")
    assert row.birth_date == date(1990, 5, 17)


def test_empty_cells_are_nothing() -> None:
    empty = dict.fromkeys(("season", "birth_date", "email", "username", "guardian_of", "roles"), "")

    (row,) = read(HEADER, line_with(**empty)).rows

    assert (row.season, row.birth_date, row.email, row.email_key, row.username_key) == ("", None, None, None, None)
    assert (row.guardian_of, row.roles) == ({}, ())


def test_a_byte_order_mark_other_line_ends_and_another_order_of_columns_are_read() -> None:
    names = [*reversed(COLUMNS)]
    text = f"\ufeff{','.join(names)}\r\n{','.join(GOOD[name] for name in names)}\r\n\r\n"

    file = read_rows(text.encode(), TODAY)

    assert [row.external_id for row in file.rows] == ["M1"]
    assert file.line_count == 1


def test_a_line_is_numbered_where_it_begins() -> None:
    file = read(HEADER, "", line_with(given_name="Hugo\nbis"), line_with(email="x"))

    assert [(fault.line, fault.column) for fault in file.faults] == [(3, "given_name"), (5, "email")]


@pytest.mark.parametrize(
    ("column", "cell", "kind"),
    [
        ("association", "", FaultKind.EMPTY),
        ("external_id", " ", FaultKind.EMPTY),
        ("given_name", "", FaultKind.EMPTY),
        ("family_name", "", FaultKind.EMPTY),
        ("external_id", "A;B", FaultKind.UNFIT_TEXT),
        ("external_id", "A:legal", FaultKind.UNFIT_TEXT),
        ("external_id", "x" * 129, FaultKind.UNFIT_TEXT),
        ("family_name", "a\x00b", FaultKind.UNFIT_TEXT),
        ("family_name", "a\u2028b", FaultKind.UNFIT_TEXT),
        ("season", "x" * 65, FaultKind.UNFIT_TEXT),
        ("birth_date", "09/05/2016", FaultKind.NOT_A_DATE),
        ("birth_date", "20160509", FaultKind.NOT_A_DATE),
        ("birth_date", "2016-02-30", FaultKind.NOT_A_DATE),
        ("birth_date", "2026-11-25", FaultKind.NOT_A_DATE),
        ("birth_date", "1016-05-09", FaultKind.NOT_A_DATE),
        ("birth_date", "٢٠١٦-05-09", FaultKind.NOT_A_DATE),
        ("email", "hugo", FaultKind.NOT_AN_ADDRESS),
        ("email", "hugo@", FaultKind.NOT_AN_ADDRESS),
        ("email", "@exemple.fr", FaultKind.NOT_AN_ADDRESS),
        ("email", "hugo@exemple", FaultKind.NOT_AN_ADDRESS),
        ("email", "hugo@exemple.fr,autre@exemple.fr", FaultKind.NOT_AN_ADDRESS),
        ("email", "hugo @exemple.fr", FaultKind.NOT_AN_ADDRESS),
        ("email", "a@b@exemple.fr", FaultKind.NOT_AN_ADDRESS),
        ("username", "hugo@exemple.fr", FaultKind.NOT_A_USERNAME),
        ("username", "hugo\uff20exemple.fr", FaultKind.NOT_A_USERNAME),
        ("guardian_of", "M1;C2", FaultKind.OWN_GUARDIAN),
    ],
)
def test_a_cell_that_can_not_be_is_told(column: str, cell: str, kind: FaultKind) -> None:
    file = read(HEADER, line_with(**{column: cell}))

    assert file.rows == []
    assert {(fault.line, fault.column, fault.kind) for fault in file.faults} == {(2, column, kind)}


def test_every_fault_of_the_file_is_told_at_once() -> None:
    file = read(HEADER, line_with(email="x", birth_date="x"), line_with(), "75012,2026-2027")

    assert [(fault.line, fault.column, fault.kind) for fault in file.faults] == [
        (2, "birth_date", FaultKind.NOT_A_DATE),
        (2, "email", FaultKind.NOT_AN_ADDRESS),
        (4, "", FaultKind.CELL_COUNT),
    ]
    assert [row.line for row in file.rows] == [3]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", CellFault(1, "", FaultKind.NO_HEADER)),
        (HEADER.encode() + b"\n75012,\xe9", CellFault(2, "", FaultKind.NOT_UTF8)),
        (HEADER.encode() + b'\n75012,"abc', CellFault(2, "", FaultKind.NOT_CSV)),
        (HEADER.replace("email", "mail").encode(), CellFault(1, "email", FaultKind.MISSING_COLUMN)),
        (f"{HEADER},mobile".encode(), CellFault(1, "mobile", FaultKind.UNKNOWN_COLUMN)),
        (f"{HEADER},email".encode(), CellFault(1, "email", FaultKind.REPEATED_COLUMN)),
        (HEADER.replace(",", ";").encode(), CellFault(1, "association", FaultKind.MISSING_COLUMN)),
    ],
)
def test_a_file_that_can_not_be_read_is_told(content: bytes, fault: CellFault) -> None:
    file = read_rows(content, TODAY)

    assert file.unreadable
    assert file.faults[0] == fault
    assert file.rows == ()
