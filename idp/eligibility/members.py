"""What an operator does to persons of the embedded directory: looks them up, bans them, by id or by address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from idp.accounts.identifiers import canonical_identifier
from idp.associations.holding import UnknownAssociation, held_association
from idp.associations.store import AssociationRecord, SeasonRecord, association_named, seasons_of
from idp.clock import Clock
from idp.eligibility import bans, store as directory
from idp.eligibility.directory import reading_of, season_of, today_of
from idp.eligibility.rules import PersonRecord, Standing, login_key_of, standings
from idp.store import Store, Transaction


@dataclass(frozen=True)
class Nobody:
    """The association has no such person."""


@dataclass(frozen=True)
class Several:
    """Several persons share the address; which of them is meant must be said. Nothing was changed."""

    persons: Sequence[PersonRecord]


@dataclass(frozen=True)
class Changed:
    """Done. `persons` are all that were meant, `changed` the ids of those for whom something changed."""

    persons: Sequence[PersonRecord]
    changed: Sequence[str]


@dataclass(frozen=True)
class Profile:
    """All that the directory holds of a person, and where they stand."""

    association: AssociationRecord
    person: PersonRecord
    standing: Standing
    seasons: Sequence[SeasonRecord]
    guardian_ids: Sequence[str]


BanOutcome = Changed | Several | Nobody | UnknownAssociation
Act = Callable[[Transaction, AssociationRecord, Sequence[PersonRecord], str | None], Sequence[str]]


class Members:
    """The persons of this service's own directory."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Ports."""
        self._store = store
        self._clock = clock

    def show(self, association: str, external_id: str) -> Profile | Nobody | UnknownAssociation:
        """Return what the directory holds of a person."""
        return self._store.read_blocking(lambda tx: self._show(tx, association, external_id))

    def ban(self, association: str, external_id: str, reason: str | None = None) -> BanOutcome:
        """Ban a person, at once."""
        return self._on_person(association, external_id, self._ban, reason)

    def unban(self, association: str, external_id: str, reason: str | None = None) -> BanOutcome:
        """Lift a person's ban."""
        return self._on_person(association, external_id, self._unban, reason)

    def ban_address(self, association: str, address: str, reason: str | None = None, *, everyone: bool) -> BanOutcome:
        """Ban who stands behind an address or username. `everyone`: even where several do."""

        def unit(tx: Transaction) -> BanOutcome:
            held, persons = self._behind(tx, association, address)
            return self._act(tx, held, persons, self._ban, reason, everyone=everyone)

        return self._store.write_blocking(unit)

    def unban_address(self, association: str, address: str, reason: str | None = None, *, everyone: bool) -> BanOutcome:
        """Lift the ban of who stands behind an address or username. `everyone`: even where several are banned."""

        def unit(tx: Transaction) -> BanOutcome:
            held, persons = self._behind(tx, association, address)
            banned = [person for person in persons if person.is_banned]
            return self._act(tx, held, banned or persons[:1], self._unban, reason, everyone=everyone)

        return self._store.write_blocking(unit)

    def _on_person(self, association: str, external_id: str, act: Act, reason: str | None) -> BanOutcome:
        def unit(tx: Transaction) -> BanOutcome:
            held = held_association(tx, association)
            persons = directory.persons_by_id(tx, self._reading(held), [external_id.strip()]) if held else ()
            return self._act(tx, held, persons, act, reason, everyone=True)

        return self._store.write_blocking(unit)

    def _act(
        self,
        tx: Transaction,
        held: AssociationRecord | None,
        persons: Sequence[PersonRecord],
        act: Act,
        reason: str | None,
        *,
        everyone: bool,
    ) -> BanOutcome:
        if held is None:
            return UnknownAssociation()
        if not persons:
            return Nobody()
        if len(persons) > 1 and not everyone:
            return Several(persons)
        return Changed(persons, act(tx, held, persons, reason))

    def _ban(
        self, tx: Transaction, held: AssociationRecord, persons: Sequence[PersonRecord], reason: str | None
    ) -> Sequence[str]:
        return bans.ban(tx, held, persons, reason, self._clock.now())

    def _unban(
        self, tx: Transaction, held: AssociationRecord, persons: Sequence[PersonRecord], reason: str | None
    ) -> Sequence[str]:
        return bans.unban(tx, held, persons, reason, self._clock.now())

    def _behind(
        self, tx: Transaction, association: str, address: str
    ) -> tuple[AssociationRecord | None, Sequence[PersonRecord]]:
        held = held_association(tx, association)
        if held is None:
            return None, ()
        return held, directory.persons_behind(tx, self._reading(held), canonical_identifier(address))

    def _reading(self, association: AssociationRecord) -> directory.Reading:
        return reading_of(association, season_of(association, self._clock.now()))

    def _show(self, tx: Transaction, association: str, external_id: str) -> Profile | Nobody | UnknownAssociation:
        found = association_named(tx, association)
        if found is None:
            return UnknownAssociation()
        reading = self._reading(found)
        person = next(iter(directory.persons_by_id(tx, reading, [external_id.strip()])), None)
        if person is None:
            return Nobody()
        key = login_key_of(person)
        behind = directory.persons_behind(tx, reading, key) if key else [person]
        stands = standings(behind, today_of(found, self._clock.now()))
        known = {season.id: season for season in seasons_of(tx, found.id)}
        seasons = [known[season_id] for season_id in directory.season_ids_of(tx, reading, person.id)]
        guardians = directory.guardians_of(tx, reading, person.id)
        return Profile(found, person, stands[person.id], sorted(seasons, key=lambda season: season.label), guardians)
