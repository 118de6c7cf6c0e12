"""Which credential an association and an identifier mean, whether or not it was ever born, whoever may enter by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from idp.accounts.identifiers import canonical_identifier
from idp.associations.holding import UnknownAssociation
from idp.associations.store import association_named
from idp.clock import Clock
from idp.eligibility import store as directory
from idp.eligibility.directory import reading_of, season_of
from idp.eligibility.members import Nobody
from idp.eligibility.rules import login_key_of
from idp.store import Store, Transaction


@dataclass(frozen=True)
class Mailbox:
    """What a credential is keyed by, and who stands behind it."""

    association_id: str
    association_code: str
    login_key: str
    address: str | None
    """Where mail goes; none for who has only a username."""
    person_ids: Sequence[str]


class Mailboxes(Protocol):
    """Finds mailboxes. With a remote provider, whoever it is that knows them."""

    def locate(self, association: str, identifier: str) -> Mailbox | Nobody | UnknownAssociation:
        """Return the mailbox that a code or alias and an email or username mean. Raises `Unavailable`."""
        ...


class DirectoryMailboxes:
    """The mailboxes of the embedded directory: of members past and present, banned ones too."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Ports."""
        self._store = store
        self._clock = clock

    def locate(self, association: str, identifier: str) -> Mailbox | Nobody | UnknownAssociation:
        """As `Mailboxes` says."""
        return self._store.read_blocking(lambda tx: self._locate(tx, association, identifier))

    def _locate(self, tx: Transaction, association: str, identifier: str) -> Mailbox | Nobody | UnknownAssociation:
        found = association_named(tx, association)
        if found is None:
            return UnknownAssociation()
        reading = reading_of(found, season_of(found, self._clock.now()))
        persons = directory.persons_behind(tx, reading, canonical_identifier(identifier))
        if not persons:
            return Nobody()
        address = next((person.email for person in persons if person.email), None)
        ids = [person.id for person in persons]
        return Mailbox(found.id, found.public.code, login_key_of(persons[0]), address, ids)
