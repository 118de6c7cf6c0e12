"""SQL that reads the directory: the persons behind a mailbox, with what decides on them. A handful of indexed queries.

The caller names the edition to read (`idp.eligibility.editions`), once for a whole answer.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import bindparam, exists, select

from idp.accounts.identifiers import is_email
from idp.associations.tables import Association
from idp.eligibility.editions import is_in_edition
from idp.eligibility.rules import ChildRecord, MembershipRecord, PersonRecord
from idp.eligibility.tables import Ban, Guardianship, Member, Membership
from idp.store import Transaction
from idp.store.prepared import Prepared
from idp.store.tables import table_of

T = TypeVar("T")

_MEMBER = table_of(Member)
_MEMBERSHIP = table_of(Membership)
_GUARDIANSHIP = table_of(Guardianship)
_BAN = table_of(Ban)
_ASSOCIATION = table_of(Association)


@dataclass(frozen=True)
class Reading:
    """Where to read: an association, the edition of its directory, and the seasons that count, current first."""

    association_id: str
    edition: int
    season_ids: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that every statement here takes."""
        current, granted, *_ = (*self.season_ids, None, None)
        return {
            "association": self.association_id,
            "edition": self.edition,
            "current_season": current,
            "granted_season": granted,
        }


_HERE = _MEMBER.c.association_id == bindparam("association")
_ACTIVE = (
    (_MEMBERSHIP.c.association_id == _MEMBER.c.association_id)
    & (_MEMBERSHIP.c.external_id == _MEMBER.c.external_id)
    & is_in_edition(_MEMBERSHIP)
    & _MEMBERSHIP.c.season_id.in_([bindparam("current_season"), bindparam("granted_season")])
)
_BANNED = (_BAN.c.association_id == _MEMBER.c.association_id) & (_BAN.c.person_id == _MEMBER.c.external_id)
_EVER = _MEMBERSHIP.alias("ever")
_WAS_EVER_MEMBER = exists(
    select(1).where(
        _EVER.c.association_id == _MEMBER.c.association_id,
        _EVER.c.external_id == _MEMBER.c.external_id,
        is_in_edition(_EVER),
    )
).label("was_ever_member")
_WHO = [_MEMBER.c[name] for name in ("external_id", "given_name", "family_name", "birth_date")]
_REACHED_BY = [_MEMBER.c[name] for name in ("email", "email_key", "username", "username_key")]
_WHAT = [_MEMBERSHIP.c.season_id, _MEMBERSHIP.c.roles, _BAN.c.created_at.label("banned_at")]
_PERSONS = (
    select(*_WHO, *_REACHED_BY, *_WHAT, _WAS_EVER_MEMBER)
    .select_from(_MEMBER.outerjoin(_MEMBERSHIP, _ACTIVE).outerjoin(_BAN, _BANNED))
    .where(_HERE, is_in_edition(_MEMBER))
)
# Sorted here, not by the database: asked for an order, SQLite reads a whole association along its key to save a sort.
_BY_EMAIL = Prepared(_PERSONS.where(_MEMBER.c.email_key == bindparam("key")))
_BY_ID = _PERSONS.where(_MEMBER.c.external_id.in_(bindparam("persons", expanding=True)))
_OF_USERNAME = Prepared(
    select(_MEMBER.c.external_id, _MEMBER.c.email_key).where(
        _HERE, is_in_edition(_MEMBER), _MEMBER.c.username_key == bindparam("key")
    )
)
_LINKED = (
    (_MEMBER.c.association_id == _GUARDIANSHIP.c.association_id)
    & (_MEMBER.c.external_id == _GUARDIANSHIP.c.child_id)
    & is_in_edition(_MEMBER)
)
_BEHIND = _MEMBER.alias("behind")
_IDS_BEHIND = select(_BEHIND.c.external_id).where(
    _BEHIND.c.association_id == bindparam("association"),
    _BEHIND.c.email_key == bindparam("key"),
    is_in_edition(_BEHIND),
)
_LINK = [_GUARDIANSHIP.c.guardian_id, _GUARDIANSHIP.c.legal]
_CHILDREN = (
    select(*_LINK, *_WHO, *_WHAT)
    .select_from(_GUARDIANSHIP.join(_MEMBER, _LINKED).outerjoin(_MEMBERSHIP, _ACTIVE).outerjoin(_BAN, _BANNED))
    .where(_GUARDIANSHIP.c.association_id == bindparam("association"), is_in_edition(_GUARDIANSHIP))
)
_CHILDREN_OF = _CHILDREN.where(_GUARDIANSHIP.c.guardian_id.in_(bindparam("persons", expanding=True)))
_CHILDREN_BEHIND = Prepared(_CHILDREN.where(_GUARDIANSHIP.c.guardian_id.in_(_IDS_BEHIND)))
_GUARDIANS = select(_GUARDIANSHIP.c.guardian_id).where(
    _GUARDIANSHIP.c.association_id == bindparam("association"),
    _GUARDIANSHIP.c.child_id == bindparam("child"),
    is_in_edition(_GUARDIANSHIP),
)
_ASSOCIATIONS_WITH = (
    select(_MEMBER.c.association_id)
    .join(_ASSOCIATION, _ASSOCIATION.c.id == _MEMBER.c.association_id)
    .where(_MEMBER.c.email_key == bindparam("key"), is_in_edition(_MEMBER, _ASSOCIATION.c.edition))
    .distinct()
)
_IDS_AFTER = (
    select(_MEMBER.c.external_id)
    .where(_HERE, is_in_edition(_MEMBER), _MEMBER.c.external_id > bindparam("after"))
    .order_by(_MEMBER.c.external_id)
    .limit(bindparam("page"))
)
_SEASON_IDS = select(_MEMBERSHIP.c.season_id).where(
    _MEMBERSHIP.c.association_id == bindparam("association"),
    _MEMBERSHIP.c.external_id == bindparam("person"),
    is_in_edition(_MEMBERSHIP),
)


