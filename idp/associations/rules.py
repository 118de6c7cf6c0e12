"""Decides when two spellings of an association's code or alias are the same (S3, S4)."""

import unicodedata
from enum import StrEnum

HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212"


def canonical_name(text: str) -> str:
    """Return the form that is compared: no case, no accents, no spaces or hyphens at either end; inner ones count."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return unicodedata.normalize("NFKC", bare).casefold().strip(HYPHENS + " \t\r\n\u00a0\u202f")


class NameKind(StrEnum):
    """What a name of an association is."""

    CODE = "code"
    ALIAS = "alias"
    RETIRED = "retired"
    """An old code or alias: it goes on leading to the association."""
