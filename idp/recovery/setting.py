"""Sets a password by proof of a mailed link or of its code (S28–S33).

Opening a link writes nothing. Eligibility is asked again when the form is opened and when it is sent. The new password
ends every session, grant and other link of the mailbox, in the unit that spends the link.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.accounts.access import end_credential
from idp.accounts.identifiers import login_key
from idp.accounts.password_policy import AboutPerson, PasswordPolicy, PolicyFault
from idp.accounts.passwords import PasswordHash, PasswordHasher, PlainPassword
from idp.accounts.store import CredentialFacts, credential_by_id, hold_credential, set_password
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.eligibility.epochs import ATTEMPTS, is_stale, overtaken
from idp.eligibility.service import Eligibility
from idp.eligibility.verdict import Eligible, Purpose
from idp.mail.letter import Letter, LetterKind
from idp.mail.outbox import Outbox
from idp.recovery.rules import Link
from idp.recovery.store import find_by_form, find_by_link, find_former, spend_link
from idp.settings import Settings
from idp.store import Store, Transaction
from idp.store.locks import share_association
from idp.store.secrets import Kind, SecretMint
from idp.throttle.gate import RecoveryGate
from idp.throttle.known_browsers import Renewal


@dataclass(frozen=True)
class Opened:
    """The form may be shown. `identifier` is where the mail went."""

    link: Link
    verdict: Eligible
    credential: CredentialFacts

    @property
    def is_first_password(self) -> bool:
        """Whether none was ever set (S9)."""
        return self.credential.password_hash is None


@dataclass(frozen=True)
class Dead:
    """Used, ended, cancelled, unknown, or its account may not enter any more: all alike."""


@dataclass(frozen=True)
class Weak:
    """The policy refuses the password; the link is still good."""

    opened: Opened
    faults: tuple[PolicyFault, ...]


@dataclass(frozen=True)
class Changed:
    """The password is set, and everything else of the mailbox has ended (S32, S33)."""

    link: Link
    verdict: Eligible


@dataclass(frozen=True)
class Sender:
    """Who sent the form: the language they read, the network address they came from."""

    language: str = "fr"
    source: str | None = None
    known: Renewal | None = None
    """The cookie by which the account will know the browser."""


class SetPassword:
    """The reset page's two steps, open and submit.

    `proof` is the link's own secret, or the form's, where a code was typed.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- one port each
        self,
        store: Store,
        eligibility: Eligibility,
        hasher: PasswordHasher,
        policy: PasswordPolicy,
        outbox: Outbox,
        mint: SecretMint,
        clock: Clock,
        throttle: RecoveryGate,
        settings: Settings,
    ) -> None:
        """Ports, and the settings' public URL for the notice."""
        self._store = store
        self._eligibility = eligibility
        self._hasher = hasher
        self._policy = policy
        self._outbox = outbox
        self._mint = mint
        self._clock = clock
        self._throttle = throttle
        self._public_url = settings.server.public_url

    async def is_live(self, link: str) -> bool:
        """Tell whether a mailed link opens the form, before the hook is asked. Reads only.

        A form's own secret is none: at this door it is as good as random bytes (SEC-01).
        """
        if not link.startswith(f"{Kind.RESET_LINK}_"):
            return False
        return await self._store.read(lambda tx: self._find(tx, link)) is not None

    async def former(self, proof: str) -> Link | None:
        """Return the link that a proof was, whatever became of it: for the way to a new one. Reads only."""
        secret = self._mint.hash(Kind.RESET_LINK, proof)
        return await self._store.read(lambda tx: find_former(tx, secret))

    async def open(self, proof: str) -> Opened | Dead:
        """Open the form; writes nothing.

        Raises `Unavailable`.
        """
        found = await self._store.read(lambda tx: self._find(tx, proof))
        if found is None:
            return Dead()
        link, credential = found
        verdict = await self._eligibility.check(link.association_code, link.identifier, Purpose.RESET_FORM)
        if not isinstance(verdict, Eligible) or not _still_opens(verdict, credential):
            return Dead()
        return Opened(link, verdict, credential)

    async def submit(self, proof: str, password: PlainPassword, by: Sender) -> Changed | Weak | Dead:
        """Set the password.

        Raises `Unavailable`; nothing is spent then.
        """
        for _ in range(ATTEMPTS):
            opened = await self.open(proof)
            if isinstance(opened, Dead):
                return opened
            faults = await self._policy.faults(password, AboutPerson.of(opened.verdict))
            if faults:
                return Weak(opened, faults)
            fresh = await self._hasher.hash(password)
            outcome = await self._store.write(lambda tx: self._unit(tx, opened, fresh, by))  # noqa: B023 -- awaited in this turn
            if outcome is not None:
                return outcome
        raise overtaken()

    def _find(self, tx: Transaction, proof: str) -> tuple[Link, CredentialFacts] | None:
        """Return the live link and its usable account. The proof's visible prefix says which kind it is."""
        at = self._clock.now()
        if proof.startswith(f"{Kind.RESET_FORM}_"):
            link = find_by_form(tx, self._mint.hash(Kind.RESET_FORM, proof), at)
        else:
            link = find_by_link(tx, self._mint.hash(Kind.RESET_LINK, proof), at)
        credential = credential_by_id(tx, link.credential_id) if link else None
        if link is None or credential is None or credential.disabled_at or credential.address != link.address:
            return None
        return link, credential

    def _unit(self, tx: Transaction, opened: Opened, fresh: PasswordHash, by: Sender) -> Changed | Dead | None:
        at = self._clock.now()
        link, verdict = opened.link, opened.verdict
        share_association(tx, verdict.association.id)
        if any(is_stale(tx, verdict.association.id, person.id, verdict.as_of) for person in verdict.persons):
            return None
        hold_credential(tx, link.credential_id)  # two links of one mailbox would else wait for each other
        if not spend_link(tx, link, at) or not set_password(tx, link.credential_id, fresh, at):
            return Dead()
        end_credential(tx, link.credential_id, at)
        self._throttle.pardon(tx, verdict.association.id, opened.credential.login_key, by.known)
        self._outbox.put(tx, self._notice(opened, by.language, at))
        record(
            tx,
            Event(
                "password.changed",
                at,
                association_id=verdict.association.id,
                credential_id=link.credential_id,
                source=by.source,
            ),
        )
        return Changed(link, verdict)

    def _notice(self, opened: Opened, language: str, at: datetime) -> Letter:
        association = opened.verdict.association
        return Letter(
            LetterKind.PASSWORD_CHANGED,
            opened.link.address,
            association.name,
            {"changed_at": at.isoformat(), "forgotten_url": f"{self._public_url}/password/forgot"},
            reply_to=association.contact,
            language=language,
            timezone=association.timezone,
        )


def _still_opens(verdict: Eligible, credential: CredentialFacts) -> bool:
    """The mailbox is still the one the link was sent to, in the association of the account."""
    return verdict.association.id == credential.association_id and login_key(verdict) == credential.login_key
