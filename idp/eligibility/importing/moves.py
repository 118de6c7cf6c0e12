"""Identifiers that an import changes: written down with the next edition, settled once it is read.

Each is settled in a short unit of its own, in any order and once; what a dead import left is settled by the next one.
Until then the old identifier opens nothing for the mover, since the verdict no longer knows it, and the new one has no
password yet.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.accounts.moving import Move, Movers
from idp.associations.store import association_by_id
from idp.eligibility import store as directory
from idp.eligibility.importing.rules import OWN, Difference
from idp.eligibility.store import Reading
from idp.eligibility.tables import PendingMove
from idp.store import Transaction
from idp.store.locks import take_association
from idp.store.tables import table_of

_PENDING = table_of(PendingMove)
_ONE = (_PENDING.c.association_id == bindparam("association")) & (_PENDING.c.person_id == bindparam("person"))
_DUE = select(_PENDING.c.person_id).where(
    _PENDING.c.association_id == bindparam("association"), _PENDING.c.edition <= bindparam("edition")
)
_TAKE = delete(_PENDING).where(_ONE, _PENDING.c.edition <= bindparam("edition")).returning(*_PENDING.c)
_DROP_UNPUBLISHED = delete(_PENDING).where(
    _PENDING.c.association_id == bindparam("association"), _PENDING.c.edition > bindparam("edition")
)
_PUT = {
    dialect: statement.on_conflict_do_nothing()
    for dialect, statement in (("sqlite", sqlite_insert(_PENDING)), ("postgresql", postgresql_insert(_PENDING)))
}


def pending_moves(
    differences: Sequence[Difference], next_edition: Mapping[str, int], sharers: Mapping[tuple[str, str], int]
) -> Sequence[Mapping[str, Any]]:
    """Return the rows of those whose identifier changes. `sharers` count who has an address, by association, so far."""
    movers = [found for found in differences if found.moves]
    leaving = Counter(_old(found) for found in movers)
    return [_row(found, next_edition, sharers.get(_old(found), 1), leaving[_old(found)]) for found in movers]


def _old(found: Difference) -> tuple[str, str]:
    known = found.known
    return found.person.association_id, (known.email_key or known.username_key or "") if known else ""


def _row(found: Difference, next_edition: Mapping[str, int], sharing: int, leaving: int) -> Mapping[str, Any]:
    association_id, person_id = found.person.key
    row = found.person.first
    return {
        "association_id": association_id,
        "person_id": person_id,
        "edition": next_edition[association_id],
        "old_key": _old(found)[1],
        "old_email": found.known.own[OWN.index("email")] if found.known else None,
        "new_key": row.email_key or row.username_key,
        "new_email": row.email,
        "was_alone": sharing <= 1,
        "leaves_nobody": leaving >= sharing,
    }


def put_moves(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down identifiers that change with the next edition."""
    tx.execute(_PUT[tx.dialect.name], rows)


def due_moves(tx: Transaction, association_id: str, edition: int) -> Sequence[str]:
    """Return the persons whose moves the edition that is read has made true."""
    return list(tx.execute(_DUE, {"association": association_id, "edition": edition}).scalars())


def drop_unpublished(tx: Transaction, association_id: str, edition: int) -> None:
    """Forget the moves of an edition that was never published."""
    tx.execute(_DROP_UNPUBLISHED, {"association": association_id, "edition": edition})


def settle(
    tx: Transaction, movers: Movers, association_id: str, person_ids: Sequence[str], has_time: Callable[[], bool]
) -> int:
    """Let these persons' credentials follow, or not, one at least and then while there is time. Returns how many."""
    take_association(tx, association_id)
    association = association_by_id(tx, association_id)
    reading = Reading(association_id, association.edition)
    for count, person_id in enumerate(person_ids):
        if count and not has_time():
            return count
        whose = {"association": association_id, "person": person_id, "edition": association.edition}
        row = tx.execute(_TAKE, whose).one_or_none()
        if row is not None:
            movers.move(tx, association, _move(tx, reading, row))
    return len(person_ids)


def _move(tx: Transaction, reading: Reading, row: Row[Any]) -> Move:
    there = {person.id for person in directory.persons_behind(tx, reading, row.new_key or "")}
    return Move(
        person_id=row.person_id,
        old_key=row.old_key,
        old_email=row.old_email,
        new_key=row.new_key,
        new_email=row.new_email,
        was_alone=row.was_alone,
        is_alone=there <= {row.person_id},
        leaves_nobody=row.leaves_nobody,
    )
