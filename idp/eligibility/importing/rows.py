"""Reads the rows of a members file and checks each cell by itself. Knows no database and nothing of other rows."""

import csv
import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from idp.accounts.identifiers import canonical_identifier, is_email
from idp.associations.rules import LONGEST_CODE, is_fit_text
from idp.eligibility.importing.faults import CellFault, FaultKind

COLUMNS = (
    "association",
    "season",
    "external_id",
    "given_name",
    "family_name",
    "birth_date",
    "email",
    "username",
    "guardian_of",
    "roles",
)
REQUIRED = frozenset({"association", "external_id", "given_name", "family_name"})
LIST_SEPARATOR = ";"
LEGAL_MARK = ":legal"
LONGEST = {"association": 254, "season": LONGEST_CODE, "external_id": 128}
LONGEST_TEXT = 200
LONGEST_LIST = 4_000
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"]+@[^\s@<>(),;:\\\"]+\.[^\s@<>(),;:\\\"]+")
NO_LINKS: Mapping[str, bool] = MappingProxyType({})
"""Shared by the many who are nobody's guardian: a file of 100,000 lines is held in memory."""
EARLIEST_BIRTH = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One line. `season` is empty for a guardian only; `guardian_of` says of each child whether the link is legal."""

    line: int
    association: str
    season: str
    external_id: str
    given_name: str
    family_name: str
    birth_date: date | None
    email: str | None
    email_key: str | None
    username: str | None
    username_key: str | None
    guardian_of: Mapping[str, bool]
    roles: tuple[str, ...]


@dataclass(frozen=True)
class ReadFile:
    """What the file holds: rows whose cells are fit, and the faults of the others. `unreadable`: no row can be used."""

    rows: Sequence[MemberRow]
    faults: Sequence[CellFault]
    line_count: int
    unreadable: bool = False


def read_rows(content: bytes, today: date) -> ReadFile:
    """Read the file, UTF-8 with or without a byte-order mark. `today` is for birth dates to come."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        return _unreadable(CellFault(line, "", FaultKind.NOT_UTF8))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[MemberRow] = []
    faults: list[CellFault] = []
    line = 1
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        faults = _header_faults(header)
        if faults:
            return ReadFile((), faults, 0, unreadable=True)
        count = 0
        for line, cells in _numbered(reader):
            if cells:
                count += 1
                _read_row(line, header, cells, today, rows, faults)
    except csv.Error:
        return _unreadable(CellFault(max(line, reader.line_num), "", FaultKind.NOT_CSV))
    return ReadFile(rows, faults, count)


def _unreadable(fault: CellFault) -> ReadFile:
    return ReadFile((), (fault,), 0, unreadable=True)


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Number each row with the line it begins on: a quoted cell may hold line ends."""
    while True:
        begins_on: int = reader.line_num + 1  # type: ignore[attr-defined]  # the reader's own type has it
        cells = next(reader, None)
        if cells is None:
            return
        yield begins_on, cells


def _header_faults(header: Sequence[str]) -> list[CellFault]:
    if not any(header):
        return [CellFault(1, "", FaultKind.NO_HEADER)]
    known = set(header)
    return [
        *(CellFault(1, name, FaultKind.MISSING_COLUMN) for name in COLUMNS if name not in known),
        *(CellFault(1, name, FaultKind.UNKNOWN_COLUMN) for name in header if name not in COLUMNS),
        *(CellFault(1, name, FaultKind.REPEATED_COLUMN) for name in COLUMNS if header.count(name) > 1),
    ]


def _read_row(
    line: int,
    header: Sequence[str],
    written: Sequence[str],
    today: date,
    rows: list[MemberRow],
    faults: list[CellFault],
) -> None:
    """Add the row, or its faults."""
    if len(written) != len(header):
        faults.append(CellFault(line, "", FaultKind.CELL_COUNT, str(len(written))))
        return
    cells = {name: cell.strip() for name, cell in zip(header, written, strict=True)}
    found = [fault for name, cell in cells.items() if (fault := _text_fault(line, name, cell))]
    birth_date = _birth_date(cells["birth_date"], today)
    email_key = canonical_identifier(cells["email"])
    username_key = canonical_identifier(cells["username"])
    doubts = (
        ("birth_date", FaultKind.NOT_A_DATE, birth_date is None),
        ("email", FaultKind.NOT_AN_ADDRESS, not (is_email(email_key) and _ADDRESS.fullmatch(cells["email"]))),
        ("username", FaultKind.NOT_A_USERNAME, not username_key or "@" in username_key),
    )
    found += [CellFault(line, name, kind, cells[name]) for name, kind, is_bad in doubts if cells[name] and is_bad]
    links = _links(cells["guardian_of"])
    if cells["external_id"] in links:
        found.append(CellFault(line, "guardian_of", FaultKind.OWN_GUARDIAN, cells["external_id"]))
    if found:
        faults.extend(found)
        return
    rows.append(
        MemberRow(
            line=line,
            association=sys.intern(cells["association"]),
            season=sys.intern(cells["season"]),
            external_id=cells["external_id"],
            given_name=cells["given_name"],
            family_name=cells["family_name"],
            birth_date=birth_date,
            email=cells["email"] or None,
            email_key=email_key or None,
            username=cells["username"] or None,
            username_key=username_key or None,
            guardian_of=links,
            roles=_list(cells["roles"]),
        )
    )


def _text_fault(line: int, name: str, cell: str) -> CellFault | None:
    if not cell:
        return CellFault(line, name, FaultKind.EMPTY) if name in REQUIRED else None
    is_list = name in {"guardian_of", "roles"}
    longest = LONGEST_LIST if is_list else LONGEST.get(name, LONGEST_TEXT)
    is_bad_id = name == "external_id" and (LIST_SEPARATOR in cell or cell.endswith(LEGAL_MARK))
    if is_bad_id or not is_fit_text(cell, longest):
        return CellFault(line, name, FaultKind.UNFIT_TEXT, cell)
    return None


def _birth_date(cell: str, today: date) -> date | None:
    """Return the date, unless it is none of a person who lives (`2016-05-09` is the only way to write one)."""
    if not _DATE.fullmatch(cell):
        return None
    try:
        written = date.fromisoformat(cell)
    except ValueError:
        return None
    return written if EARLIEST_BIRTH <= written <= today else None


def _list(cell: str) -> tuple[str, ...]:
    items = (item.strip() for item in cell.split(LIST_SEPARATOR))
    return tuple(dict.fromkeys(item for item in items if item))


def _links(cell: str) -> Mapping[str, bool]:
    """Read `C1;C2:legal`: whom the person is the guardian of, and which links outlast the child's full age."""
    if not cell:
        return NO_LINKS
    return {item.removesuffix(LEGAL_MARK).strip(): item.endswith(LEGAL_MARK) for item in _list(cell)}
