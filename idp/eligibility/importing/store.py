"""SQL of an import: the lease, what the directory holds of some persons, the next edition's rows, and its publication.

Rows are written for `edition + 1`, which nobody reads until `publish` moves the association's pointer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.associations.tables import Association
from idp.eligibility.editions import is_in_edition
from idp.eligibility.importing.rules import OWN, KnownPerson, PersonKey
from idp.eligibility.store import Reading
from idp.eligibility.tables import DirectoryImport, Guardianship, Member, Membership
from idp.store import Transaction
from idp.store.tables import table_of

_ASSOCIATION = table_of(Association)
_LEASE = table_of(DirectoryImport)
MEMBER, MEMBERSHIP, GUARDIANSHIP = table_of(Member), table_of(Membership), table_of(Guardianship)
EDITED = (MEMBER, MEMBERSHIP, GUARDIANSHIP)
_PERSON = {MEMBER: "external_id", MEMBERSHIP: "external_id", GUARDIANSHIP: "guardian_id"}


def _row_key(table: Table) -> list[str]:
    """Return what names a row in one edition."""
    return [column.name for column in table.primary_key if column.name != "since_edition"]


def _of_some(table: Table, *columns: str) -> Any:  # noqa: ANN401 -- a Select of columns that vary
    return select(*(table.c[name] for name in (_PERSON[table], *columns))).where(
        table.c.association_id == bindparam("association"),
        table.c[_PERSON[table]].in_(bindparam("persons", expanding=True)),
        is_in_edition(table),
    )


_KNOWN_OWN = _of_some(MEMBER, *OWN, "email_key", "username_key")
_KNOWN_SEASONS = _of_some(MEMBERSHIP, "season_id", "roles")
_KNOWN_CHILDREN = _of_some(GUARDIANSHIP, "child_id", "legal")
_KNOWN_IDS = _of_some(MEMBER)
_HOLDERS = select(MEMBER.c.username_key, MEMBER.c.external_id).where(
    MEMBER.c.association_id == bindparam("association"),
    MEMBER.c.username_key.in_(bindparam("usernames", expanding=True)),
    is_in_edition(MEMBER),
)
_SHARERS = (
    select(MEMBER.c.email_key, func.count())
    .where(
        MEMBER.c.association_id == bindparam("association"),
        MEMBER.c.email_key.in_(bindparam("emails", expanding=True)),
        is_in_edition(MEMBER),
    )
    .group_by(MEMBER.c.email_key)
)
_END_ROW = {
    table: update(table)
    .where(
        *(table.c[name] == bindparam(f"row_{name}") for name in _row_key(table)),
        table.c.until_edition.is_(None),
    )
    .values(until_edition=bindparam("next_edition"))
    for table in EDITED
}
_DROP_ENDED = {
    table: delete(table).where(
        *(table.c[name] == bindparam(f"row_{name}") for name in _row_key(table)),
        table.c.until_edition <= bindparam("edition"),
    )
    for table in EDITED
}
_ADD_ROW = {table: insert(table) for table in EDITED}
_PUBLISH = (
    update(_ASSOCIATION)
    .where(_ASSOCIATION.c.id == bindparam("association"), _ASSOCIATION.c.edition == bindparam("was"))
    .values(edition=bindparam("was") + 1)
)
_TAKE_LEASE = {
    dialect: statement.on_conflict_do_update(
        index_elements=["association_id"],
        set_={"import_id": statement.excluded.import_id, "leased_until": statement.excluded.leased_until},
        where=_LEASE.c.leased_until <= bindparam("now"),
    ).returning(_LEASE.c.association_id)
    for dialect, statement in (("sqlite", sqlite_insert(_LEASE)), ("postgresql", postgresql_insert(_LEASE)))
}
_LEASED = select(_LEASE.c.import_id).where(_LEASE.c.association_id == bindparam("association"))
_RENEW = update(_LEASE).where(_LEASE.c.import_id == bindparam("lease")).values(leased_until=bindparam("until"))
_RELEASE = delete(_LEASE).where(_LEASE.c.import_id == bindparam("lease"))
_UNPUBLISHED = {
    table: select(*(table.c[name] for name in _row_key(table)), table.c.since_edition, table.c.until_edition).where(
        table.c.association_id == bindparam("association"),
        or_(table.c.since_edition > bindparam("edition"), table.c.until_edition.is_not(None)),
    )
    for table in EDITED
}
_THIS_VERSION = {
    table: [table.c[name] == bindparam(f"row_{name}") for name in (*_row_key(table), "since_edition")]
    for table in EDITED
}
_DROP_VERSION = {table: delete(table).where(*_THIS_VERSION[table]) for table in EDITED}
_REOPEN_VERSION = {table: update(table).where(*_THIS_VERSION[table]).values(until_edition=None) for table in EDITED}

Row = Mapping[str, Any]


def take_lease(tx: Transaction, association_id: str, import_id: str, now: datetime, until: datetime) -> bool:
    """Become the one import of this association. A lease that has ended is taken over; false when another lives."""
    row = {"association_id": association_id, "import_id": import_id, "leased_until": until, "now": now}
    return tx.execute(_TAKE_LEASE[tx.dialect.name], row).first() is not None


def lease_holder(tx: Transaction, association_id: str) -> str | None:
    """Return which import has the lease, a dead one too."""
    holder: str | None = tx.execute(_LEASED, {"association": association_id}).scalar_one_or_none()
    return holder


def renew_lease(tx: Transaction, import_id: str, until: datetime) -> bool:
    """Stay the one. False when another has taken over."""
    return bool(tx.execute(_RENEW, {"lease": import_id, "until": until}).rowcount)


def release(tx: Transaction, import_id: str) -> None:
    """Let the next import begin."""
    tx.execute(_RELEASE, {"lease": import_id})


def known_persons(tx: Transaction, reading: Reading, person_ids: Collection[str]) -> Mapping[str, KnownPerson]:
    """Return what the directory holds of these persons, by id."""
    some = {**reading.parameters, "persons": list(person_ids)}
    seasons: dict[str, dict[str, tuple[str, ...]]] = {}
    for person_id, season_id, roles in tx.execute(_KNOWN_SEASONS, some):
        seasons.setdefault(person_id, {})[season_id] = tuple(roles)
    children: dict[str, dict[str, bool]] = {}
    for person_id, child_id, legal in tx.execute(_KNOWN_CHILDREN, some):
        children.setdefault(person_id, {})[child_id] = legal
    return {
        person_id: KnownPerson(
            tuple(own), email_key, username_key, seasons.get(person_id, {}), children.get(person_id, {})
        )
        for person_id, *own, email_key, username_key in tx.execute(_KNOWN_OWN, some)
    }


def known_ids(tx: Transaction, reading: Reading, person_ids: Collection[str]) -> set[PersonKey]:
    """Return which of these persons the directory knows."""
    found = tx.execute(_KNOWN_IDS, {**reading.parameters, "persons": list(person_ids)}).scalars()
    return {(reading.association_id, person_id) for person_id in found}


def holders_of(tx: Transaction, reading: Reading, username_keys: Collection[str]) -> Mapping[tuple[str, str], str]:
    """Return who holds these usernames, by (association's id, canonical username)."""
    found = tx.execute(_HOLDERS, {**reading.parameters, "usernames": list(username_keys)})
    return {(reading.association_id, username_key): person_id for username_key, person_id in found}


def sharers_of(tx: Transaction, reading: Reading, email_keys: Collection[str]) -> Mapping[str, int]:
    """Return how many persons have each of these addresses."""
    found = tx.execute(_SHARERS, {**reading.parameters, "emails": list(email_keys)})
    return {email_key: count for email_key, count in found}  # noqa: C416 -- rows, which dict() can't read


def add_rows(tx: Transaction, table: Table, rows: Sequence[Row]) -> None:
    """Write rows of the next edition."""
    tx.execute(_ADD_ROW[table], rows)


def end_rows(tx: Transaction, table: Table, keys: Sequence[Row], next_edition: Mapping[str, int]) -> None:
    """Let the latest rows with these keys end where the next edition of their association begins."""
    tx.execute(
        _END_ROW[table], [_prefixed(key) | {"next_edition": next_edition[key["association_id"]]} for key in keys]
    )


def drop_ended(tx: Transaction, table: Table, keys: Sequence[Row], edition: Mapping[str, int]) -> None:
    """Delete rows with these keys that ended with an edition that is read by now."""
    tx.execute(_DROP_ENDED[table], [_prefixed(key) | {"edition": edition[key["association_id"]]} for key in keys])


def publish(tx: Transaction, association_id: str, was: int) -> bool:
    """Let everybody read the next edition. False when it isn't the one after `was`."""
    return bool(tx.execute(_PUBLISH, {"association": association_id, "was": was}).rowcount)


def versions_astray(tx: Transaction, table: Table, reading: Reading) -> Sequence[Row]:
    """Return what a dead import left: rows of editions that were never published, and rows that ended."""
    return [dict(row) for row in tx.execute(_UNPUBLISHED[table], reading.parameters).mappings()]


def mend_versions(tx: Transaction, table: Table, astray: Iterable[Row], edition: int) -> None:
    """Drop what was never published and what has ended; what was to end with an unpublished edition goes on."""
    for row in astray:
        key = _prefixed({name: row[name] for name in (*_row_key(table), "since_edition")})
        goes_on = row["since_edition"] <= edition and row["until_edition"] > edition
        tx.execute((_REOPEN_VERSION if goes_on else _DROP_VERSION)[table], key)


def _prefixed(row: Row) -> dict[str, Any]:
    """Bound parameters may not be called like columns in an UPDATE."""
    return {f"row_{name}": value for name, value in row.items()}