class _PersonRow(NamedTuple):
    """A person, once for each season that counts, or once without one."""

    external_id: str
    given_name: str
    family_name: str
    birth_date: date | None
    email: str | None
    email_key: str | None
    username: str | None
    username_key: str | None
    season_id: str | None
    roles: list[str] | None
    banned_at: datetime | None
    was_ever_member: bool


class _LinkRow(NamedTuple):
    """A guardian's child, once for each season that counts, or once without one."""

    guardian_id: str
    legal: bool
    external_id: str
    given_name: str
    family_name: str
    birth_date: date | None
    season_id: str | None
    roles: list[str] | None
    banned_at: datetime | None


def persons_behind(tx: Transaction, reading: Reading, identifier: str) -> Sequence[PersonRecord]:
    """Return the persons whom a canonical email or username leads to, by id.

    A username opens the mailbox of its person's email, with all persons behind it; without one, that person alone.
    """
    if not identifier:
        return ()
    if is_email(identifier):
        return _behind_mailbox(tx, reading, identifier)
    named = _OF_USERNAME.first(tx, {**reading.parameters, "key": identifier})
    if named is None:
        return ()
    person_id, email_key = named
    return _behind_mailbox(tx, reading, email_key) if email_key else persons_by_id(tx, reading, [person_id])


def persons_by_id(tx: Transaction, reading: Reading, person_ids: Iterable[str]) -> Sequence[PersonRecord]:
    """Return the persons with these ids, by id. Unknown ones are left out."""
    whose = {**reading.parameters, "persons": sorted(person_ids)}
    return _records(reading, tx.execute(_BY_ID, whose), tx.execute(_CHILDREN_OF, whose))


def _behind_mailbox(tx: Transaction, reading: Reading, email_key: str) -> Sequence[PersonRecord]:
    """The hot path of every verdict: two statements."""
    whose = {**reading.parameters, "key": email_key}
    return _records(reading, _BY_EMAIL.all(tx, whose), _CHILDREN_BEHIND.all(tx, whose))


def guardians_of(tx: Transaction, reading: Reading, child_id: str) -> Sequence[str]:
    """Return the ids of a child's guardians."""
    return list(tx.execute(_GUARDIANS, {**reading.parameters, "child": child_id}).scalars())


def season_ids_of(tx: Transaction, reading: Reading, person_id: str) -> Sequence[str]:
    """Return every season that a person is or was a member in, whichever count."""
    return list(tx.execute(_SEASON_IDS, {**reading.parameters, "person": person_id}).scalars())


def associations_with(tx: Transaction, email_key: str) -> Sequence[str]:
    """Return the ids of the associations whose directory has this address."""
    return list(tx.execute(_ASSOCIATIONS_WITH, {"key": email_key}).scalars())


def person_ids_after(tx: Transaction, reading: Reading, after: str, limit: int) -> Sequence[str]:
    """Return the next ids of persons above `after`, whoever may enter or not."""
    return list(tx.execute(_IDS_AFTER, {**reading.parameters, "after": after, "page": limit}).scalars())


def _records(
    reading: Reading, persons: Iterable[Sequence[Any]], links: Iterable[Sequence[Any]]
) -> Sequence[PersonRecord]:
    rows = _grouped(map(_PersonRow._make, persons), lambda row: row.external_id)
    children = _grouped(map(_LinkRow._make, links), lambda row: row.guardian_id)
    return [_person(own, children.get(person_id, []), reading) for person_id, own in sorted(rows.items())]


def _person(own: list[_PersonRow], links: list[_LinkRow], reading: Reading) -> PersonRecord:
    who = own[0]
    return PersonRecord(
        *who[:8],
        memberships=_memberships(own, reading),
        children=_children(links, reading),
        is_banned=who.banned_at is not None,
        was_ever_member=bool(who.was_ever_member),
    )


def _children(links: list[_LinkRow], reading: Reading) -> tuple[ChildRecord, ...]:
    return tuple(
        ChildRecord(
            *own[0][2:6],
            memberships=_memberships(own, reading),
            is_banned=own[0].banned_at is not None,
            is_legal=own[0].legal,
        )
        for _, own in sorted(_grouped(links, lambda row: row.external_id).items())
    )


def _memberships(rows: Sequence[_PersonRow] | Sequence[_LinkRow], reading: Reading) -> tuple[MembershipRecord, ...]:
    found = [MembershipRecord(row.season_id, tuple(row.roles or ())) for row in rows if row.season_id is not None]
    return tuple(sorted(found, key=lambda membership: reading.season_ids.index(membership.season_id)))


def _grouped(rows: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    grouped: dict[str, list[T]] = {}
    for row in rows:
        grouped.setdefault(key(row), []).append(row)
    return grouped
