"""Passwords in the clear, and their hashes: argon2id over HMAC-SHA-256(pepper, NFC of the password).

Keeps SEC-10 (one hash, and the same work, for every failure), SEC-36 (length refused before hashing) and SEC-42 (the
pepper is in no database and can be rotated). What makes a good password is `password_policy`'s matter.
"""

import base64
import hashlib
import hmac
import math
import threading
from dataclasses import dataclass
from typing import NewType

from idp.accounts.argon2_engine import (
    LEAST_MEMORY_KIB,
    SALT_BYTES,
    TAG_BYTES,
    Costs,
    Engine,
    available_engines,
    fastest,
)
from idp.accounts.hashing_threads import HashingThreads
from idp.accounts.password_format import StoredHash, format_hash, parse_hash
from idp.accounts.password_rules import normalised
from idp.entropy import Entropy
from idp.errors import Fault
from idp.settings import Passwords

PasswordHash = NewType("PasswordHash", str)
"""What the database keeps of a password (see `password_format`)."""

KEY_ID_BYTES = 6


class PlainPassword:
    """A password as somebody typed it, any text at all. Never shown by `repr` or in a log."""

    __slots__ = ("_typed",)

    def __init__(self, typed: str) -> None:
        """`typed` is the form's value, untrimmed."""
        self._typed = typed

    def reveal(self) -> str:
        """Return the text as typed."""
        return self._typed

    def __repr__(self) -> str:
        """Hide the value."""
        return "PlainPassword(…)"

    __str__ = __repr__


@dataclass(frozen=True)
class Verification:
    """Whether the password is the one, and whether its hash is out of date: then hash anew once the answer is sent."""

    matches: bool
    needs_rehash: bool = False


WRONG = Verification(matches=False)


class PasswordHasher:
    """Hashes and verifies, in threads of its own."""

    def __init__(
        self,
        peppers: tuple[bytes, ...],
        entropy: Entropy,
        settings: Passwords,
        *,
        engine: Engine | None = None,
    ) -> None:
        """`peppers` are those of `keys/pepper`: the first hashes, each verifies. `engine`: the fastest, unless said."""
        self._peppers = {_key_id(pepper): pepper for pepper in peppers}
        self._key_id = next(iter(self._peppers))
        self._entropy = entropy
        self._costs = Costs(settings.argon2_memory_kib, settings.argon2_passes)
        self._maximum_length = settings.maximum_length
        self._threads = HashingThreads(threads=settings.argon2_threads, queue=settings.argon2_queue)
        self._decoy_salt = entropy.bytes(SALT_BYTES)
        self._chosen = engine
        self._choosing = threading.Lock()

    async def hash(self, plain: PlainPassword) -> PasswordHash:
        """Return a fresh hash, with a salt of its own, at today's costs.

        Raises `Unavailable` when too many wait already, `Fault` for a text that the policy refuses (`hash_blocking`).
        """
        return await self._threads.run(lambda: self.hash_blocking(plain))

    async def verify(self, plain: PlainPassword, stored: PasswordHash | None) -> Verification:
        """Compare with a stored hash, or with nobody's.

        Every attempt is one argon2id: over the stored hash's salt and costs, else over a decoy's. A wrong password for
        a hash with cheaper, older costs is topped up by the KiB-passes it lacks, in the same turn of the same thread,
        so that no failure is quicker than another (F-08). Costs that were lowered are the exception: until its next
        sign-in, a dearer hash fails more slowly. A text that can't be anybody's password (too long, NUL, half a
        surrogate pair) is wrong at once, whoever it is tried on.

        Raises `Unavailable` when too many wait already.
        """
        text = normalised(plain.reveal(), self._maximum_length)
        if text is None:
            return WRONG
        return await self._threads.run(lambda: self._verify(text, stored))

    def hash_blocking(self, plain: PlainPassword) -> PasswordHash:
        """As `hash`, for commands and threads.

        Raises `Fault` for a text that is too long or holds unusable characters: the policy comes first.
        """
        text = normalised(plain.reveal(), self._maximum_length)
        if text is None:
            raise Fault("a password that the policy refuses was to be hashed")
        salt = self._entropy.bytes(SALT_BYTES)
        tag = self._derive(text, self._key_id, salt, self._costs)
        return PasswordHash(format_hash(StoredHash(self._costs, self._key_id, salt, tag)))

    def engine_name(self) -> str:
        """Return the library that hashes here; choosing it takes some 40 ms once."""
        return self._engine().name

    @property
    def costs(self) -> Costs:
        """What a hash takes today."""
        return self._costs

    def close(self) -> None:
        """End the threads."""
        self._threads.close()

    def _verify(self, text: bytes, stored: PasswordHash | None) -> Verification:
        known = parse_hash(stored) if stored is not None else None
        if known is None or known.key_id not in self._peppers:  # nobody's, or under a pepper that was taken away
            self._derive(text, self._key_id, self._decoy_salt, self._costs)
            return WRONG
        tag = self._derive(text, known.key_id, known.salt, known.costs)
        if not hmac.compare_digest(tag, known.tag):
            self._top_up(text, known.costs)
            return WRONG
        return Verification(matches=True, needs_rehash=(known.costs, known.key_id) != (self._costs, self._key_id))

    def _derive(self, text: bytes, key_id: str, salt: bytes, costs: Costs) -> bytes:
        peppered = hmac.new(self._peppers[key_id], text, hashlib.sha256).digest()
        return self._engine().derive(peppered, salt, costs)

    def _top_up(self, text: bytes, spent: Costs) -> None:
        lacking = self._costs.work - spent.work
        passes = math.ceil(lacking / self._costs.memory_kib)
        if passes > 0 and lacking // passes >= LEAST_MEMORY_KIB:
            self._derive(text, self._key_id, self._decoy_salt, Costs(lacking // passes, passes))

    def _engine(self) -> Engine:
        """Choose at the first hash, in its thread: the start of the service loads no engine."""
        with self._choosing:
            if self._chosen is None:
                self._chosen = fastest(available_engines())
            return self._chosen


def _key_id(pepper: bytes) -> str:
    """Name a pepper without telling anything of it."""
    return base64.b64encode(hashlib.sha256(b"pepper's name" + pepper).digest()[:KEY_ID_BYTES]).decode()


__all__ = ["TAG_BYTES", "PasswordHash", "PasswordHasher", "PlainPassword", "Verification"]
