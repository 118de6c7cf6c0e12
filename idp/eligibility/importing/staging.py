"""Turns differences into rows of the next edition, and writes them in short batches while everybody reads the current.

First the rows that end, then the new ones: so a username can go from one person to another in one import.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table

from idp.eligibility.importing import store as editions
from idp.eligibility.importing.batches import Batches
from idp.eligibility.importing.rules import OWN, Difference
from idp.eligibility.importing.store import GUARDIANSHIP, MEMBER, MEMBERSHIP, Row
from idp.store import Transaction

Heard = Callable[[int], None]
PARTS = (MEMBER, MEMBERSHIP, GUARDIANSHIP)


def ended_keys(table: Table, found: Difference) -> Iterable[Row]:
    """Return the keys of the rows of a table that end with a difference."""
    association_id, external_id = found.person.key
    if table is MEMBER:
        if found.known is not None and found.is_own_changed:
            yield {"association_id": association_id, "external_id": external_id}
    elif table is MEMBERSHIP:
        for season_id in found.ended_seasons:
            yield {"association_id": association_id, "external_id": external_id, "season_id": season_id}
    else:
        for child_id in found.ended_children:
            yield {"association_id": association_id, "guardian_id": external_id, "child_id": child_id}


def new_rows(
    table: Table, found: Difference, season_labels: Mapping[str, str], next_edition: int, at: datetime
) -> Iterable[Row]:
    """Return the rows of a table that begin with a difference. `season_labels` are by id."""
    person = found.person
    association_id, external_id = person.key
    since = {"association_id": association_id, "since_edition": next_edition}
    if table is MEMBER:
        if found.is_own_changed:
            row = person.first
            own = {name: getattr(row, name) for name in (*OWN, "email_key", "username_key")}
            yield {**since, "external_id": external_id, **own, "updated_at": at}
    elif table is MEMBERSHIP:
        for season_id in found.new_seasons:
            roles = list(person.roles_by_season[season_labels[season_id]])
            yield {**since, "external_id": external_id, "season_id": season_id, "roles": roles}
    else:
        for child_id in found.new_children:
            legal = person.children[child_id]
            yield {**since, "guardian_id": external_id, "child_id": child_id, "legal": legal}


class Staging:
    """Writes one import's next edition."""

    def __init__(
        self,
        batches: Batches,
        edition: Mapping[str, int],
        season_labels: Mapping[str, str],
        at: datetime,
        keep: Callable[[Transaction], None],
    ) -> None:
        """`edition` is what is read now, by association; `keep` renews the lease inside each unit."""
        self._batches = batches
        self._edition = edition
        self._next = {association_id: number + 1 for association_id, number in edition.items()}
        self._season_labels = season_labels
        self._at = at
        self._keep = keep

    def write(self, differences: Sequence[Difference], heard: Heard) -> None:
        """Write the next edition beside the one that is read."""
        self._for_ended(differences, self._end)
        self._batches.run(differences, self._add, heard)

    def drop_ended(self, differences: Sequence[Difference]) -> None:
        """After the publication: delete what nobody reads any more."""
        self._for_ended(differences, self._drop)

    def _for_ended(
        self, differences: Sequence[Difference], act: Callable[[Transaction, Table, Sequence[Row]], None]
    ) -> None:
        for table in PARTS:
            keys = [key for found in differences if found.known for key in ended_keys(table, found)]
            self._batches.run(keys, lambda tx, batch: act(tx, table, batch), _unheard)  # noqa: B023 -- runs in this turn

    def _end(self, tx: Transaction, table: Table, keys: Sequence[Row]) -> None:
        self._keep(tx)
        editions.end_rows(tx, table, keys, self._next)

    def _drop(self, tx: Transaction, table: Table, keys: Sequence[Row]) -> None:
        self._keep(tx)
        editions.drop_ended(tx, table, keys, self._next)

    def _add(self, tx: Transaction, differences: Sequence[Difference]) -> None:
        self._keep(tx)
        for table in PARTS:
            rows = [row for found in differences for row in self._rows(table, found)]
            if rows:
                editions.add_rows(tx, table, rows)

    def _rows(self, table: Table, found: Difference) -> Iterable[Mapping[str, Any]]:
        next_edition = self._next[found.person.association_id]
        return new_rows(table, found, self._season_labels, next_edition, self._at)


def _unheard(_done: int) -> None:
    """Ending and dropping rows is no progress that anybody waits for."""
