"""One-shot secrets, one discipline for all kinds.

The database keeps a keyed hash. The kind is in the visible prefix, in the HMAC label, in the key and in every WHERE, so
that a secret of one kind is, everywhere else, as good as random bytes (SEC-01). Use is one conditional UPDATE in the
room that owns the kind; this module makes, reads and hashes them.
"""

import base64
import hashlib
import hmac
from enum import StrEnum
from typing import NewType

from idp.entropy import Entropy

TokenHash = NewType("TokenHash", str)
"""HMAC-SHA-256 over kind and secret, in hex: what the database keeps."""

SECRET_BYTES = 32
CODE_ALPHABET = "23456789BCDFGHJKMNPQRTVWXYZ"
"""No 0/O, 1/I/L, no vowels that make words, no S/5 pair."""
CODE_LENGTH = 8


class Kind(StrEnum):
    """What a secret is for; the value is its visible prefix."""

    BROWSER = "br"
    RESET_LINK = "rl"
    RESET_FORM = "rf"
    MAIL_CODE = "mc"
    AUTHORIZATION_CODE = "ac"
    REFRESH_TOKEN = "rt"  # noqa: S105 -- a prefix, not a secret
    KNOWN_BROWSER = "kb"
    KNOWN_BROWSER_LINK = "kl"
    CLIENT_SECRET = "cs"  # noqa: S105 -- a prefix, not a secret


class PlainSecret:
    """A secret in the clear, on its way to the one who may know it. Never shown by `repr` or in a log."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """`value` is the secret with its prefix."""
        self._value = value

    def reveal(self) -> str:
        """Return the text, for the answer or the mail that carries it."""
        return self._value

    def __repr__(self) -> str:
        """Hide the value."""
        return "PlainSecret(…)"

    __str__ = __repr__


class SecretMint:
    """Makes secrets and their hashes."""

    def __init__(self, hmac_key: bytes, entropy: Entropy) -> None:
        """`hmac_key` is `keys/hmac`."""
        self._key = hmac_key
        self._entropy = entropy

    def mint(self, kind: Kind) -> PlainSecret:
        """Return a fresh secret of 256 bits: `rl_` and 43 URL-safe characters."""
        body = base64.urlsafe_b64encode(self._entropy.bytes(SECRET_BYTES)).rstrip(b"=").decode()
        return PlainSecret(f"{kind}_{body}")

    def mint_code(self) -> PlainSecret:
        """Return a code to type: 8 characters without look-alikes (38 bits, five tries)."""
        letters: list[str] = []
        while len(letters) < CODE_LENGTH:  # rejection keeps the draw even
            byte = self._entropy.bytes(1)[0]
            if byte < 256 - 256 % len(CODE_ALPHABET):
                letters.append(CODE_ALPHABET[byte % len(CODE_ALPHABET)])
        return PlainSecret("".join(letters))

    def hash(self, kind: Kind, text: str, *, bound_to: str = "") -> TokenHash:
        """Return the hash under which a secret of this kind is looked up.

        `bound_to` ties short secrets to something else that must be shown too, such as a browser.
        """
        label = f"hash\0{kind}\0{bound_to}\0".encode()
        return TokenHash(hmac.new(self._key, label + text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest())

    def sign(self, label: str, text: str) -> str:
        """Return a tag that proves that we wrote `text` for this purpose (CSRF tokens, signed cookies)."""
        tag = hmac.new(self._key, f"sign\0{label}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(tag).rstrip(b"=").decode()
