"""A letter: what a room wants to tell somebody, in plain values. How it reads is the templates' affair.

A letter is harmless by construction: names and values are cut to one line, so that nothing in it can forge a header.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from idp.errors import Fault
from idp.mail.rules import (
    ADDRESS_LENGTH,
    DEFAULT_COLOUR,
    DEFAULT_TIMEZONE,
    NAME_LENGTH,
    button_colour,
    envelope_address,
    known_timezone,
    one_line,
)

Value = str | bool
"""What the context of a letter may hold. An instant is written by `datetime.isoformat()`."""


class LetterKind(StrEnum):
    """What a letter is about: the folder of its templates. `CONTEXT` says what each needs to know."""

    RESET_LINK = "reset_link"
    """The link and the code that set a password (S24–S27)."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- a template's name, not a password
    """« Votre mot de passe a été modifié » (S33)."""
    ADDRESS_CHANGED_OLD = "address_changed_old"
    """To the address that opens the account no more (SEC-48)."""
    ADDRESS_CHANGED_NEW = "address_changed_new"
    """To the address that opens it from now on (SEC-48)."""
    KNOWN_BROWSER = "known_browser"
    """The link that makes a browser known (SEC-13)."""


CONTEXT: dict[LetterKind, frozenset[str]] = {
    LetterKind.RESET_LINK: frozenset({"link", "code", "first_password"}),
    LetterKind.PASSWORD_CHANGED: frozenset({"changed_at", "forgotten_url"}),
    LetterKind.ADDRESS_CHANGED_OLD: frozenset({"changed_at"}),
    LetterKind.ADDRESS_CHANGED_NEW: frozenset({"changed_at", "forgotten_url", "first_password"}),
    LetterKind.KNOWN_BROWSER: frozenset({"link"}),
}
"""The exact keys of each kind's context. `link`, `forgotten_url`: absolute URLs on the public origin (SEC-07). `code`:
8 characters, or empty for a link that an operator sends. `first_password`: whether none was ever set (S9).
`changed_at`: ISO 8601 with an offset."""


@dataclass(frozen=True)
class Letter:
    """A mail to one address. `reply_to` is the association's contact, and dropped unless it is an address.

    `timezone` is the association's, for the hours in the text; `colour` its `#rrggbb`, for the button alone.
    `expires_at`: from then on sending would be pointless; the end of the link for RESET_LINK. Raises `Fault` when
    something that the kind needs is missing.
    """

    kind: LetterKind
    to: str
    association_name: str
    context: dict[str, Value]
    reply_to: str | None = None
    language: str = "fr"
    timezone: str = DEFAULT_TIMEZONE
    colour: str = DEFAULT_COLOUR
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        """Cut and clean, once and for all."""
        if self.context.keys() != CONTEXT[self.kind]:
            raise Fault(f"letter {self.kind}: context has {sorted(self.context)}, needs {sorted(CONTEXT[self.kind])}")
        if self.kind in {LetterKind.RESET_LINK, LetterKind.KNOWN_BROWSER} and self.expires_at is None:
            raise Fault(f"letter {self.kind}: the end of the link is missing")
        cleaned = {
            "to": one_line(self.to, ADDRESS_LENGTH),
            "association_name": one_line(self.association_name, NAME_LENGTH),
            "context": {
                key: one_line(value) if isinstance(value, str) else value for key, value in self.context.items()
            },
            "reply_to": envelope_address(self.reply_to) if self.reply_to else None,
            "timezone": known_timezone(self.timezone),
            "colour": button_colour(self.colour),
        }
        for name, value in cleaned.items():
            object.__setattr__(self, name, value)

    def to_json(self) -> bytes:
        """Return the letter as JSON, for sealing."""
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, document: bytes) -> "Letter":
        """Return the letter that `to_json` wrote."""
        fields: dict[str, Any] = orjson.loads(document)
        expires_at = fields.pop("expires_at")
        return cls(
            **fields | {"kind": LetterKind(fields["kind"])},
            expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        )
