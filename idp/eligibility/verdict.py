"""The one question and its answer, as every provider gives it (design: « The eligibility hook »)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    """Why we ask."""

    LOGIN = "login"
    AUTHORIZE = "authorize"
    RESET = "reset"
    RESET_FORM = "reset_form"
    CODE = "code"
    REFRESH = "refresh"


class Reason(StrEnum):
    """Why somebody may not enter. For administrators and the audit log, never for the member."""

    UNKNOWN_ASSOCIATION = "unknown_association"
    UNKNOWN_IDENTIFIER = "unknown_identifier"
    PAST_SEASON = "past_season"
    BANNED = "banned"
    NO_ACTIVE_CHILD = "no_active_child"


class PersonKind(StrEnum):
    """`guardian` is one who is only that."""

    MEMBER = "member"
    GUARDIAN = "guardian"


@dataclass(frozen=True)
class AssociationFacts:
    """The association as the membership domain names it."""

    id: str
    code: str
    alias: str | None
    name: str
    contact: str | None = None
    timezone: str = "Europe/Paris"
    """For the hours that its members read."""


@dataclass(frozen=True)
class SeasonFacts:
    """The current season."""

    id: str
    label: str
    ends_on: date | None = None


@dataclass(frozen=True)
class ChildFacts:
    """An active child whom somebody acts for."""

    id: str
    given_name: str
    family_name: str
    birth_date: date | None = None


@dataclass(frozen=True)
class PersonFacts:
    """A person who may enter."""

    id: str
    kind: PersonKind
    given_name: str
    family_name: str
    birth_date: date | None = None
    roles: tuple[str, ...] = ()
    acting_for: tuple[ChildFacts, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Nobody enters with this association and identifier."""

    reason: Reason


@dataclass(frozen=True)
class Eligible:
    """Who may enter, as of change number `as_of` (see `idp.eligibility.epochs`)."""

    association: AssociationFacts
    season: SeasonFacts
    persons: tuple[PersonFacts, ...]
    email: str | None
    """The address that mail goes to, from the membership domain, never the one typed."""
    username: str | None = None
    as_of: int = 0
    max_age_seconds: int | None = None

    def person(self, person_id: str) -> PersonFacts | None:
        """Return the person with this id, if they may enter."""
        return next((person for person in self.persons if person.id == person_id), None)


Verdict = Eligible | Refusal


def membership_claim(verdict: Eligible, person: PersonFacts) -> Mapping[str, Any]:
    """Return the value of the claim `membership` (design: « Scope `membership` »). No name, no address of a person."""
    ends_on = verdict.season.ends_on
    return {
        "association": {
            "id": verdict.association.id,
            "code": verdict.association.code,
            "alias": verdict.association.alias,
            "name": verdict.association.name,
        },
        "season": {
            "id": verdict.season.id,
            "label": verdict.season.label,
            "ends_on": ends_on.isoformat() if ends_on else None,
        },
        "person": {"id": person.id, "kind": person.kind.value},
        "acting_for": [child.id for child in person.acting_for],
        "roles": list(person.roles),
    }
