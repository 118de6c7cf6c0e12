"""What may be wrong with a cell of the file. The line is the file's (the header is 1), the column the header's name."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What is wrong."""

    NOT_UTF8 = "not_utf8"
    NOT_CSV = "not_csv"
    NO_HEADER = "no_header"
    MISSING_COLUMN = "missing_column"
    UNKNOWN_COLUMN = "unknown_column"
    REPEATED_COLUMN = "repeated_column"
    CELL_COUNT = "cell_count"
    EMPTY = "empty"
    UNFIT_TEXT = "unfit_text"
    NOT_A_DATE = "not_a_date"
    NOT_AN_ADDRESS = "not_an_address"
    NOT_A_USERNAME = "not_a_username"
    UNKNOWN_ASSOCIATION = "unknown_association"
    UNKNOWN_PERSON = "unknown_person"
    OWN_GUARDIAN = "own_guardian"
    REPEATED_ROW = "repeated_row"
    DIFFERS = "differs"
    USERNAME_TAKEN = "username_taken"


@dataclass(frozen=True, order=True)
class CellFault:
    """A cell that can't be. `other` names what it clashes with: a line, a person."""

    line: int
    column: str
    kind: FaultKind
    value: str = ""
    other: str = ""
