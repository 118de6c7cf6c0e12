"""The season's pointer of an association: moved by an operator, and by nothing else (S1).

Starting a season raises the association's epoch: every earlier verdict is asked again at its next use, and who stays
eligible notices nothing. `ends_on` cuts nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from idp.associations import store as associations
from idp.associations.holding import UnknownAssociation, held_association
from idp.associations.rules import LONGEST_CODE, Field, Unfit, is_fit_text
from idp.associations.store import AssociationRecord, SeasonRecord
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.eligibility.epochs import raise_epoch
from idp.entropy import Entropy, random_id
from idp.store import Store, Transaction


@dataclass(frozen=True)
class SeasonStarted:
    """The pointer is on this season. `changed` is false when it was already, with nothing else to write."""

    association: AssociationRecord
    season: SeasonRecord
    previous: SeasonRecord | None
    changed: bool


class Seasons:
    """The seasons of this service's own associations."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        """Ports."""
        self._store = store
        self._clock = clock
        self._entropy = entropy

    def list(self, text: str) -> tuple[AssociationRecord, Sequence[SeasonRecord]] | UnknownAssociation:
        """Return the association's seasons by label."""

        def query(tx: Transaction) -> tuple[AssociationRecord, Sequence[SeasonRecord]] | UnknownAssociation:
            found = associations.association_named(tx, text)
            return (found, associations.seasons_of(tx, found.id)) if found else UnknownAssociation()

        return self._store.read_blocking(query)

    def start(self, text: str, label: str, ends_on: date | None = None) -> SeasonStarted | UnknownAssociation | Unfit:
        """Move the season's pointer to this label, made now where it is unknown.

        From this second who is not a member of it is a former one, grace days aside. Nobody else is signed out.
        """
        label = label.strip()
        if not is_fit_text(label, LONGEST_CODE):
            return Unfit(Field.LABEL, label)
        return self._store.write_blocking(lambda tx: self._start(tx, text, label, ends_on))

    def _start(
        self, tx: Transaction, text: str, label: str, ends_on: date | None
    ) -> SeasonStarted | UnknownAssociation:
        before = held_association(tx, text)
        if before is None:
            return UnknownAssociation()
        at = self._clock.now()
        season = associations.add_season(
            tx, before.id, label, season_id=random_id(self._entropy, "season"), ends_on=ends_on, at=at
        )
        is_current = before.current_season is not None and before.current_season.id == season.id
        is_new_end = ends_on is not None and season.ends_on != ends_on
        if is_current and not is_new_end:
            return SeasonStarted(before, season, None, changed=False)
        if ends_on is not None and is_new_end:
            associations.set_season_end(tx, season.id, ends_on)
        if not is_current:
            associations.move_pointer(tx, before.id, season.id, at)
        number = raise_epoch(tx, before.id)
        detail = {"label": label, "season": season.id, "change": number}
        name = "season.edited" if is_current else "season.started"
        record(tx, Event(name, at, association_id=before.id, detail=detail))
        after = associations.association_by_id(tx, before.id)
        previous = None if is_current else before.current_season
        return SeasonStarted(after, after.current_season or season, previous, changed=True)
