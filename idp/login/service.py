"""Signs a member in: one question to the hook, one hash, one unit; one refusal for every cause (S39, S40).

Whether it may be tried now the throttle says. Does not answer applications (see `oauth/authorization.py`).
"""

from dataclasses import dataclass

from idp.accounts.identifiers import login_key
from idp.accounts.passwords import PasswordHash, PasswordHasher, PlainPassword
from idp.accounts.store import CredentialFacts, find_credential, hold_credential, replace_hash
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.eligibility.epochs import ATTEMPTS, is_stale, overtaken
from idp.eligibility.service import Eligibility
from idp.eligibility.verdict import Eligible, Purpose, Refusal, Verdict
from idp.entropy import Entropy, random_id
from idp.errors import Unavailable
from idp.sessions.facts import names_of, session_facts
from idp.sessions.rules import UNDECIDED, Session
from idp.sessions.store import move_browser, open_session
from idp.settings import Lifetimes
from idp.store import Store, Transaction
from idp.store.locks import share_association
from idp.store.secrets import TokenHash
from idp.throttle.gate import SignInGate, Throttled, Ticket, Try
from idp.throttle.known_browsers import Renewal


@dataclass(frozen=True)
class Attempt:
    """What was typed, and where. `new_browser` replaces the browser's cookie if the attempt succeeds."""

    association: str
    identifier: str
    password: PlainPassword
    browser: TokenHash
    new_browser: TokenHash
    known: Renewal
    """The cookie by which the account knows the browser, renewed if the attempt succeeds."""
    source: str | None = None


@dataclass(frozen=True)
class SignedIn:
    """The door is open. The session is undecided when several persons stand behind the mailbox."""

    session: Session
    verdict: Eligible
    outdated_hash: PasswordHash | None = None
    """The stored hash, where it is cheaper than today's: hash anew after the answer."""


@dataclass(frozen=True)
class Refused:
    """Wrong association, identifier or password, no password yet, banned, disabled, not eligible: one text."""


class SignIn:
    """The authentication page's one action."""

    def __init__(
        self,
        store: Store,
        eligibility: Eligibility,
        hasher: PasswordHasher,
        clock: Clock,
        entropy: Entropy,
        throttle: SignInGate,
        lifetimes: Lifetimes,
    ) -> None:
        """Ports, and `[lifetimes]`."""
        self._store = store
        self._eligibility = eligibility
        self._hasher = hasher
        self._clock = clock
        self._entropy = entropy
        self._throttle = throttle
        self._lifetimes = lifetimes

    async def sign_in(self, attempt: Attempt) -> SignedIn | Refused | Throttled:
        """Try what was typed, if it may be tried now. What we can't answer is not counted.

        Raises `Unavailable` when hook, database or hashing queue give no answer.
        """
        tried = Try(attempt.association, attempt.identifier, attempt.source, attempt.known.was)
        admission = await self._throttle.admit(tried)
        if isinstance(admission, Throttled):
            return admission
        ticket = admission.ticket
        try:
            for _ in range(ATTEMPTS):
                verdict = await self._eligibility.check(attempt.association, attempt.identifier, Purpose.LOGIN)
                if isinstance(verdict, Eligible):
                    admission = await self._throttle.confirm(ticket, verdict.association.id, login_key(verdict))
                    if isinstance(admission, Throttled):
                        return admission
                    ticket = admission.ticket
                outcome = await self._try(attempt, verdict, ticket)
                if outcome is not None:
                    return outcome
        except Unavailable:
            await self._throttle.give_back(ticket)
            raise
        await self._throttle.give_back(ticket)
        raise overtaken()

    async def rehash(self, credential_id: str, password: PlainPassword, was: PasswordHash) -> None:
        """Hash anew with today's parameters, after the answer was sent, unless the password changed meanwhile."""
        fresh = await self._hasher.hash(password)
        await self._store.write(lambda tx: replace_hash(tx, credential_id, was=was, fresh=fresh))

    async def _try(self, attempt: Attempt, verdict: Verdict, ticket: Ticket) -> SignedIn | Refused | None:
        """Return nothing when a change overtook us: then ask again."""
        credential = await self._store.read(lambda tx: _credential(tx, verdict))
        stored = PasswordHash(credential.password_hash) if credential and credential.password_hash else None
        verification = await self._hasher.verify(attempt.password, stored)
        may_enter = credential is not None and credential.disabled_at is None and verification.matches
        if not isinstance(verdict, Eligible) or credential is None or stored is None or not may_enter:
            await self._store.write(lambda tx: self._note_refusal(tx, attempt, verdict, credential))
            return Refused()
        session = self._session(attempt, verdict, credential)
        opened = await self._store.write(lambda tx: self._open(tx, attempt, session, credential, ticket))
        if opened is None:
            return None
        return SignedIn(opened, verdict, stored if verification.needs_rehash else None)

    def _session(self, attempt: Attempt, verdict: Eligible, credential: CredentialFacts) -> Session:
        at = self._clock.now()
        person = verdict.persons[0] if len(verdict.persons) == 1 else None
        return Session(
            sid=random_id(self._entropy, "s"),
            browser_hash=attempt.new_browser,
            credential_id=credential.id,
            association_id=verdict.association.id,
            person_id=person.id if person else UNDECIDED,
            auth_time=at,
            seen_at=at,
            expires_at=at + self._lifetimes.session_absolute,
            association_code=verdict.association.code,
            identifier=verdict.email or attempt.identifier,
            facts=session_facts(verdict, person, names_of(verdict, attempt.association)),
            as_of=verdict.as_of,
        )

    def _open(
        self, tx: Transaction, attempt: Attempt, session: Session, known: CredentialFacts, ticket: Ticket
    ) -> Session | None:
        """Open the session unless the verdict or the credential has changed since they were read (SEC-22)."""
        share_association(tx, session.association_id)
        if is_stale(tx, session.association_id, session.person_id, session.as_of):
            return None
        if hold_credential(tx, known.id) != known:
            return None
        move_browser(tx, attempt.browser, attempt.new_browser)
        opened = open_session(tx, session, self._lifetimes.session_idle)
        record(
            tx,
            Event(
                "login.succeeded",
                session.auth_time,
                association_id=session.association_id,
                person_id=session.person_id or None,
                credential_id=known.id,
                source=attempt.source,
            ),
        )
        self._throttle.succeed(tx, ticket, attempt.known.fresh)
        return opened

    def _note_refusal(
        self, tx: Transaction, attempt: Attempt, verdict: Verdict, credential: CredentialFacts | None
    ) -> None:
        """Write down why, for administrators. What was typed is not kept: it may be a password in the wrong field."""
        if isinstance(verdict, Refusal):
            reason = verdict.reason.value
        elif credential is None or credential.password_hash is None:
            reason = "no_password"
        else:
            reason = "disabled" if credential.disabled_at else "wrong_password"
        record(
            tx,
            Event(
                "login.failed",
                self._clock.now(),
                association_id=verdict.association.id if isinstance(verdict, Eligible) else None,
                credential_id=credential.id if credential else None,
                source=attempt.source,
                detail={"reason": reason},
            ),
        )


def _credential(tx: Transaction, verdict: Verdict) -> CredentialFacts | None:
    """Look the credential up; for a refusal look up nobody's, so that hit and miss cost the same (SEC-10)."""
    if isinstance(verdict, Eligible):
        return find_credential(tx, verdict.association.id, login_key(verdict))
    return find_credential(tx, "", "")
