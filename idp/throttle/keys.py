"""The keys of counters: keyed hashes, so that a stolen database names neither addresses nor who was tried from where.

One account has one key, whichever code, alias, case or Unicode form was typed (F-10); a kind of counter never shares a
key with another.
"""

from dataclasses import dataclass
from typing import Protocol

from idp.accounts.identifiers import canonical_identifier
from idp.associations.rules import canonical_name

_GAP = "\0"


class KeyedHash(Protocol):
    """What of `idp.store.secrets.SecretMint` keys need."""

    def sign(self, label: str, text: str) -> str:
        """Return a keyed hash of `text` for the purpose `label`."""
        ...


@dataclass(frozen=True)
class Keys:
    """Makes keys."""

    keyed_hash: KeyedHash

    def association(self, association_id: str) -> str:
        """Return the key of an association that is known."""
        return self._key("association", "id", association_id)

    def unknown_association(self, typed: str) -> str:
        """Return the key of what may be no association at all."""
        return self._key("association", "name", canonical_name(typed))

    def account(self, association_key: str, identifier: str) -> str:
        """Return the key of an account; `identifier` is what was typed, or the login key of the credential."""
        return self._key("account", association_key, canonical_identifier(identifier))

    def mailbox(self, address: str, *, is_real: bool) -> str:
        """Return the key of an address that mail goes to; with `is_real=False` of one that none goes to."""
        return self._key("mailbox" if is_real else "no mailbox", canonical_identifier(address))

    def counter(self, kind: str, *parts: str) -> str:
        """Return the key of one counter of some kind."""
        return self._key(kind, *parts)

    def _key(self, kind: str, *parts: str) -> str:
        return self.keyed_hash.sign(f"throttle {kind}", _GAP.join(parts))
