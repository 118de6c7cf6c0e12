"""Imports members: checks the whole file, writes the next edition unseen, publishes it by one short transaction.

One import at a time in an association. A second run of the same file changes nothing and raises no epoch. How editions
work: `docs/decisions`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from idp.accounts.moving import Movers
from idp.associations.store import AssociationRecord, add_season, season_labelled
from idp.clock import Clock
from idp.eligibility.importing.checking import associations_in, check, differences_in
from idp.eligibility.importing.faults import CellFault
from idp.eligibility.importing.rows import read_rows
from idp.eligibility.importing.rules import Difference, PersonKey, WantedPerson
from idp.eligibility.importing.turn import Turn
from idp.eligibility.store import Reading
from idp.entropy import Entropy, random_id
from idp.store import Store, Transaction

Progress = Callable[[int, int], None]
"""Hears how many steps are done, and how many there are."""


@dataclass(frozen=True)
class Imported:
    """The directory holds what the file says. `faults` are those of lines that were left out, with `skip_bad`."""

    rows: int
    added: int
    changed: int
    unchanged: int
    faults: Sequence[CellFault]
    new_seasons: Sequence[str]
    """Labels that were made, none of them current."""
    moved: int
    """Persons whose identifier changed."""
    longest_lock_seconds: float


@dataclass(frozen=True)
class Faulty:
    """The file can't be taken as it is. Nothing was changed."""

    rows: int
    faults: Sequence[CellFault]


@dataclass(frozen=True)
class Busy:
    """Another import of this association is under way. Nothing was changed."""

    code: str


class MembersImport:
    """Brings members files into the directory."""

    def __init__(self, store: Store, movers: Movers, clock: Clock, entropy: Entropy) -> None:
        """Ports; `movers` carry out what a changed identifier means for credentials."""
        self._store = store
        self._movers = movers
        self._clock = clock
        self._entropy = entropy

    def run(self, content: bytes, progress: Progress, *, skip_bad: bool = False) -> Imported | Faulty | Busy:
        """Import a file. With `skip_bad` lines with faults are left out, else one fault stops all.

        Raises `Unavailable` when the database can't, `LeaseLost` when another import took over: the next run clears up.
        """
        file = read_rows(content, self._clock.now().date())
        if file.unreadable:
            return Faulty(file.line_count, file.faults)
        turn = Turn(self._store, self._movers, self._clock, random_id(self._entropy, "import"))
        is_done = False
        try:
            busy = turn.take({one.id: one for one in associations_in(self._store, file.rows).values()}.values())
            if busy:
                is_done = True
                return Busy(busy.public.code)
            associations = associations_in(self._store, file.rows)  # as they stand now that nobody else writes them
            persons, found = check(self._store, file.rows, associations)
            faults = sorted([*file.faults, *found])
            if faults and not skip_bad:
                is_done = True
                return Faulty(file.line_count, faults)
            written = self._write(turn, persons, associations.values(), progress)
            is_done = True
            return replace(written, rows=file.line_count, faults=faults)
        finally:
            turn.release(is_done=is_done)

    def _write(
        self,
        turn: Turn,
        persons: Mapping[PersonKey, WantedPerson],
        associations: Iterable[AssociationRecord],
        progress: Progress,
    ) -> Imported:
        edition = {record.id: record.edition for record in associations}
        seasons, new_labels = self._seasons(turn, persons)
        differences = self._differences(persons, edition, seasons, lambda done: progress(done, 2 * len(persons)))
        if differences:
            labels = {season_id: label for some in seasons.values() for label, season_id in some.items()}
            half, share = len(persons), len(persons) / len(differences)
            turn.write(differences, edition, labels, lambda done: progress(half + int(done * share), 2 * half))
        added = sum(found.known is None for found in differences)
        return Imported(
            rows=0,
            added=added,
            changed=len(differences) - added,
            unchanged=len(persons) - len(differences),
            faults=(),
            new_seasons=new_labels,
            moved=sum(found.moves for found in differences),
            longest_lock_seconds=turn.batches.longest_seconds,
        )

    def _seasons(
        self, turn: Turn, persons: Mapping[PersonKey, WantedPerson]
    ) -> tuple[Mapping[str, Mapping[str, str]], Sequence[str]]:
        """Return the ids of the seasons that the file names, by association and label. Makes unknown ones."""
        wanted = {
            (association_id, label) for (association_id, _), one in persons.items() for label in one.roles_by_season
        }
        ids: dict[str, dict[str, str]] = {}
        made: list[str] = []
        for association_id, label in sorted(wanted):
            season = self._store.read_blocking(lambda tx: season_labelled(tx, association_id, label))  # noqa: B023 -- it runs in this turn
            season_id = season.id if season else random_id(self._entropy, "season")
            if season is None:
                turn.batches.one(lambda tx: self._add_season(tx, association_id, label, season_id))  # noqa: B023 -- it runs in this turn
                made.append(label)
            ids.setdefault(association_id, {})[label] = season_id
        return ids, made

    def _add_season(self, tx: Transaction, association_id: str, label: str, season_id: str) -> None:
        add_season(tx, association_id, label, season_id=season_id, ends_on=None, at=self._clock.now())

    def _differences(
        self,
        persons: Mapping[PersonKey, WantedPerson],
        edition: Mapping[str, int],
        seasons: Mapping[str, Mapping[str, str]],
        heard: Callable[[int], None],
    ) -> list[Difference]:
        by_association: dict[str, list[WantedPerson]] = {}
        for (association_id, _), person in persons.items():
            by_association.setdefault(association_id, []).append(person)
        differences: list[Difference] = []
        compared = 0
        for association_id, some in by_association.items():
            reading = Reading(association_id, edition[association_id])
            for count, found in differences_in(self._store, reading, some, seasons.get(association_id, {})):
                differences += found
                compared += count
                heard(compared)
        return differences
