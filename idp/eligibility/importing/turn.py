"""One import's turn: the lease on its associations, the next edition's rows, publication, credentials, clearing up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import Table

from idp.accounts.moving import Movers
from idp.associations.store import AssociationRecord
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.eligibility.epochs import raise_epoch
from idp.eligibility.importing import moves, store as editions
from idp.eligibility.importing.batches import Batches
from idp.eligibility.importing.checking import slices
from idp.eligibility.importing.rules import Difference
from idp.eligibility.importing.staging import PARTS, Heard, Staging
from idp.eligibility.importing.store import Row
from idp.eligibility.store import Reading
from idp.errors import Fault
from idp.store import Store, Transaction
from idp.store.locks import take_association

LEASE = timedelta(minutes=2)
TOGETHER = 25
"""Associations published by one transaction: of a file with more, some become visible before others, each one whole."""
MOVES_AT_ONCE = 5
"""Credentials that follow in the publishing unit itself."""


class LeaseLost(Fault):
    """We were too slow, and another import took over. Nothing of ours is visible."""


class Turn:
    """From the lease to its release."""

    def __init__(self, store: Store, movers: Movers, clock: Clock, import_id: str) -> None:
        """`import_id` names the lease."""
        self._store = store
        self._movers = movers
        self._clock = clock
        self._import_id = import_id
        self._renewed = clock.now()
        self._was_taken = False
        self.batches = Batches(store)

    def take(self, associations: Iterable[AssociationRecord]) -> AssociationRecord | None:
        """Become the one import of these associations, and clear what a dead one left. Returns one that is busy."""
        for association in associations:
            holders: list[str | None] = []
            self.batches.one(lambda tx: holders.extend(self._take(tx, association.id)))  # noqa: B023 -- it runs in this turn
            before, now = holders
            if now != self._import_id:
                return association
            self._was_taken = True
            if before is not None:
                self._clear(association)
        return None

    def write(
        self,
        differences: Sequence[Difference],
        edition: Mapping[str, int],
        season_labels: Mapping[str, str],
        heard: Heard,
    ) -> None:
        """Write the next edition of these associations, publish it, let credentials follow, drop what has ended."""
        staging = Staging(self.batches, edition, season_labels, self._clock.now(), self._keep)
        next_edition = {association_id: number + 1 for association_id, number in edition.items()}
        staging.write(differences, heard)
        pending = moves.pending_moves(differences, next_edition, self._sharers(differences, edition))
        self.batches.run(pending, moves.put_moves, _unheard)
        changed = sorted({found.person.association_id for found in differences})
        persons = Counter(found.person.association_id for found in differences)
        moving = Counter(row["association_id"] for row in pending)
        for begin in range(0, len(changed), TOGETHER):
            group = changed[begin : begin + TOGETHER]
            self._publish({one: edition[one] for one in group}, persons, moving)
        staging.drop_ended(differences)

    def release(self, *, is_done: bool) -> None:
        """End the lease; of an import that stopped half-way, let the next one clear up, at once."""
        if not self._was_taken:
            return
        if is_done:
            self.batches.one(lambda tx: editions.release(tx, self._import_id))
        else:
            self.batches.one(lambda tx: editions.renew_lease(tx, self._import_id, self._clock.now()))

    def _take(self, tx: Transaction, association_id: str) -> tuple[str | None, str | None]:
        """Return who had the lease, and who has it now."""
        now = self._clock.now()
        before = editions.lease_holder(tx, association_id)
        editions.take_lease(tx, association_id, self._import_id, now, now + LEASE)
        return before, editions.lease_holder(tx, association_id)

    def _keep(self, tx: Transaction) -> None:
        """Renew the lease in good time. Raises `LeaseLost`."""
        now = self._clock.now()
        if now - self._renewed < LEASE / 8:
            return
        if not editions.renew_lease(tx, self._import_id, now + LEASE):
            raise LeaseLost(self._import_id)
        self._renewed = now

    def _publish(self, edition: Mapping[str, int], persons: Counter[str], moving: Counter[str]) -> None:
        """Let everybody read these associations' next editions. Few credentials follow at once, many afterwards."""
        few = sum(moving[association_id] for association_id in edition) <= MOVES_AT_ONCE

        def unit(tx: Transaction) -> None:
            for association_id, was in edition.items():
                take_association(tx, association_id)
                if not editions.publish(tx, association_id, was):
                    raise LeaseLost(association_id)
                number = raise_epoch(tx, association_id)
                detail = {"persons": persons[association_id], "edition": was + 1, "change": number}
                record(tx, Event("members.imported", self._clock.now(), association_id, detail=detail))
                if few and moving[association_id]:
                    due = moves.due_moves(tx, association_id, was + 1)
                    moves.settle(tx, self._movers, association_id, due, self.batches.has_time)

        self.batches.one(unit)
        for association_id, was in edition.items():
            if moving[association_id]:
                self._settle(association_id, was + 1)

    def _settle(self, association_id: str, edition: int) -> None:
        """Let credentials follow, as many in a unit as its time allows."""
        due = self._store.read_blocking(lambda tx: moves.due_moves(tx, association_id, edition))
        while due:
            settled: list[int] = []
            self.batches.pause_after(
                lambda tx: settled.append(  # noqa: B023 -- it runs in this turn
                    moves.settle(tx, self._movers, association_id, due, self.batches.has_time)  # noqa: B023 -- as above
                )
            )
            due = due[settled[-1] :]

    def _sharers(self, differences: Sequence[Difference], edition: Mapping[str, int]) -> Mapping[tuple[str, str], int]:
        """Count who has the addresses that some person leaves."""
        left: dict[str, set[str]] = {}
        for found in differences:
            if found.moves and found.known and found.known.email_key:
                left.setdefault(found.person.association_id, set()).add(found.known.email_key)
        counts: dict[tuple[str, str], int] = {}
        for association_id, keys in left.items():
            reading = Reading(association_id, edition[association_id])
            for part in slices(keys):
                found_here = self._store.read_blocking(lambda tx: editions.sharers_of(tx, reading, part))  # noqa: B023 -- it runs in this turn
                counts |= {(association_id, key): count for key, count in found_here.items()}
        return counts

    def _clear(self, association: AssociationRecord) -> None:
        """Drop the rows that a dead import staged, reopen those that it was to end, settle what it published."""
        reading = Reading(association.id, association.edition)
        for table in PARTS:
            astray = self._store.read_blocking(lambda tx: editions.versions_astray(tx, table, reading))  # noqa: B023 -- it runs in this turn
            # First what goes: a username that was to change hands is then free for whom it goes back to.
            astray = sorted(astray, key=lambda row: row["since_edition"] <= association.edition)
            self.batches.run(astray, partial(_mend, table=table, edition=association.edition), _unheard)
        self.batches.one(lambda tx: moves.drop_unpublished(tx, association.id, association.edition))
        self._settle(association.id, association.edition)


def _mend(tx: Transaction, astray: Sequence[Row], *, table: Table, edition: int) -> None:
    editions.mend_versions(tx, table, astray, edition)


def _unheard(_done: int) -> None:
    """No progress that anybody waits for."""
