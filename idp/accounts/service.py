"""Disables and enables accounts: another, reversible state beside the ban, which always wins (S2, S40).

Works whether or not the credential was ever born, and is in force on the very next request: the unit that disables ends
the mailbox's sessions, grants and links and makes every earlier verdict of the association stale.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.accounts import store as credentials
from idp.accounts.access import end_credential
from idp.accounts.mailboxes import Mailbox, Mailboxes
from idp.associations.holding import UnknownAssociation
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.eligibility.epochs import raise_epoch
from idp.eligibility.members import Nobody
from idp.entropy import Entropy
from idp.store import Store, Transaction
from idp.store.locks import take_association


@dataclass(frozen=True)
class Switched:
    """The account is as it was wanted. `changed` is false when it was so already."""

    mailbox: Mailbox
    changed: bool


class Accounts:
    """The accounts behind mailboxes."""

    def __init__(self, store: Store, mailboxes: Mailboxes, clock: Clock, entropy: Entropy) -> None:
        """Ports; `mailboxes` are the provider's."""
        self._store = store
        self._mailboxes = mailboxes
        self._clock = clock
        self._entropy = entropy

    def disable(
        self, association: str, identifier: str, reason: str | None = None
    ) -> Switched | Nobody | UnknownAssociation:
        """Disable the account that an association and an email or username mean. Raises `Unavailable`."""
        mailbox = self._mailboxes.locate(association, identifier)
        if not isinstance(mailbox, Mailbox):
            return mailbox
        return self._store.write_blocking(lambda tx: self._disable(tx, mailbox, reason))

    def enable(
        self, association: str, identifier: str, reason: str | None = None
    ) -> Switched | Nobody | UnknownAssociation:
        """Enable it again; nobody is signed in by it. Raises `Unavailable`."""
        mailbox = self._mailboxes.locate(association, identifier)
        if not isinstance(mailbox, Mailbox):
            return mailbox
        return self._store.write_blocking(lambda tx: self._enable(tx, mailbox, reason))

    def _disable(self, tx: Transaction, mailbox: Mailbox, reason: str | None) -> Switched:
        at = self._clock.now()
        take_association(tx, mailbox.association_id)
        credential = credentials.create_credential(
            tx, mailbox.association_id, mailbox.login_key, address=mailbox.address, at=at, entropy=self._entropy
        )
        changed = credentials.disable(tx, credential.id, at, reason)
        if changed:
            end_credential(tx, credential.id, at)
            raise_epoch(tx, mailbox.association_id)
            _note(tx, "account.disabled", mailbox, credential.id, reason, at)
        return Switched(mailbox, changed)

    def _enable(self, tx: Transaction, mailbox: Mailbox, reason: str | None) -> Switched:
        credential = credentials.find_credential(tx, mailbox.association_id, mailbox.login_key)
        changed = credential is not None and credentials.enable(tx, credential.id)
        if credential is not None and changed:
            _note(tx, "account.enabled", mailbox, credential.id, reason, self._clock.now())
        return Switched(mailbox, changed)


def _note(tx: Transaction, name: str, mailbox: Mailbox, credential_id: str, reason: str | None, at: datetime) -> None:
    event = Event(
        name, at, association_id=mailbox.association_id, credential_id=credential_id, detail={"reason": reason}
    )
    record(tx, event)
