"""« Qui êtes-vous ? »: which persons stand behind the live sessions of a browser, and which of them acts.

Changing person opens a new session (new `sid`, same `auth_time`); applications keep the person they have until they
ask `prompt=select_account` (design: « Qui êtes-vous ? »).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from idp.accounts.store import hold_credential
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.eligibility.epochs import ATTEMPTS, is_stale, overtaken
from idp.eligibility.service import Eligibility
from idp.eligibility.verdict import Eligible, PersonFacts, Purpose
from idp.entropy import Entropy, random_id
from idp.sessions.facts import session_facts
from idp.sessions.rules import Session
from idp.sessions.store import drop_undecided, find_session, open_session
from idp.settings import Lifetimes
from idp.store import Store, Transaction
from idp.store.locks import share_association


@dataclass(frozen=True)
class Candidate:
    """A person who may act. `key` is the value of the form's field `person`."""

    key: str
    person: PersonFacts
    verdict: Eligible
    source: Session
    """The live session whose mailbox the person stands behind."""
    is_current: bool
    """Whether they already have a live session here."""


def candidate_key(association_id: str, person_id: str) -> str:
    """Return the form's value for a person: unique over associations."""
    return f"{association_id}/{person_id}"


class Persons:
    """Who may act in this browser."""

    def __init__(
        self, store: Store, eligibility: Eligibility, clock: Clock, entropy: Entropy, lifetimes: Lifetimes
    ) -> None:
        """Ports, and `[lifetimes]`."""
        self._store = store
        self._eligibility = eligibility
        self._clock = clock
        self._entropy = entropy
        self._lifetimes = lifetimes

    async def candidates(self, sessions: Sequence[Session]) -> list[Candidate]:
        """Return every person behind these live sessions whom the hook knows now.

        Raises `Unavailable`.
        """
        decided = {(session.association_id, session.person_id) for session in sessions}
        found: dict[str, Candidate] = {}
        asked: set[str] = set()
        for session in sessions:
            if session.credential_id in asked:
                continue
            asked.add(session.credential_id)
            verdict = await self._eligibility.check(session.association_code, session.identifier, Purpose.AUTHORIZE)
            if not isinstance(verdict, Eligible) or verdict.association.id != session.association_id:
                continue
            for person in verdict.persons:
                key = candidate_key(session.association_id, person.id)
                is_current = (session.association_id, person.id) in decided
                found.setdefault(key, Candidate(key, person, verdict, session, is_current))
        return list(found.values())

    async def choose(self, sessions: Sequence[Session], key: str) -> Session | None:
        """Let a person act: their live session, or a new one. Nothing when they are not among the candidates.

        Raises `Unavailable`.
        """
        for _ in range(ATTEMPTS):
            chosen = next((one for one in await self.candidates(sessions) if one.key == key), None)
            if chosen is None:
                return None
            wanted = chosen
            opened = await self._store.write(lambda tx: self._open(tx, wanted))  # noqa: B023 -- awaited in this turn
            if opened is not None:
                return opened
        raise overtaken()

    def _open(self, tx: Transaction, chosen: Candidate) -> Session | None:
        at = self._clock.now()
        source, person, verdict = chosen.source, chosen.person, chosen.verdict
        share_association(tx, source.association_id)
        if is_stale(tx, source.association_id, person.id, verdict.as_of):
            return None
        hold_credential(tx, source.credential_id)  # a new password ends what it finds, and must find this (SEC-05)
        if find_session(tx, source.sid, at, self._lifetimes.session_idle) is None:
            return None
        session = replace(
            source,
            sid=random_id(self._entropy, "s"),
            person_id=person.id,
            seen_at=at,
            facts=session_facts(verdict, person, source.facts.get("names", ())),
            as_of=verdict.as_of,
        )
        opened = open_session(tx, session, self._lifetimes.session_idle)
        drop_undecided(tx, source.sid)
        record(
            tx,
            Event(
                "person.chosen",
                at,
                association_id=source.association_id,
                person_id=person.id,
                credential_id=source.credential_id,
            ),
        )
        return opened
