"""Checks the rows of a file against one another and against what the directory holds, reading only."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from idp.associations.store import AssociationRecord, association_named
from idp.eligibility.importing import store as editions
from idp.eligibility.importing.faults import CellFault
from idp.eligibility.importing.rows import MemberRow
from idp.eligibility.importing.rules import (
    Difference,
    PersonKey,
    WantedPerson,
    difference,
    join_rows,
    link_faults,
    username_faults,
    without_lines,
)
from idp.eligibility.store import Reading
from idp.store import Store

T = TypeVar("T")
SLICE = 500
"""Persons asked for by one statement."""


def slices(items: Collection[T]) -> Iterator[list[T]]:
    """Cut into lists that one statement can ask for."""
    rest = iter(items)
    while part := list(islice(rest, SLICE)):
        yield part


def associations_in(store: Store, rows: Sequence[MemberRow]) -> Mapping[str, AssociationRecord]:
    """Return the associations that the rows name, by the name as written. Unknown ones are left out."""
    written = {row.association for row in rows}
    found = {text: store.read_blocking(lambda tx: association_named(tx, text)) for text in written}  # noqa: B023 -- it runs in this turn
    return {text: record for text, record in found.items() if record}


def check(
    store: Store, rows: Sequence[MemberRow], associations: Mapping[str, AssociationRecord]
) -> tuple[Mapping[PersonKey, WantedPerson], Sequence[CellFault]]:
    """Return the persons that the fit rows make, and the faults of the other rows."""
    ids = {text: record.id for text, record in associations.items()}
    persons, faults = join_rows(rows, ids)
    readings = {record.id: Reading(record.id, record.edition) for record in associations.values()}
    holders = _holders(store, readings, persons)
    known = _known_children(store, readings, persons)
    while found := [*username_faults(persons, holders), *link_faults(persons, known)]:
        faults += found
        # Who referred to a line that is left out is left out in the next turn.
        persons = without_lines(persons, {fault.line for fault in found})
    return persons, faults


def differences_in(
    store: Store,
    reading: Reading,
    persons: Sequence[WantedPerson],
    season_ids: Mapping[str, str],
) -> Iterator[tuple[int, list[Difference]]]:
    """Yield, slice by slice, how many persons were compared with the directory and what must be written."""
    for part in slices(persons):
        ids = [person.key[1] for person in part]
        known = store.read_blocking(lambda tx: editions.known_persons(tx, reading, ids))  # noqa: B023 -- it runs in this turn
        found = (difference(person, season_ids, known.get(person.key[1])) for person in part)
        yield len(part), [one for one in found if one]


def _holders(
    store: Store, readings: Mapping[str, Reading], persons: Mapping[PersonKey, WantedPerson]
) -> Mapping[tuple[str, str], str]:
    """Return who holds the wanted usernames now."""
    wanted: dict[str, list[str]] = {}
    for (association_id, _), person in persons.items():
        if person.first.username_key:
            wanted.setdefault(association_id, []).append(person.first.username_key)
    holders: dict[tuple[str, str], str] = {}
    for association_id, keys in wanted.items():
        for part in slices(keys):
            holders |= store.read_blocking(lambda tx: editions.holders_of(tx, readings[association_id], part))  # noqa: B023 -- it runs in this turn
    return holders


def _known_children(
    store: Store, readings: Mapping[str, Reading], persons: Mapping[PersonKey, WantedPerson]
) -> set[PersonKey]:
    """Return the children whom the directory knows, of those that the file names and doesn't describe."""
    wanted: dict[str, set[str]] = {}
    for (association_id, _), person in persons.items():
        strangers = {child for child in person.children if (association_id, child) not in persons}
        if strangers:
            wanted.setdefault(association_id, set()).update(strangers)
    known: set[PersonKey] = set()
    for association_id, ids in wanted.items():
        for part in slices(ids):
            known |= store.read_blocking(lambda tx: editions.known_ids(tx, readings[association_id], part))  # noqa: B023 -- it runs in this turn
    return known
