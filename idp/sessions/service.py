"""The sessions of one browser, for pages: who is signed in here, and how they sign out."""

from idp.accounts.access import end_session
from idp.accounts.store import hold_credential
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.sessions.rules import Session
from idp.sessions.store import live_sessions
from idp.settings import Lifetimes
from idp.store import Store, Transaction
from idp.store.secrets import TokenHash


class Sessions:
    """What hangs on a browser's cookie."""

    def __init__(self, store: Store, clock: Clock, lifetimes: Lifetimes) -> None:
        """Ports, and `[lifetimes]`."""
        self._store = store
        self._clock = clock
        self._lifetimes = lifetimes

    async def of_browser(self, browser: TokenHash | None) -> list[Session]:
        """Return the browser's live sessions, the last used first."""
        if browser is None:
            return []
        idle = self._lifetimes.session_idle
        return await self._store.read(lambda tx: live_sessions(tx, browser, self._clock.now(), idle))

    async def sign_out(self, browser: TokenHash | None, source: str | None = None) -> None:
        """End every session of the browser and all that they gave applications, in one unit.

        Whoever is choosing a person in another tab comes before or after, never in between: both hold the credential.
        """
        if browser is None:
            return
        idle = self._lifetimes.session_idle

        def unit(tx: Transaction) -> None:
            at = self._clock.now()
            for credential_id in sorted({session.credential_id for session in live_sessions(tx, browser, at, idle)}):
                hold_credential(tx, credential_id)
            for session in live_sessions(tx, browser, at, idle):
                end_session(tx, session.sid, at)
                record(
                    tx,
                    Event(
                        "logout",
                        at,
                        association_id=session.association_id,
                        person_id=session.person_id or None,
                        credential_id=session.credential_id,
                        source=source,
                    ),
                )

        await self._store.write(unit)
