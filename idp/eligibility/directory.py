"""The embedded provider: answers from this service's own tables, on one snapshot."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from idp.accounts.identifiers import canonical_identifier
from idp.associations.store import AssociationRecord, association_by_id, association_named
from idp.clock import Clock
from idp.eligibility import store as directory
from idp.eligibility.epochs import current_change
from idp.eligibility.provider import Capability, PeoplePage
from idp.eligibility.rules import Season, decide, granted_season
from idp.eligibility.store import Reading
from idp.eligibility.verdict import AssociationFacts, Eligible, Purpose, Reason, Refusal, SeasonFacts, Verdict
from idp.store import Store, Transaction


class DirectoryProvider:
    """A `Provider` with every capability."""

    name = "directory"
    capabilities = frozenset(Capability)

    def __init__(self, store: Store, clock: Clock) -> None:
        """`clock` tells who is of full age, and whether grace days last."""
        self._store = store
        self._clock = clock

    async def check(self, association: str, identifier: str, purpose: Purpose) -> Verdict:
        """Answer the question, whatever the purpose."""
        at = self._clock.now()
        return await self._store.read(lambda tx: check_in(tx, association, identifier, at))

    async def association(self, text: str) -> AssociationFacts | None:
        """Return the association with this code or alias, a retired one too."""
        record = await self._store.read(lambda tx: association_named(tx, text))
        return facts_of(record) if record else None

    async def find(self, email: str) -> Sequence[AssociationFacts]:
        """Return the associations that this email may enter, by code."""
        at = self._clock.now()
        return await self._store.read(lambda tx: _find(tx, email, at))

    async def people(self, association: str, after: str = "", limit: int = 100) -> PeoplePage | None:
        """Return the persons of an association who may enter, by id."""
        at = self._clock.now()
        return await self._store.read(lambda tx: _people(tx, association, after, limit, at))


def check_in(tx: Transaction, association: str, identifier: str, at: datetime) -> Verdict:
    """Answer the question inside a snapshot or a unit."""
    as_of = current_change(tx)
    record = association_named(tx, association)
    if record is None:
        return Refusal(Reason.UNKNOWN_ASSOCIATION)
    return decide_in(tx, record, identifier, at, as_of)


def decide_in(tx: Transaction, record: AssociationRecord, identifier: str, at: datetime, as_of: int) -> Verdict:
    """Decide on the persons whom an identifier leads to."""
    season = season_of(record, at)
    persons = directory.persons_behind(tx, reading_of(record, season), canonical_identifier(identifier))
    return decide(facts_of(record), season, persons, today_of(record, at), as_of)


def season_of(record: AssociationRecord, at: datetime) -> Season:
    """Return which season decides at this instant."""
    current = record.current_season
    facts = SeasonFacts(current.id, current.label, current.ends_on) if current else None
    granted = granted_season(record.previous_season_id, record.season_started_at, record.grace_days, at)
    return Season(facts, granted)


def reading_of(record: AssociationRecord, season: Season) -> Reading:
    """Return where to read the association's directory."""
    return Reading(record.id, record.edition, season.ids)


def today_of(record: AssociationRecord, at: datetime) -> date:
    """Return the date where the association is."""
    return at.astimezone(ZoneInfo(record.timezone)).date()


def facts_of(record: AssociationRecord) -> AssociationFacts:
    """Return the association as a verdict names it."""
    public = record.public
    return AssociationFacts(public.id, public.code, public.alias, public.name, public.contact, record.timezone)


def _find(tx: Transaction, email: str, at: datetime) -> Sequence[AssociationFacts]:
    found = []
    for association_id in directory.associations_with(tx, canonical_identifier(email)):
        record = association_by_id(tx, association_id)
        if isinstance(decide_in(tx, record, email, at, 0), Eligible):
            found.append(facts_of(record))
    return sorted(found, key=lambda facts: facts.code)


def _people(tx: Transaction, association: str, after: str, limit: int, at: datetime) -> PeoplePage | None:
    record = association_named(tx, association)
    if record is None:
        return None
    season = season_of(record, at)
    reading = reading_of(record, season)
    ids = directory.person_ids_after(tx, reading, after, limit)
    persons = directory.persons_by_id(tx, reading, ids)
    facts = facts_of(record)
    entering = [
        person
        for known in persons
        if isinstance(verdict := decide(facts, season, [known], today_of(record, at), 0), Eligible)
        for person in verdict.persons
    ]
    return PeoplePage(entering, ids[-1] if len(ids) == limit else None)
