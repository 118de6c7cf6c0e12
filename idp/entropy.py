"""Randomness as a port. Nothing else in the package draws random bytes."""

import secrets
from typing import Protocol


class Entropy(Protocol):
    """Draws bytes that nobody can guess."""

    def bytes(self, count: int) -> bytes:
        """Return `count` bytes fit for secrets."""
        ...


class SystemEntropy:
    """The operating system's generator."""

    def bytes(self, count: int) -> bytes:
        """Return `count` bytes of the system's generator."""
        return secrets.token_bytes(count)


def random_id(entropy: Entropy, prefix: str) -> str:
    """Return a public identifier such as `c_3f…`: the prefix names the kind, 128 random bits follow.

    Kinds never share a prefix, so that a `client_id` can't equal a `sub` (RFC 9700 §4.15).
    """
    return f"{prefix}_{entropy.bytes(16).hex()}"
