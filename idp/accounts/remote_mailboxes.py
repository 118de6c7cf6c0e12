"""Finds mailboxes where others decide who may enter: by their verdict, else by what is known here.

An account can be disabled while the membership service is down, and while it refuses the person (design: « `account
disable` … always works here and always wins »).
"""

from typing import Protocol

from sqlalchemy import bindparam, select

from idp.accounts.identifiers import canonical_identifier, is_email, login_key
from idp.accounts.mailboxes import Mailbox
from idp.accounts.store import find_credential
from idp.associations.holding import UnknownAssociation
from idp.associations.store import PublicAssociation, association_by_id, find_association
from idp.associations.tables import Association
from idp.eligibility.members import Nobody
from idp.eligibility.verdict import Eligible, Purpose, Verdict
from idp.errors import Unavailable
from idp.store import Store, Transaction
from idp.store.tables import table_of

_ASSOCIATION = table_of(Association)
_IS_KNOWN = select(_ASSOCIATION.c.id).where(_ASSOCIATION.c.id == bindparam("association"))


class Eligibility(Protocol):
    """The hook."""

    def check_blocking(self, association: str, identifier: str, purpose: Purpose) -> Verdict:
        """Raises `Unavailable` when there is no answer."""
        ...


class RemoteMailboxes:
    """`Mailboxes` of a membership service or a plugin."""

    def __init__(self, store: Store, eligibility: Eligibility) -> None:
        """The store knows the associations that verdicts have named."""
        self._store = store
        self._eligibility = eligibility

    def locate(self, association: str, identifier: str) -> Mailbox | Nobody | UnknownAssociation:
        """Return the mailbox. `association` is a code, an alias, or the id that verdicts give it."""
        known = self._store.read_blocking(lambda tx: _association(tx, association))
        try:
            verdict = self._eligibility.check_blocking(known.code if known else association, identifier, Purpose.LOGIN)
        except Unavailable:
            verdict = None
        if isinstance(verdict, Eligible):
            ids = [person.id for person in verdict.persons]
            return Mailbox(verdict.association.id, verdict.association.code, login_key(verdict), verdict.email, ids)
        if known is None:
            return UnknownAssociation()
        return self._store.read_blocking(lambda tx: _refused(tx, known, canonical_identifier(identifier)))


def _association(tx: Transaction, text: str) -> PublicAssociation | None:
    found = find_association(tx, text)
    if found is None and tx.execute(_IS_KNOWN, {"association": text.strip()}).first():
        found = association_by_id(tx, text.strip()).public
    return found


def _refused(tx: Transaction, association: PublicAssociation, key: str) -> Mailbox | Nobody:
    """Nobody vouches for it: an address is a key by itself, a username only where an account is known by it."""
    if not key or not (is_email(key) or find_credential(tx, association.id, key)):
        return Nobody()
    return Mailbox(association.id, association.code, key, None, ())
