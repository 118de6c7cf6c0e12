"""Takes letters inside the unit that makes them true: no promise without its letter, no letter without its commit.

`put` seals and inserts, nothing more; a sender (`idp.mail.service`) does the rest after the commit. A decoy costs the
same and leaves a row of the same shape and size (SEC-09).
"""

from datetime import datetime
from typing import Protocol

from idp.accounts.identifiers import canonical_identifier
from idp.clock import Clock
from idp.entropy import Entropy, random_id
from idp.errors import Fault
from idp.mail import store
from idp.mail.bell import Bell
from idp.mail.letter import Letter
from idp.mail.store import DECOY, MailState, MailTrace, OutboxState, Resend
from idp.store import Transaction
from idp.store.sealing import Sealer

PURPOSE = "outbox mail"
PAYLOAD_BLOCK = 2_048
"""Payloads are filled up to a multiple of it, so that their size tells nothing."""


class Unreadable(Fault):
    """A payload was sealed under a KEK that we don't have, or put by a release that writes letters otherwise."""


class KeyedHash(Protocol):
    """What of `idp.store.secrets.SecretMint` the outbox needs."""

    def sign(self, label: str, text: str) -> str:
        """Return a keyed hash of `text` for the purpose `label`."""
        ...


class Outbox:
    """Letters that were promised."""

    def __init__(self, sealer: Sealer, keyed_hash: KeyedHash, clock: Clock, entropy: Entropy) -> None:
        """`keyed_hash` hides addresses; it must be the same in every process."""
        self._sealer = sealer
        self._keyed_hash = keyed_hash
        self._clock = clock
        self._entropy = entropy
        self.bell = Bell()
        """Rung at each `put`, for the senders of this process."""

    def put(self, tx: Transaction, letter: Letter) -> str:
        """Promise the letter in this unit and return its id. It leaves once the unit has committed."""
        return self._insert(tx, letter, letter.kind)

    def put_decoy(self, tx: Transaction, letter: Letter) -> str:
        """Do the work of `put` for a letter that is never sent.

        `letter` is what the real one would be, with what was typed in place of address and names.
        """
        return self._insert(tx, letter, DECOY)

    def open(self, sealed_payload: bytes) -> Letter:
        """Return the letter that was sealed.

        Raises `Unreadable`.
        """
        try:
            return Letter.from_json(self._sealer.open(PURPOSE, sealed_payload))
        except (Fault, KeyError, TypeError, ValueError) as fault:
            raise Unreadable(type(fault).__name__) from None

    def resend(self, tx: Transaction, mail_id: str) -> Resend:
        """Try a waiting letter at once. Texts are wiped when a letter ends: of those nothing can be sent again."""
        outcome = store.hurry(tx, mail_id, self._clock.now())
        self.bell.ring()
        return outcome

    def state(self, tx: Transaction) -> OutboxState:
        """Return depth, age and losses, for doctor and metrics."""
        return store.outbox_state(tx, self._clock.now())

    def last_letter_to(self, tx: Transaction, address: str) -> MailTrace | None:
        """Return the latest letter put for this address, in any spelling."""
        return store.last_letter_to(tx, self._recipient_hash(address))

    def purge_ended(self, tx: Transaction, before: datetime, most: int = 500) -> int:
        """Drop at most `most` traces of letters that ended and were due before `before`; housekeeping repeats it."""
        return store.purge_ended(tx, before, most)

    def _insert(self, tx: Transaction, letter: Letter, kind: str) -> str:
        mail_id = random_id(self._entropy, "ml")
        now = self._clock.now()
        document = letter.to_json()
        filled = document.ljust(-(-len(document) // PAYLOAD_BLOCK) * PAYLOAD_BLOCK)
        store.insert(
            tx,
            {
                "id": mail_id,
                "kind": kind,
                "recipient_hash": self._recipient_hash(letter.to),
                "sealed_payload": self._sealer.seal(PURPOSE, filled),
                "state": MailState.WAITING,
                "attempts": 0,
                "due_at": now,
                "expires_at": letter.expires_at,
                "created_at": now,
            },
        )
        self.bell.ring()
        return mail_id

    def _recipient_hash(self, address: str) -> str:
        return self._keyed_hash.sign("mail recipient", canonical_identifier(address) or address.casefold())
