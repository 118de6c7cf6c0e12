"""Lets a credential follow its person to another email or username, or not (design: « The credential »; SEC-48).

It moves only if the person was alone on the old one and nobody else stands behind the new one; both addresses are told.
Else the others keep it, and the mover sets a first password at the new address. A credential behind which nobody is
left loses its password, so that whoever is given that address later finds no door open. Runs in the caller's unit.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from idp.accounts.access import cancel_links, end_credential, end_person
from idp.accounts.store import CredentialFacts, find_credential, forget_password, move_credential
from idp.associations.store import AssociationRecord
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.mail.letter import Letter, LetterKind
from idp.store import Transaction


@dataclass(frozen=True)
class Move:
    """A person's identifier changed. Keys are canonical; none where the person has no identifier any more."""

    person_id: str
    old_key: str
    old_email: str | None
    new_key: str | None
    new_email: str | None
    was_alone: bool
    """Nobody else stood behind the old one."""
    is_alone: bool
    """Nobody else stands behind the new one."""
    leaves_nobody: bool
    """Of those who stood behind the old one none does any more; newcomers may."""


class Letters(Protocol):
    """What of the outbox we need."""

    def put(self, tx: Transaction, letter: Letter) -> str:
        """Promise the letter in this unit."""
        ...


class Movers:
    """Carries out moves."""

    def __init__(self, letters: Letters, clock: Clock, public_url: str) -> None:
        """`letters` is the outbox; links in letters lead to `[server] public_url`."""
        self._letters = letters
        self._clock = clock
        self._public_url = public_url

    def move(self, tx: Transaction, association: AssociationRecord, move: Move) -> None:
        """Do what the rule says, in a unit that holds the association alone. Nothing where no account was born yet."""
        credential = find_credential(tx, association.id, move.old_key)
        if credential is None:
            return
        at = self._clock.now()
        there = find_credential(tx, association.id, move.new_key) if move.new_key else None
        follows = move.was_alone and move.is_alone and move.new_key is not None and there is None
        if follows:
            end_credential(tx, credential.id, at)
            move_credential(tx, credential.id, new_key=move.new_key or "", new_address=move.new_email)
        else:
            self._leave(tx, association, move, credential, at)
        self._tell(tx, association, move, at, first_password=not _has_password(credential if follows else there))
        detail = {"moved": follows}
        event = Event("credential.moved", at, association.id, move.person_id, credential.id, detail=detail)
        record(tx, event)

    def _leave(
        self, tx: Transaction, association: AssociationRecord, move: Move, credential: CredentialFacts, at: datetime
    ) -> None:
        end_person(tx, association.id, move.person_id, at)
        cancel_links(tx, credential.id, at)
        if move.leaves_nobody:
            end_credential(tx, credential.id, at)
            forget_password(tx, credential.id, at)

    def _tell(
        self, tx: Transaction, association: AssociationRecord, move: Move, at: datetime, *, first_password: bool
    ) -> None:
        """Tell the new address, and the old one unless it goes on opening other persons' door."""
        when = at.isoformat()
        forgotten = f"{self._public_url}/password/forgot?{urlencode({'association': association.public.code})}"
        if move.old_email and move.leaves_nobody:
            self._put(tx, association, LetterKind.ADDRESS_CHANGED_OLD, move.old_email, {"changed_at": when})
        if move.new_email:
            context: dict[str, str | bool] = {
                "changed_at": when,
                "forgotten_url": forgotten,
                "first_password": first_password,
            }
            self._put(tx, association, LetterKind.ADDRESS_CHANGED_NEW, move.new_email, context)

    def _put(
        self,
        tx: Transaction,
        association: AssociationRecord,
        kind: LetterKind,
        to: str,
        context: dict[str, str | bool],
    ) -> None:
        public = association.public
        letter = Letter(kind, to, public.name, context, reply_to=public.contact, timezone=association.timezone)
        self._letters.put(tx, letter)


def _has_password(credential: CredentialFacts | None) -> bool:
    return credential is not None and credential.password_hash is not None
