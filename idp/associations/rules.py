"""Decides when two spellings of an association's code or alias are the same (S3, S4)."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212"
LONGEST_NAME = 254
UNSEEN = {"Cc", "Cf", "Cs"}
"""Unicode's categories of control and format characters, and of half surrogates."""


def canonical_name(text: str) -> str:
    """Return the form that is compared: no case, no accents, no spaces or hyphens at either end; inner ones count.

    What can't be a name (too long, control characters, half a surrogate) becomes the empty string, which nobody has.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    name = unicodedata.normalize("NFKC", bare).casefold().strip(HYPHENS + " \t\r\n\u00a0\u202f")
    if len(name) > LONGEST_NAME or UNSEEN & {unicodedata.category(letter) for letter in name}:
        return ""
    return name


class NameKind(StrEnum):
    """What a name of an association is."""

    CODE = "code"
    ALIAS = "alias"
    RETIRED = "retired"
    """An old code or alias: it goes on leading to the association."""


LONGEST_CODE = 64
LONGEST_TEXT = 200
FORBIDDEN_IN_CODES = frozenset("/\\?#%")
"""A code or alias is a part of an address: `/Login/{alias}`."""
DISCLOSURES = ("explicit", "discreet")
MOST_GRACE_DAYS = 366


class Field(StrEnum):
    """What of an association may be wrong."""

    CODE = "code"
    ALIAS = "alias"
    NAME = "name"
    CONTACT = "contact"
    TIMEZONE = "timezone"
    DISCLOSURE = "disclosure"
    GRACE_DAYS = "grace_days"
    LABEL = "label"


@dataclass(frozen=True)
class Unfit:
    """A value can't be what it is said to be."""

    field: Field
    value: str


def is_fit_code(text: str) -> bool:
    """Tell whether a text may be a code or alias: something is left to compare, and it may stand in an address."""
    return bool(canonical_name(text)) and is_fit_text(text, LONGEST_CODE) and not FORBIDDEN_IN_CODES & set(text)


def is_fit_text(text: str, longest: int = LONGEST_TEXT) -> bool:
    """Tell whether a text is one line of something to read, not too long (SEC-32)."""
    breaks = {*UNSEEN, "Zl", "Zp"}
    return bool(text.strip()) and len(text) <= longest and not breaks & {unicodedata.category(c) for c in text}


def is_timezone(name: str) -> bool:
    """Tell whether a name is one of the time zone database, such as `Indian/Reunion`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
