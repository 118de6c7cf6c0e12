"""Sealing: what the database keeps but must not be able to read (signing keys, mails that wait).

AES-256-GCM under the KEK, with the purpose as associated data, so that a sealed mail is no signing key.
"""

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idp.entropy import Entropy
from idp.errors import Fault

NONCE_BYTES = 12
MARK_BYTES = 4


class Unsealable(Fault):
    """The bytes were not sealed under a KEK of ours for this purpose."""


class Sealer:
    """Seals and opens with the KEKs of `keys/kek`."""

    def __init__(self, keks: tuple[bytes, ...], entropy: Entropy) -> None:
        """The first KEK seals, each opens."""
        self._ciphers = {hashlib.sha256(b"mark" + kek).digest()[:MARK_BYTES]: AESGCM(kek[:32]) for kek in keks}
        self._mark = next(iter(self._ciphers))
        self._entropy = entropy

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """Return mark of the KEK, nonce, ciphertext."""
        nonce = self._entropy.bytes(NONCE_BYTES)
        return self._mark + nonce + self._ciphers[self._mark].encrypt(nonce, plain, purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """Return what was sealed.

        Raises `Unsealable` when it was under another KEK, for another purpose, or was touched.
        """
        body_starts = MARK_BYTES + NONCE_BYTES
        mark, nonce, body = sealed[:MARK_BYTES], sealed[MARK_BYTES:body_starts], sealed[body_starts:]
        cipher = self._ciphers.get(mark)
        if cipher is None:
            raise Unsealable(f"no KEK for {purpose}")
        try:
            return cipher.decrypt(nonce, body, purpose.encode())
        except (InvalidTag, ValueError):  # ValueError: cut so short that the nonce is not whole
            raise Unsealable(f"wrong KEK or touched: {purpose}") from None

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether the first KEK sealed this. What an older one sealed is to be sealed again before it goes."""
        return sealed[:MARK_BYTES] == self._mark
