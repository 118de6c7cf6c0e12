"""Bans persons of the embedded directory and lifts bans, in the caller's unit (S2).

A ban is of a person in one association, survives seasons and cuts at once: whoever may no longer enter because of it
(the person, the minors behind an adult's mailbox, guardians whose last child it was) loses sessions and grants, and the
mailbox its live links, before the unit commits.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.accounts.access import cancel_links, end_person
from idp.accounts.store import find_credential
from idp.associations.store import AssociationRecord
from idp.audit.store import Event, record
from idp.eligibility import store as directory
from idp.eligibility.directory import reading_of, season_of, today_of
from idp.eligibility.epochs import raise_epoch
from idp.eligibility.rules import ENTERS, PersonRecord, login_key_of, standings
from idp.eligibility.tables import Ban
from idp.store import Transaction
from idp.store.tables import table_of

_BAN = table_of(Ban)
_ADD = {
    dialect: make(_BAN).on_conflict_do_nothing().returning(_BAN.c.person_id)
    for dialect, make in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_LIFT = (
    delete(_BAN)
    .where(_BAN.c.association_id == bindparam("association"), _BAN.c.person_id == bindparam("person"))
    .returning(_BAN.c.person_id)
)


def ban(
    tx: Transaction, association: AssociationRecord, persons: Sequence[PersonRecord], reason: str | None, at: datetime
) -> Sequence[str]:
    """Ban these persons of an association that this unit holds alone. Returns the ids of those who weren't yet."""
    row = {"association_id": association.id, "reason": reason, "created_at": at}
    banned = [
        person
        for person in persons
        if tx.execute(_ADD[tx.dialect.name], {**row, "person_id": person.id}).first() is not None
    ]
    concerned = _concerned(tx, association, banned, at)
    for person_id in concerned:
        raise_epoch(tx, association.id, person_id)
    end_those_out(tx, association, concerned, at)
    for key in {login_key_of(person) for person in banned}:
        credential = find_credential(tx, association.id, key)
        if credential:
            cancel_links(tx, credential.id, at)
    _note(tx, "person.banned", association, banned, reason, at)
    return [person.id for person in banned]


def unban(
    tx: Transaction, association: AssociationRecord, persons: Sequence[PersonRecord], reason: str | None, at: datetime
) -> Sequence[str]:
    """Lift the bans of these persons. Returns the ids of those who were banned. Nobody is signed in again by it."""
    association_id = association.id
    freed = [
        person
        for person in persons
        if tx.execute(_LIFT, {"association": association_id, "person": person.id}).first() is not None
    ]
    for person_id in _concerned(tx, association, freed, at):
        raise_epoch(tx, association_id, person_id)
    _note(tx, "person.unbanned", association, freed, reason, at)
    return [person.id for person in freed]


def end_those_out(tx: Transaction, association: AssociationRecord, person_ids: Iterable[str], at: datetime) -> None:
    """End sessions and grants of those among these persons who may not enter as things stand in this unit."""
    reading = reading_of(association, season_of(association, at))
    wanted = set(person_ids)
    persons = directory.persons_by_id(tx, reading, wanted)
    out = wanted - {person.id for person in persons}
    for key in {login_key_of(person) for person in persons}:
        stands = standings(directory.persons_behind(tx, reading, key), today_of(association, at))
        out |= {person_id for person_id in wanted & stands.keys() if stands[person_id] not in ENTERS}
    out |= {person.id for person in persons if not login_key_of(person)}
    for person_id in sorted(out):
        end_person(tx, association.id, person_id, at)


def _concerned(
    tx: Transaction, association: AssociationRecord, persons: Iterable[PersonRecord], at: datetime
) -> Sequence[str]:
    """Return whose verdicts change with a ban: the persons, who shares their mailboxes, and their guardians."""
    reading = reading_of(association, season_of(association, at))
    concerned: set[str] = set()
    for person in persons:
        behind = directory.persons_behind(tx, reading, login_key_of(person))
        guardians = directory.guardians_of(tx, reading, person.id)
        concerned |= {person.id, *(other.id for other in behind), *guardians}
    return sorted(concerned)


def _note(
    tx: Transaction,
    name: str,
    association: AssociationRecord,
    persons: Iterable[PersonRecord],
    reason: str | None,
    at: datetime,
) -> None:
    for person in persons:
        record(tx, Event(name, at, association_id=association.id, person_id=person.id, detail={"reason": reason}))
