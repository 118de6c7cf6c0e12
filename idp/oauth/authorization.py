"""Answers an application: at once where a live session allows it, else after the journey (design: « /authorize »).

The person of the answer is asked of the hook again, here, whatever session they came with; the code is issued in one
unit that finds the verdict still true. Shows no page: it says which one to show.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from idp.accounts.access import end_session
from idp.accounts.store import credential_by_id
from idp.associations.store import find_association
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.eligibility.epochs import ATTEMPTS, is_stale, overtaken
from idp.eligibility.service import Eligibility
from idp.eligibility.verdict import Eligible, PersonFacts, Purpose
from idp.entropy import Entropy, random_id
from idp.errors import Unavailable
from idp.oauth.authorization_request import AuthorizationChecks, AuthorizationRequest, PageError, RedirectError
from idp.oauth.grants.issue import CodeIssuer
from idp.oauth.grants.rules import SignIn, granted_claims
from idp.oauth.pending import Pending, client_of, find_pending, finish_pending, keep_pending
from idp.oauth.prompt_rules import AskLogin, AskPerson, Deny, Use, Wish, choose_session, satisfies
from idp.sessions.facts import is_of_association, session_facts
from idp.sessions.rules import Session
from idp.sessions.store import find_session, live_sessions, refresh_session
from idp.settings import Lifetimes
from idp.store import Store, Transaction
from idp.store.locks import share_association
from idp.store.secrets import PlainSecret, TokenHash


@dataclass(frozen=True)
class GoTo:
    """Send the browser to this address of the application."""

    url: str


@dataclass(frozen=True)
class ShowLogin:
    """Show the authentication page for a request that now waits."""

    pending: Pending


@dataclass(frozen=True)
class ShowPerson:
    """Show « Qui êtes-vous ? » for a request that now waits."""

    pending: Pending


Answer = GoTo | ShowLogin | ShowPerson | PageError


@dataclass(frozen=True)
class Waiting:
    """A pending request and the application that sent it, for the pages of the journey."""

    pending: Pending
    request: AuthorizationRequest

    def moved_to(self, session: Session) -> "Waiting":
        """Return the request as it waits after a sign-in, which gave its browser a new cookie."""
        return replace(self, pending=replace(self.pending, browser_hash=session.browser_hash))


class Authorization:
    """What `/authorize` and the end of the journey do."""

    def __init__(
        self,
        store: Store,
        eligibility: Eligibility,
        checks: AuthorizationChecks,
        issuer: CodeIssuer,
        clock: Clock,
        entropy: Entropy,
        lifetimes: Lifetimes,
    ) -> None:
        """Ports, and `[lifetimes]`."""
        self._store = store
        self._eligibility = eligibility
        self._checks = checks
        self._issuer = issuer
        self._clock = clock
        self._entropy = entropy
        self._lifetimes = lifetimes

    async def begin(
        self, parameters: Sequence[tuple[str, str]], known_browser: TokenHash | None, browser: TokenHash
    ) -> Answer:
        """Take a request. `known_browser` is the hash of the cookie that came, `browser` of the one it will have.

        Raises `Unavailable` where the hook gives no answer and a page may say so.
        """

        def look(tx: Transaction) -> tuple[AuthorizationRequest | PageError | RedirectError, list[Session]]:
            checked = self._checks.check(tx, parameters)
            if not isinstance(checked, AuthorizationRequest) or not known_browser:
                return checked, []
            sessions = live_sessions(tx, known_browser, self._clock.now(), self._lifetimes.session_idle)
            return checked, _of_association(tx, checked.association, sessions)

        checked, sessions = await self._store.read(look)
        if isinstance(checked, AuthorizationRequest):
            return await self._decide(checked, sessions, browser)
        return _refused(checked)

    async def refusal(self, parameters: Sequence[tuple[str, str]]) -> Answer | None:
        """Return what is wrong with a request in itself, whoever's browser brings it; nothing where nothing is."""
        checked = await self._store.read(lambda tx: self._checks.check(tx, parameters))
        return None if isinstance(checked, AuthorizationRequest) else _refused(checked)

    async def waiting(self, request_id: str, browser: TokenHash | None) -> Waiting | None:
        """Return the request that waits under this id in this browser, its client checked anew."""
        if not request_id or browser is None:
            return None

        def look(tx: Transaction) -> Waiting | None:
            pending = find_pending(tx, request_id, browser, self._clock.now())
            request = self._checks.read_again(tx, pending.parameters) if pending else None
            return Waiting(pending, request) if pending and isinstance(request, AuthorizationRequest) else None

        return await self._store.read(look)

    async def client_of(self, request_id: str) -> str | None:
        """Return which application sent a request, whatever became of it."""
        return await self._store.read(lambda tx: client_of(tx, request_id))

    async def resume(self, waiting: Waiting, session: Session) -> Answer:
        """Answer a request that waited, with the session that the journey led to.

        Raises `Unavailable`.
        """
        wish = _wish(waiting.request)
        named = waiting.pending.association
        is_wanted = bool(await self._store.read(lambda tx: _of_association(tx, named, [session])))
        fresh = satisfies(wish, session, waiting.pending.created_at, self._clock.now())
        if not (session.is_decided and is_wanted and fresh):
            return ShowLogin(waiting.pending)
        return await self._answer(waiting.request, session, waiting.pending)

    async def cancel(self, waiting: Waiting) -> GoTo:
        """Tell the application that its member would rather not (RFC 6749 §4.1.2.1)."""
        await self._store.write(lambda tx: finish_pending(tx, waiting.pending.id, self._clock.now()))
        return GoTo(self._checks.error_url(waiting.request, "access_denied"))

    async def _decide(self, request: AuthorizationRequest, sessions: list[Session], browser: TokenHash) -> Answer:
        match choose_session(_wish(request), sessions, self._clock.now()):
            case Use(session):
                return await self._answer(request, session, self._pending(request, browser))
            case AskLogin():
                return ShowLogin(await self._keep(self._pending(request, browser)))
            case AskPerson():
                return ShowPerson(await self._keep(self._pending(request, browser)))
            case Deny(code):
                return GoTo(self._checks.error_url(request, code))

    async def _answer(self, request: AuthorizationRequest, session: Session, pending: Pending) -> Answer:
        try:
            return await self._settle(request, session, pending)
        except Unavailable:
            if not _wish(request).is_silent:
                raise
            return GoTo(self._checks.error_url(request, "temporarily_unavailable"))

    async def _settle(self, request: AuthorizationRequest, session: Session, pending: Pending) -> Answer:
        for _ in range(ATTEMPTS):
            answer = await self._try(request, session, pending)
            if answer is not None:
                return answer
        raise overtaken()

    async def _try(self, request: AuthorizationRequest, session: Session, pending: Pending) -> Answer | None:
        """Return nothing when a change overtook us: then ask again."""
        verdict = await self._eligibility.check(session.association_code, session.identifier, Purpose.AUTHORIZE)
        person = verdict.person(session.person_id) if isinstance(verdict, Eligible) else None
        if not isinstance(verdict, Eligible) or person is None or verdict.association.id != session.association_id:
            await self._store.write(lambda tx: end_session(tx, session.sid, self._clock.now()))
            return await self._ask_again(request, pending)
        if not request.client.serves(verdict.association) or not request.client.trusted:
            await self._store.write(lambda tx: finish_pending(tx, pending.id, self._clock.now()))
            return GoTo(self._checks.error_url(request, "access_denied"))
        code = await self._store.write(lambda tx: self._issue(tx, request, session, pending, verdict, person))
        if isinstance(code, PlainSecret):
            return GoTo(self._checks.success_url(request, code))
        return None if code is _STALE else await self._ask_again(request, pending)

    async def _ask_again(self, request: AuthorizationRequest, pending: Pending) -> Answer:
        """The session is no longer good: the page, or under `prompt=none` the error."""
        if _wish(request).is_silent:
            return GoTo(self._checks.error_url(request, "login_required"))
        return ShowLogin(await self._keep(pending))

    def _issue(
        self,
        tx: Transaction,
        request: AuthorizationRequest,
        session: Session,
        pending: Pending,
        verdict: Eligible,
        person: PersonFacts,
    ) -> "PlainSecret | _Lost":
        """Issue the code if all that it rests on still holds, in this unit (SEC-22)."""
        at = self._clock.now()
        share_association(tx, session.association_id)
        if is_stale(tx, session.association_id, person.id, verdict.as_of):
            return _STALE
        live = find_session(tx, session.sid, at, self._lifetimes.session_idle)
        credential = credential_by_id(tx, session.credential_id)
        if live is None or credential is None or credential.disabled_at is not None:
            return _ENDED
        last = {
            "association_code": verdict.association.code,
            "identifier": verdict.email or session.identifier,
            "facts": dict(session_facts(verdict, person, session.facts.get("names", ()))),
            "as_of": verdict.as_of,
        }
        # A sign-out or a new password may have ended it since the line above: this write waits for them (SEC-05, 22).
        if not refresh_session(tx, session.sid, at, last):
            return _ENDED
        finish_pending(tx, pending.id, at)
        sign_in = SignIn(
            sid=session.sid,
            association_id=session.association_id,
            person_id=person.id,
            credential_id=session.credential_id,
            auth_time=live.auth_time,
            association_code=verdict.association.code,
            identifier=verdict.email or session.identifier,
        )
        claims = granted_claims(verdict, person)
        record(
            tx,
            Event(
                "code.issued",
                at,
                association_id=session.association_id,
                person_id=person.id,
                credential_id=session.credential_id,
                client_id=request.client.client_id,
            ),
        )
        return self._issuer.issue_code(tx, request, sign_in, claims=claims, as_of=verdict.as_of, at=at)

    def _pending(self, request: AuthorizationRequest, browser: TokenHash) -> Pending:
        at = self._clock.now()
        return Pending(
            id=random_id(self._entropy, "rq"),
            browser_hash=browser,
            client_id=request.client.client_id,
            parameters=dict(request.parameters or {}),
            association=request.association,
            created_at=at,
            expires_at=at + self._lifetimes.pending_request,
        )

    async def _keep(self, pending: Pending) -> Pending:
        """Store the request unless it waits already."""

        def unit(tx: Transaction) -> None:
            if find_pending(tx, pending.id, TokenHash(pending.browser_hash), self._clock.now()) is None:
                keep_pending(tx, pending)

        await self._store.write(unit)
        return pending


@dataclass(frozen=True)
class _Lost:
    """Why a unit issued nothing."""

    why: str


_STALE = _Lost("the verdict is out of date")
_ENDED = _Lost("the session has ended")


def _refused(checked: PageError | RedirectError) -> Answer:
    return checked if isinstance(checked, PageError) else GoTo(checked.url)


def _wish(request: AuthorizationRequest) -> Wish:
    max_age = None if request.max_age is None else timedelta(seconds=request.max_age)
    return Wish(request.prompt, max_age)


def _of_association(tx: Transaction, named: str | None, sessions: list[Session]) -> list[Session]:
    """Return the sessions that belong to the association that a request names; all of them, if it names none."""
    if named is None:
        return sessions
    known = find_association(tx, named)
    return [session for session in sessions if is_of_association(session, named, known.id if known else None)]
