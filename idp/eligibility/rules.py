"""Decides who may enter with an identifier (S1, S2, S6, S7; design: « The eligibility hook »).

Knows no database and no clock: the caller passes what the directory holds and the association's date of today.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from idp.eligibility.verdict import (
    AssociationFacts,
    ChildFacts,
    Eligible,
    PersonFacts,
    PersonKind,
    Reason,
    Refusal,
    SeasonFacts,
    Verdict,
)

FULL_AGE_YEARS = 18


@dataclass(frozen=True, slots=True)
class MembershipRecord:
    """A person is a member in a season."""

    season_id: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChildRecord:
    """A child that a person is the guardian of. `memberships` are those of the seasons that count."""

    id: str
    given_name: str
    family_name: str
    birth_date: date | None
    memberships: tuple[MembershipRecord, ...]
    is_banned: bool
    is_legal: bool
    """A protected adult: the guardian's reach does not end at 18."""


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person of the directory, with what decides whether they may enter."""

    id: str
    given_name: str
    family_name: str
    birth_date: date | None
    email: str | None
    email_key: str | None
    username: str | None
    username_key: str | None
    memberships: tuple[MembershipRecord, ...] = ()
    """Those of the seasons that count: the current one, and the one before while it is granted."""
    children: tuple[ChildRecord, ...] = ()
    is_banned: bool = False
    was_ever_member: bool = False


def login_key_of(person: PersonRecord) -> str:
    """Return the key of the credential that opens the person's door: the email, else the username, else nothing."""
    return person.email_key or person.username_key or ""


@dataclass(frozen=True)
class Season:
    """Which season decides. `granted_id` is the season before, while the association's grace days last."""

    facts: SeasonFacts | None
    granted_id: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the seasons whose members are active, the current one first."""
        current = (self.facts.id,) if self.facts else ()
        return (*current, *((self.granted_id,) if self.granted_id else ()))


class Standing(StrEnum):
    """Where one person stands. The first two may enter."""

    MEMBER = "member"
    GUARDIAN = "guardian"
    BANNED = "banned"
    MAILBOX_CLOSED = "mailbox_closed"
    """A minor whose only address is that of a banned adult."""
    PAST_SEASON = "past_season"
    NO_ACTIVE_CHILD = "no_active_child"


ENTERS = {Standing.MEMBER: PersonKind.MEMBER, Standing.GUARDIAN: PersonKind.GUARDIAN}
_REASONS = {
    Standing.BANNED: Reason.BANNED,
    Standing.MAILBOX_CLOSED: Reason.BANNED,
    Standing.PAST_SEASON: Reason.PAST_SEASON,
    Standing.NO_ACTIVE_CHILD: Reason.NO_ACTIVE_CHILD,
}
_PRECEDENCE = (Reason.BANNED, Reason.PAST_SEASON, Reason.NO_ACTIVE_CHILD)
"""Of several persons' reasons the first here is given: the one that a club can and must decide on."""


def granted_season(previous_id: str | None, started_at: datetime | None, grace_days: int, at: datetime) -> str | None:
    """Return the season before, as long as the association grants it: `grace_days` of 24 hours from the new start."""
    if previous_id is None or started_at is None or at >= started_at + timedelta(days=grace_days):
        return None
    return previous_id


def is_of_full_age(birth_date: date, today: date) -> bool:
    """Tell whether somebody is 18. Born on 29 February, one is so on 1 March of a common year."""
    years = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
    return years >= FULL_AGE_YEARS


def is_reached(child: ChildRecord, today: date) -> bool:
    """Tell whether a guardian acts for this child: an active, not banned member, under 18 unless the link is legal.

    Without a birth date the club's link alone counts.
    """
    of_full_age = child.birth_date is not None and is_of_full_age(child.birth_date, today)
    return bool(child.memberships) and not child.is_banned and (child.is_legal or not of_full_age)


def standings(persons: Sequence[PersonRecord], today: date) -> dict[str, Standing]:
    """Return where each person behind one mailbox stands. The ban of an adult closes it to its minors."""
    minors = {person.id for person in persons if _is_minor(person, persons, today)}
    closed = any(person.is_banned and person.id not in minors for person in persons)
    return {person.id: _standing(person, today, is_closed=closed and person.id in minors) for person in persons}


def decide(
    association: AssociationFacts, season: Season, persons: Sequence[PersonRecord], today: date, as_of: int
) -> Verdict:
    """Return the verdict on the persons behind one mailbox (or one username), of whom there may be none.

    `today` is the date in the association's timezone, `as_of` the change number read with the persons.
    """
    if not persons:
        return Refusal(Reason.UNKNOWN_IDENTIFIER)
    stands = standings(persons, today)
    entering = tuple(
        _facts(person, ENTERS[stands[person.id]], today) for person in persons if stands[person.id] in ENTERS
    )
    if not entering or season.facts is None:
        return Refusal(_refused(stands.values()))
    return Eligible(
        association=association,
        season=season.facts,
        persons=entering,
        email=next((person.email for person in persons if person.email), None),
        username=next((person.username for person in persons if not person.email), None),
        as_of=as_of,
    )


def _is_minor(person: PersonRecord, persons: Iterable[PersonRecord], today: date) -> bool:
    """Without a birth date, who is the child of somebody behind the same mailbox is a minor, and others are not."""
    if person.birth_date is not None:
        return not is_of_full_age(person.birth_date, today)
    return any(child.id == person.id and not child.is_legal for other in persons for child in other.children)


def _standing(person: PersonRecord, today: date, *, is_closed: bool) -> Standing:
    if person.is_banned:
        return Standing.BANNED
    if is_closed:
        return Standing.MAILBOX_CLOSED
    if person.memberships:
        return Standing.MEMBER
    if any(is_reached(child, today) for child in person.children):
        return Standing.GUARDIAN
    return Standing.PAST_SEASON if person.was_ever_member else Standing.NO_ACTIVE_CHILD


def _refused(stands: Iterable[Standing]) -> Reason:
    reasons = {_REASONS.get(standing, Reason.PAST_SEASON) for standing in stands}
    return next(reason for reason in _PRECEDENCE if reason in reasons)


def _facts(person: PersonRecord, kind: PersonKind, today: date) -> PersonFacts:
    roles = person.memberships[0].roles if person.memberships else ()
    return PersonFacts(
        person.id,
        kind,
        person.given_name,
        person.family_name,
        person.birth_date,
        roles,
        tuple(
            ChildFacts(child.id, child.given_name, child.family_name, child.birth_date)
            for child in person.children
            if is_reached(child, today)
        ),
    )
