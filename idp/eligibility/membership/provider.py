"""The `http` provider: the membership domain decides, this asks it (design: « The eligibility hook », 2).

A ban or a season that was pushed here makes every earlier verdict stale, remembered or not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar
from urllib.parse import quote, urlencode

from idp.accounts.identifiers import canonical_identifier
from idp.associations.rules import canonical_name
from idp.clock import Clock
from idp.eligibility.epochs import current_change, is_stale
from idp.eligibility.membership import wire
from idp.eligibility.membership.cache import Key, VerdictCache
from idp.eligibility.membership.questions import PART, NotThere, Questions
from idp.eligibility.membership.rules import NOT_OFFERED_FOR, REMEMBERED
from idp.eligibility.membership.store import remember_association
from idp.eligibility.provider import Capability, NotOffered, PeoplePage
from idp.eligibility.verdict import AssociationFacts, Eligible, Purpose, Reason, Refusal, Verdict
from idp.errors import Unavailable
from idp.store import Store, Transaction

MOST_PEOPLE = 500
MOST_ASSOCIATIONS = 10_000
T = TypeVar("T")


class MembershipProvider:
    """A `Provider`. What it can besides `check` is learned from the service's answers: 404 means not offered."""

    name = "http"

    def __init__(self, questions: Questions, store: Store, clock: Clock, cache: VerdictCache | None = None) -> None:
        """The cache is this process's own."""
        self._questions = questions
        self._store = store
        self._clock = clock
        self._cache = VerdictCache() if cache is None else cache
        self._missing: dict[Capability, datetime] = {}
        self._seen: set[Capability] = set()
        self._kept: dict[str, AssociationFacts] = {}
        """What the store holds of associations, as far as this process knows."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Everything that the service did not answer 404 to in the last five minutes."""
        at = self._clock.now()
        return frozenset(one for one in Capability if not self._is_missing(one, at))

    @property
    def is_spared(self) -> bool:
        """Whether the breaker is open, for whoever watches the service."""
        return self._questions.is_open

    async def check(self, association: str, identifier: str, purpose: Purpose) -> Verdict:
        """Answer the question: anew at login and reset, else from the last verdict where it still holds.

        Raises `Unavailable`.
        """
        key = (canonical_name(association), canonical_identifier(identifier))
        if not all(key):
            return self._nobody(key)
        at = self._clock.now()
        known = self._cache.find(key, at) if purpose in REMEMBERED else None
        as_of, is_fresh = await self._store.read(partial(_look, known=known))
        if known is not None and is_fresh:
            return known
        members = {"association": association, "identifier": identifier, "purpose": purpose.value}
        verdict = await self._ask_for_verdict(members)
        if isinstance(verdict, Eligible):
            verdict = replace(verdict, as_of=as_of)
            await self._remember(verdict.association, at)
        self._cache.put(key, verdict, at)
        return verdict

    async def association(self, text: str) -> AssociationFacts | None:
        """Return the association with this code or alias. Raises `Unavailable`, `NotOffered`."""
        if not canonical_name(text) or text in {".", ".."}:
            return None
        path = f"/associations/{quote(text, safe='')}"
        return await self._offered(Capability.ASSOCIATIONS, "GET", path, None, wire.read_association)

    async def find(self, email: str) -> Sequence[AssociationFacts]:
        """Return the associations that this email may enter. Raises `Unavailable`, `NotOffered`."""
        if not canonical_identifier(email):
            return ()
        found = await self._offered(Capability.FIND, "POST", "/find", {"email": email}, wire.read_associations)
        return found or ()

    async def people(self, association: str, after: str = "", limit: int = 100) -> PeoplePage | None:
        """Return a page of an association's persons. Raises `Unavailable`, `NotOffered`."""
        query = urlencode({"association": association, "after": after, "limit": min(limit, MOST_PEOPLE)})
        return await self._offered(Capability.PEOPLE, "GET", f"/people?{query}", None, wire.read_people)

    async def close(self) -> None:
        """Let go of this event loop's connections."""
        await self._questions.close()

    async def _ask_for_verdict(self, members: Mapping[str, str]) -> Verdict:
        read = partial(wire.read_verdict, asked=members["identifier"])
        try:
            return await self._questions.ask("POST", "/check", members, read)
        except NotThere:
            raise Unavailable(PART, "status 404: [eligibility] url leads nowhere") from None

    async def _remember(self, facts: AssociationFacts, at: datetime) -> None:
        """Write down what is new of an association: pages name it, and commands find it by code or alias."""
        if self._kept.get(facts.id) == facts:
            return
        await self._store.write(partial(remember_association, facts=facts, at=at))
        if len(self._kept) >= MOST_ASSOCIATIONS:
            self._kept.clear()
        self._kept[facts.id] = facts

    def _nobody(self, key: Key) -> Refusal:
        """Refuse what nobody can be called, unasked; but while nobody gets an answer, neither does this (SEC-40)."""
        if self._questions.is_troubled:
            raise Unavailable(PART, "gave no answer to the last question")
        return Refusal(Reason.UNKNOWN_IDENTIFIER if key[0] else Reason.UNKNOWN_ASSOCIATION)

    async def _offered(
        self,
        capability: Capability,
        method: str,
        path: str,
        members: Mapping[str, str] | None,
        read: Callable[[bytes], T | None],
    ) -> T | None:
        """Ask for something that the service need not offer. Once it did, its 404 means « unknown »."""
        if self._is_missing(capability, self._clock.now()):
            raise NotOffered(f"{self.name}: {capability}")
        try:
            answer = await self._questions.ask(method, path, members, read)
        except NotThere:
            if capability in self._seen:
                return None
            self._missing[capability] = self._clock.now()
            raise NotOffered(f"{self.name}: {capability}") from None
        self._seen.add(capability)
        return answer

    def _is_missing(self, capability: Capability, at: datetime) -> bool:
        since = self._missing.get(capability)
        return since is not None and since <= at < since + NOT_OFFERED_FOR


def _look(tx: Transaction, known: Eligible | None) -> tuple[int, bool]:
    """Return the change number to note before asking, and whether a remembered verdict still stands."""
    as_of = current_change(tx)
    if known is None:
        return as_of, False
    association = known.association.id
    return as_of, not any(is_stale(tx, association, person.id, known.as_of) for person in known.persons)
