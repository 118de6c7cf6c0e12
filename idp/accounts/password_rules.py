"""Decides what a password may be, as far as that needs no list and no estimate (SEC-36, CNIL 2022-100, NIST 63B-4).

Any character counts, lengths are code points of the NFC form, nothing is cut off, no composition is demanded. The deny
list and the guessing cost are `password_strength`'s matter.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain

from idp.eligibility.verdict import ChildFacts, Eligible, PersonFacts

RAW_BYTES_A_CHARACTER = 16
"""Raw text is bounded before it is normalised, which costs more than its length: 4,096 bytes for 256 characters."""
PRODUCT = ("clickasso", "click asso")
LEAST_BESIDE_PERSONAL = 8
"""Letters and digits that must remain once the personal words are taken out."""
LEAST_PERSONAL = 3
"""Shorter words are found by chance in anything."""
LEET = str.maketrans("013457@$!", "oleastasi")


class PolicyFault(StrEnum):
    """Why a password is refused. The page finds the words."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNUSABLE_CHARACTERS = "unusable_characters"
    """NUL, or half a surrogate pair: no text."""
    COMMON = "common"
    """On the list of known passwords."""
    PERSONAL = "personal"
    """Little more than the association's or one's own names."""
    GUESSABLE = "guessable"
    """Too few guesses find it."""


@dataclass(frozen=True)
class AboutPerson:
    """What others know of the person, and guess first."""

    words: tuple[str, ...] = ()
    """Names of the association and of persons, season, email, username."""
    dates: tuple[date, ...] = ()
    """Birth dates."""

    @classmethod
    def of(cls, verdict: Eligible) -> "AboutPerson":
        """Gather it from a verdict: association, season, mailbox, and every person behind it with their children."""
        association = verdict.association
        children = chain.from_iterable(person.acting_for for person in verdict.persons)
        persons: tuple[PersonFacts | ChildFacts, ...] = (*verdict.persons, *children)
        words = (
            association.code,
            association.alias,
            association.name,
            verdict.season.label,
            verdict.email,
            verdict.username,
            *chain(*((person.given_name, person.family_name) for person in persons)),
        )
        return cls(
            tuple(word for word in words if word),
            tuple(person.birth_date for person in persons if person.birth_date is not None),
        )

    def parts(self) -> frozenset[str]:
        """Return the folded words to look for: each whole, and the pieces that separators make of it."""
        texts = [*self.words, *PRODUCT]
        for day in self.dates:
            texts += [f"{day:%Y}", f"{day:%d%m%Y}", f"{day:%d%m%y}", f"{day:%Y%m%d}"]
        pieces = chain.from_iterable([text, *re.split(r"[\W_]+", text)] for text in texts)
        return frozenset(part for part in map(folded, pieces) if len(part) >= LEAST_PERSONAL)


def normalised(typed: str, maximum_length: int) -> bytes | None:
    """Return the UTF-8 of the NFC form, or nothing for a text that can be no password (`TOO_LONG`, unusable)."""
    try:
        raw = typed.encode()
    except UnicodeEncodeError:
        return None
    if b"\0" in raw or len(raw) > RAW_BYTES_A_CHARACTER * maximum_length:
        return None
    text = unicodedata.normalize("NFC", typed)
    return text.encode() if len(text) <= maximum_length else None


def shape_fault(typed: str, minimum_length: int, maximum_length: int) -> PolicyFault | None:
    """Return what is wrong with length or characters, if anything is."""
    if "\0" in typed or any("\ud800" <= letter <= "\udfff" for letter in typed):
        return PolicyFault.UNUSABLE_CHARACTERS
    text = normalised(typed, maximum_length)
    if text is None:
        return PolicyFault.TOO_LONG
    return PolicyFault.TOO_SHORT if len(text.decode()) < minimum_length else None


def is_personal(typed: str, about: AboutPerson) -> bool:
    """Tell whether personal words are nearly all there is: fewer than 8 letters and digits stand beside them.

    A long sentence may hold a first name; « MonAssociation2026! » may not pass.
    """
    return any(_leaves_little(text, parts) for text, parts in _readings(typed, about.parts()))


def _readings(typed: str, parts: frozenset[str]) -> Iterable[tuple[str, frozenset[str]]]:
    """Read the text as it stands, and with its look-alikes undone (« M0n4ss0ciation »)."""
    yield folded(typed), parts
    yield folded(typed.translate(LEET)), frozenset(folded(part.translate(LEET)) for part in parts)


def _leaves_little(text: str, parts: frozenset[str]) -> bool:
    bare = text
    for part in sorted(parts, key=lambda part: (-len(part), part)):
        bare = bare.replace(part, " ")
    return bare != text and len(bare.replace(" ", "")) < LEAST_BESIDE_PERSONAL


def folded(text: str) -> str:
    """Return the letters and digits of a text, without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())
