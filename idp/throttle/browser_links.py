"""The mailed link that marks a browser as known, for members whose account strangers try again and again (SEC-13).

The link knows the browser that it is opened in, never the one that asked: whoever asks for somebody else gains nothing.
It opens no account and sets no password. Its mail counts among those of its recipient (SEC-45).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from idp.accounts.identifiers import login_key
from idp.accounts.store import CredentialFacts, find_credential
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.eligibility.service import Eligibility
from idp.eligibility.verdict import Eligible, Purpose, Verdict
from idp.mail.letter import Letter, LetterKind
from idp.mail.outbox import Outbox
from idp.settings import Settings
from idp.store import Store, Transaction
from idp.store.secrets import Kind, PlainSecret, SecretMint
from idp.store.tables import table_of
from idp.throttle.gate import Throttling
from idp.throttle.known_browsers import Renewal
from idp.throttle.tables import KnownBrowserLink

ADDRESS = "/browser/known"
"""Where the mailed link leads."""

_LINK = table_of(KnownBrowserLink)
_LIVE = (_LINK.c.link_hash == bindparam("link")) & _LINK.c.used_at.is_(None) & (_LINK.c.expires_at > bindparam("at"))
_COLUMNS = [_LINK.c[name] for name in ("account_key", "association_code", "identifier", "client_id", "request_id")]
_FIND = select(*_COLUMNS).where(_LIVE)
_SPEND = update(_LINK).where(_LIVE).values(used_at=bindparam("at")).returning(*_COLUMNS)
_ADD = insert(_LINK)


@dataclass(frozen=True)
class BrowserLink:
    """A link as it is stored, but for its hash and its times."""

    account_key: str
    association_code: str
    identifier: str
    client_id: str | None
    request_id: str | None


@dataclass(frozen=True)
class AskForBrowser:
    """What was typed, and the way home."""

    association: str
    identifier: str
    request_id: str | None = None
    client_id: str | None = None
    language: str = "fr"
    source: str | None = None


class BrowserLinks:
    """Sends such links, and lets them be used once."""

    def __init__(
        self,
        store: Store,
        eligibility: Eligibility,
        outbox: Outbox,
        mint: SecretMint,
        clock: Clock,
        throttle: Throttling,
        settings: Settings,
    ) -> None:
        """Ports; the link's host is `[server] public_url`, its life that of a reset link."""
        self._store = store
        self._eligibility = eligibility
        self._outbox = outbox
        self._mint = mint
        self._clock = clock
        self._throttle = throttle
        self._public_url = settings.server.public_url
        self._lifetime = settings.lifetimes.reset_link

    async def ask(self, ask: AskForBrowser) -> None:
        """Mail a link if there is an account; the caller can't tell. Raises `Unavailable`."""
        verdict = await self._eligibility.check(ask.association, ask.identifier, Purpose.RESET)
        link = self._mint.mint(Kind.KNOWN_BROWSER_LINK)
        await self._store.write(lambda tx: self._send(tx, ask, verdict, link))

    async def is_live(self, proof: str) -> bool:
        """Tell whether the link may still be used. Reads only: mail scanners follow links."""
        values = {"link": self._mint.hash(Kind.KNOWN_BROWSER_LINK, proof), "at": self._clock.now()}
        return await self._store.read(lambda tx: tx.execute(_FIND, values).first()) is not None

    async def use(self, proof: str, renewal: Renewal) -> BrowserLink | None:
        """Use the link, once, and know the browser. Nothing when it was used, has ended or never was."""
        return await self._store.write(lambda tx: self._use(tx, proof, renewal))

    def _use(self, tx: Transaction, proof: str, renewal: Renewal) -> BrowserLink | None:
        at = self._clock.now()
        row = tx.execute(_SPEND, {"link": self._mint.hash(Kind.KNOWN_BROWSER_LINK, proof), "at": at}).first()
        if row is None:
            return None
        link = BrowserLink(*row)
        self._throttle.know(tx, link.account_key, renewal)
        record(tx, Event("browser.known", at, client_id=link.client_id))
        return link

    def _send(self, tx: Transaction, ask: AskForBrowser, verdict: Verdict, link: PlainSecret) -> None:
        at = self._clock.now()
        credential = _credential(tx, verdict)
        is_real = credential is not None and credential.disabled_at is None and credential.password_hash is not None
        address = verdict.email if isinstance(verdict, Eligible) and verdict.email and is_real else None
        may_send = self._throttle.admits_mail(tx, address or ask.identifier, is_real=address is not None)
        if not isinstance(verdict, Eligible) or credential is None or address is None or not may_send:
            self._outbox.put_decoy(tx, self._letter(ask, ask.identifier, ask.association, link, at))
            return
        account_key = self._throttle.account_key(credential.association_id, credential.login_key)
        row = BrowserLink(account_key, verdict.association.code, address, ask.client_id, ask.request_id)
        values = {
            "link_hash": self._mint.hash(Kind.KNOWN_BROWSER_LINK, link.reveal()),
            "expires_at": at + self._lifetime,
        }
        tx.execute(_ADD, {**vars(row), **values})
        self._outbox.put(tx, self._letter(ask, address, verdict.association.name, link, at, verdict))
        event = Event(
            "browser.link_asked", at, credential.association_id, credential_id=credential.id, source=ask.source
        )
        record(tx, event)

    def _letter(
        self,
        ask: AskForBrowser,
        to: str,
        association_name: str,
        link: PlainSecret,
        at: datetime,
        verdict: Eligible | None = None,
    ) -> Letter:
        about = {"timezone": verdict.association.timezone} if verdict else {}
        return Letter(
            LetterKind.KNOWN_BROWSER,
            to,
            association_name,
            {"link": f"{self._public_url}{ADDRESS}?token={link.reveal()}"},
            reply_to=verdict.association.contact if verdict else None,
            language=ask.language,
            expires_at=at + self._lifetime,
            **about,
        )


def _credential(tx: Transaction, verdict: Verdict) -> CredentialFacts | None:
    """Look the credential up; for a refusal look up nobody's, so that hit and miss cost the same."""
    if isinstance(verdict, Eligible):
        return find_credential(tx, verdict.association.id, login_key(verdict))
    return find_credential(tx, "", "")
