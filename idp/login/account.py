"""What `/account` shows: the person who acts, as the hook knows them now, and the applications that they use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from idp.accounts.access import end_session
from idp.clock import Clock
from idp.eligibility.service import Eligibility
from idp.eligibility.verdict import Eligible, Purpose
from idp.oauth.clients.store import find_client
from idp.oauth.tables import Grant
from idp.sessions.facts import session_facts
from idp.sessions.rules import Session
from idp.store import Store, Transaction
from idp.store.tables import table_of

_GRANT = table_of(Grant)
_CLIENTS_OF_PERSON = (
    select(_GRANT.c.client_id)
    .where(
        _GRANT.c.association_id == bindparam("association"),
        _GRANT.c.person_id == bindparam("person"),
        _GRANT.c.revoked_at.is_(None),
        _GRANT.c.expires_at > bindparam("at"),
    )
    .distinct()
    .limit(100)
)


@dataclass(frozen=True)
class Application:
    """An application that the person uses. `address` starts it, where it has told us how."""

    name: str
    address: str


@dataclass(frozen=True)
class Known:
    """The person who acts."""

    session: Session
    facts: Mapping[str, Any]
    applications: Sequence[Application]
    has_other_persons: bool


class Account:
    """Asks the hook for the person of a session, and the store for their applications."""

    def __init__(self, store: Store, eligibility: Eligibility, clock: Clock) -> None:
        """Ports."""
        self._store = store
        self._eligibility = eligibility
        self._clock = clock

    async def of(self, session: Session) -> Known | None:
        """Return the person as the hook knows them; where it no longer does, end the session and return nothing.

        Raises `Unavailable`.
        """
        verdict = await self._eligibility.check(session.association_code, session.identifier, Purpose.AUTHORIZE)
        person = verdict.person(session.person_id) if isinstance(verdict, Eligible) else None
        if not isinstance(verdict, Eligible) or person is None or verdict.association.id != session.association_id:
            await self._store.write(lambda tx: end_session(tx, session.sid, self._clock.now()))
            return None
        applications = await self._store.read(lambda tx: self._applications(tx, session))
        facts = session_facts(verdict, person, session.facts.get("names", ()))
        return Known(session, facts, applications, len(verdict.persons) > 1)

    def _applications(self, tx: Transaction, session: Session) -> list[Application]:
        whose = {"association": session.association_id, "person": session.person_id, "at": self._clock.now()}
        ids = tx.execute(_CLIENTS_OF_PERSON, whose).scalars().all()
        clients = [client for client in (find_client(tx, client_id) for client_id in ids) if client]
        return sorted(
            (Application(client.name, client.initiate_login_uri or "") for client in clients),
            key=lambda application: application.name.casefold(),
        )
