"""« Mot de passe oublié »: asks the hook, stores a link and its mail, or a decoy of the same cost (S15–S27, S34).

One path for the first password and for a forgotten one (S9). Nothing is answered before the mail is stored (S21).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from idp.accounts.access import cancel_links
from idp.accounts.identifiers import login_key
from idp.accounts.store import CredentialFacts, create_credential, find_credential, hold_credential
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.eligibility.epochs import ATTEMPTS, is_stale, overtaken
from idp.eligibility.service import Eligibility
from idp.eligibility.verdict import Eligible, Purpose, Verdict
from idp.entropy import Entropy
from idp.mail.letter import Letter, LetterKind, Value
from idp.mail.outbox import Outbox
from idp.recovery.rules import Link
from idp.recovery.store import add_link, live_links
from idp.settings import Settings
from idp.store import Store, Transaction
from idp.store.locks import share_association
from idp.store.secrets import Kind, PlainSecret, SecretMint, TokenHash
from idp.throttle.gate import RecoveryGate, Try

NOBODY = ""


@dataclass(frozen=True)
class Ask:
    """What was typed, and where. `request_id` and `client_id` lead home afterwards."""

    association: str
    identifier: str
    browser: TokenHash | None = None
    request_id: str | None = None
    client_id: str | None = None
    language: str = "fr"
    source: str | None = None
    known: TokenHash | None = None
    """The hash of the cookie by which accounts know the browser."""


@dataclass(frozen=True)
class Sent:
    """A mail is stored for sending (S21).

    `is_told`: whether the page may say so; past the bounds of SEC-11 it says neither yes nor no.
    """

    is_told: bool = True


@dataclass(frozen=True)
class Withheld:
    """Enough links went to this address of late: the page answers as if another had (SEC-45)."""

    is_told: bool = True


@dataclass(frozen=True)
class NoAccount:
    """Nobody with these values may set a password: one answer for every cause (S34–S38)."""

    is_told: bool = True


Answer = Sent | Withheld | NoAccount


class AskForLink:
    """The forgotten-password page's one action."""

    def __init__(
        self,
        store: Store,
        eligibility: Eligibility,
        outbox: Outbox,
        mint: SecretMint,
        clock: Clock,
        entropy: Entropy,
        throttle: RecoveryGate,
        settings: Settings,
    ) -> None:
        """Ports; the link's host is `[server] public_url`, never the request's (SEC-07)."""
        self._store = store
        self._eligibility = eligibility
        self._outbox = outbox
        self._mint = mint
        self._clock = clock
        self._entropy = entropy
        self._throttle = throttle
        self._public_url = settings.server.public_url
        self._lifetime = settings.lifetimes.reset_link

    async def ask(self, ask: Ask) -> Answer:
        """Send a link to the address that the membership domain knows, never to the one typed.

        Raises `Unavailable` when hook or database give no answer.
        """
        for _ in range(ATTEMPTS):
            verdict = await self._eligibility.check(ask.association, ask.identifier, Purpose.RESET)
            outcome = await self._send(ask, verdict)
            if outcome is not None:
                return outcome
        raise overtaken()

    async def _send(self, ask: Ask, verdict: Verdict) -> Answer | None:
        """Return nothing when a change overtook us: then ask again."""
        link, code = self._mint.mint(Kind.RESET_LINK), self._mint.mint_code()
        return await self._store.write(lambda tx: self._unit(tx, ask, verdict, link, code))

    def _unit(self, tx: Transaction, ask: Ask, verdict: Verdict, link: PlainSecret, code: PlainSecret) -> Answer | None:
        answer = self._answer_of(tx, ask, verdict, link, code)
        if answer is None or ask.browser is None:  # an operator is told whatever happens
            return answer
        tried = Try(ask.association, ask.identifier, ask.source, ask.known)
        return replace(answer, is_told=self._throttle.may_tell(tx, tried, missed=isinstance(answer, NoAccount)))

    def _answer_of(
        self, tx: Transaction, ask: Ask, verdict: Verdict, link: PlainSecret, code: PlainSecret
    ) -> Answer | None:
        at = self._clock.now()
        if not isinstance(verdict, Eligible) or not verdict.email:
            self._throttle.admits_mail(tx, ask.identifier, is_real=False)
            return self._pretend(tx, ask, link, code, at)
        share_association(tx, verdict.association.id)
        persons = [person.id for person in verdict.persons]
        if any(is_stale(tx, verdict.association.id, person, verdict.as_of) for person in persons):
            return None
        credential = create_credential(
            tx, verdict.association.id, login_key(verdict), address=verdict.email, at=at, entropy=self._entropy
        )
        is_open = credential.disabled_at is None
        hold_credential(tx, credential.id)  # two requests at once would each count the links that live (SEC-04)
        may_send = self._throttle.admits_mail(tx, verdict.email, is_real=is_open)
        if not is_open or not may_send:
            pretended = self._pretend(tx, ask, link, code, at)
            return Withheld() if is_open else pretended
        add_link(tx, self._link(ask, verdict, credential, link, at), self._code_hash(ask, code))
        self._outbox.put(tx, self._letter(ask, verdict, credential, link, code, at))
        record(
            tx,
            Event(
                "reset.asked",
                at,
                association_id=verdict.association.id,
                credential_id=credential.id,
                client_id=ask.client_id,
                source=ask.source,
            ),
        )
        return Sent()

    def _pretend(self, tx: Transaction, ask: Ask, link: PlainSecret, code: PlainSecret, at: datetime) -> NoAccount:
        """Do the work of a hit, for nobody: the same questions, and a row that is never sent (SEC-09).

        The link's own row is the one thing left out: it would need an account.
        """
        share_association(tx, NOBODY)
        is_stale(tx, NOBODY, NOBODY, 0)
        find_credential(tx, NOBODY, NOBODY)
        hold_credential(tx, NOBODY)
        live_links(tx, NOBODY, at)
        cancel_links(tx, NOBODY, at)
        context: dict[str, Value] = {"link": self._link_url(link), "code": code.reveal(), "first_password": False}
        letter = Letter(LetterKind.RESET_LINK, ask.identifier, ask.association, context, expires_at=at + self._lifetime)
        self._outbox.put_decoy(tx, letter)
        record(tx, Event("reset.refused", at, client_id=ask.client_id, source=ask.source))
        return NoAccount()

    def _link(self, ask: Ask, verdict: Eligible, credential: CredentialFacts, link: PlainSecret, at: datetime) -> Link:
        return Link(
            link_hash=self._mint.hash(Kind.RESET_LINK, link.reveal()),
            credential_id=credential.id,
            address=verdict.email or "",
            association_code=verdict.association.code,
            identifier=verdict.email or "",
            browser_hash=ask.browser,
            client_id=ask.client_id,
            request_id=ask.request_id,
            created_at=at,
            expires_at=at + self._lifetime,
        )

    def _code_hash(self, ask: Ask, code: PlainSecret) -> TokenHash | None:
        """Bind the code to the browser that asked; a link that an operator sends has none."""
        return self._mint.hash(Kind.MAIL_CODE, code.reveal()) if ask.browser else None

    def _letter(
        self,
        ask: Ask,
        verdict: Eligible,
        credential: CredentialFacts,
        link: PlainSecret,
        code: PlainSecret,
        at: datetime,
    ) -> Letter:
        return Letter(
            LetterKind.RESET_LINK,
            verdict.email or "",
            verdict.association.name,
            {
                "link": self._link_url(link),
                "code": code.reveal() if ask.browser else "",
                "first_password": credential.password_hash is None,
            },
            reply_to=verdict.association.contact,
            language=ask.language,
            timezone=verdict.association.timezone,
            expires_at=at + self._lifetime,
        )

    def _link_url(self, link: PlainSecret) -> str:
        return f"{self._public_url}/password/reset?token={link.reveal()}"
