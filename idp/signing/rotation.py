"""What changes the key ring, each in one unit: first keys, planned steps, emergencies, keys brought, a new KEK.

Key pairs are made before the unit begins. Keeps STD-21 and SEC-25; which step is due, `rules` decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.accounts.access import end_everyone
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.signing.compact import PrivateKey
from idp.signing.jwk import public_jwk
from idp.signing.keypairs import from_pem, make_pair, to_bytes
from idp.signing.rules import Activate, Algorithm, KeyState, Publish, RingKey, Wait, next_step
from idp.signing.store import (
    StoredKey,
    activate,
    every_key,
    hold_ring,
    insert_key,
    keys_in_use,
    remove,
    reseal,
    retire_active,
)
from idp.store import Store, Transaction
from idp.store.sealing import Sealer

PURPOSE = "signing-key"


@dataclass(frozen=True)
class Published:
    """A next key is in `/jwks`; from `signs_from` on, the next rotation makes it sign."""

    algorithm: Algorithm
    kid: str
    signs_from: datetime


@dataclass(frozen=True)
class Waiting:
    """Nothing changed: a next key is there already, and signs from then on at the earliest."""

    algorithm: Algorithm
    kid: str
    signs_from: datetime


@dataclass(frozen=True)
class Activated:
    """The key signs now. `removed` are those whose tokens are refused from now on."""

    algorithm: Algorithm
    kid: str
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """Nothing changed: this very key is or was in the ring, and a removed one never comes back."""

    kid: str


Rotated = Published | Waiting | Activated


class Rotation:
    """Changes the ring of one service. Every method raises `Unavailable`, with nothing changed."""

    def __init__(self, store: Store, sealer: Sealer, clock: Clock) -> None:
        """Ports."""
        self._store = store
        self._sealer = sealer
        self._clock = clock

    def make_missing(self) -> None:
        """Give each algorithm an active key, where it has none: at `init`, and at the first start."""
        present = self._store.read_blocking(keys_in_use)
        missing = [algorithm for algorithm in Algorithm if not _is_active(present, algorithm)]
        if missing:
            fresh = [self._make(algorithm, KeyState.ACTIVE) for algorithm in missing]
            self._store.write_blocking(lambda tx: _insert_missing(tx, fresh))

    def step(self) -> tuple[Rotated, ...]:
        """Publish a next key; once it has been published for long enough, make it sign and retire the old one."""
        fresh = {algorithm: self._make(algorithm, KeyState.NEXT) for algorithm in Algorithm}

        def unit(tx: Transaction) -> tuple[Rotated, ...]:
            hold_ring(tx)
            at = self._clock.now()
            lives = [key.life for key in keys_in_use(tx)]
            for life in lives:
                if not life.is_published(at):
                    remove(tx, life.kid)
            steps = tuple(_take_step(tx, lives, key, at) for key in fresh.values())
            _record(tx, steps, at)
            return steps

        return self._store.write_blocking(unit)

    def replace(self) -> tuple[Rotated, ...]:
        """Make fresh keys sign at once, remove every earlier one (its tokens are refused from now on) and end every
        session and grant: a key fell into other hands.
        """
        fresh = {algorithm: self._make(algorithm, KeyState.ACTIVE) for algorithm in Algorithm}

        def unit(tx: Transaction) -> tuple[Rotated, ...]:
            hold_ring(tx)
            at = self._clock.now()
            lives = [key.life for key in keys_in_use(tx)]
            for life in lives:
                remove(tx, life.kid)
            for key in fresh.values():
                insert_key(tx, key)
            end_everyone(tx, at)
            steps = tuple(
                Activated(algorithm, key.life.kid, tuple(life.kid for life in lives if life.algorithm is algorithm))
                for algorithm, key in fresh.items()
            )
            _record(tx, steps, at)
            return steps

        return self._store.write_blocking(unit)

    def bring(self, pem: bytes) -> Published | Waiting | Known | None:
        """Publish a key that the operator brings, as the next of its algorithm, unless one waits already.

        Returns nothing for a PEM that holds no P-256 or RSA key (2,048 to 4,096 bits) in the clear.
        """
        brought = from_pem(pem)
        if brought is None:
            return None
        key = self._stored(*brought, KeyState.NEXT)

        def unit(tx: Transaction) -> Published | Waiting | Known:
            hold_ring(tx)
            if any(life.kid == key.life.kid for life in every_key(tx)):
                return Known(key.life.kid)
            waiting = _waiting([stored.life for stored in keys_in_use(tx)], key.life.algorithm)
            if waiting is not None:
                return waiting
            insert_key(tx, key)
            step = Published(key.life.algorithm, key.life.kid, key.life.may_sign_from())
            _record(tx, (step,), self._clock.now())
            return step

        return self._store.write_blocking(unit)

    def reseal(self) -> None:
        """Seal anew what an older KEK sealed, so that it can go.

        Raises `Unsealable` where none of ours did.
        """
        if not any(self._is_outdated(key) for key in self._store.read_blocking(keys_in_use)):
            return

        def unit(tx: Transaction) -> None:
            for key in filter(self._is_outdated, keys_in_use(tx)):
                fresh = self._sealer.seal(PURPOSE, self._sealer.open(PURPOSE, key.sealed_private))
                reseal(tx, key.life.kid, was=key.sealed_private, fresh=fresh)

        self._store.write_blocking(unit)

    def _is_outdated(self, key: StoredKey) -> bool:
        return bool(key.sealed_private) and not self._sealer.is_current(key.sealed_private)

    def _make(self, algorithm: Algorithm, state: KeyState) -> StoredKey:
        return self._stored(make_pair(algorithm), algorithm, state)

    def _stored(self, private: PrivateKey, algorithm: Algorithm, state: KeyState) -> StoredKey:
        at = self._clock.now()
        jwk = public_jwk(private.public_key(), algorithm.value)
        life = RingKey(jwk["kid"], algorithm, state, at, at if state is KeyState.ACTIVE else None)
        return StoredKey(life, jwk, self._sealer.seal(PURPOSE, to_bytes(private)))


def _take_step(tx: Transaction, lives: Sequence[RingKey], fresh: StoredKey, at: datetime) -> Rotated:
    algorithm = fresh.life.algorithm
    match next_step(lives, algorithm, at):
        case Publish():
            insert_key(tx, fresh)
            return Published(algorithm, fresh.life.kid, fresh.life.may_sign_from())
        case Wait(kid, until):
            return Waiting(algorithm, kid, until)
        case Activate(kid):
            retire_active(tx, algorithm, at)
            activate(tx, kid, at)
            return Activated(algorithm, kid)


def _is_active(keys: Sequence[StoredKey], algorithm: Algorithm) -> bool:
    return any(key.life.algorithm is algorithm and key.life.state is KeyState.ACTIVE for key in keys)


def _insert_missing(tx: Transaction, fresh: Sequence[StoredKey]) -> None:
    """Insert what is missing still: another starter may have been quicker."""
    hold_ring(tx)
    present = keys_in_use(tx)
    for key in fresh:
        if not _is_active(present, key.life.algorithm):
            insert_key(tx, key)


def _waiting(lives: Sequence[RingKey], algorithm: Algorithm) -> Waiting | None:
    for life in lives:
        if life.algorithm is algorithm and life.state is KeyState.NEXT:
            return Waiting(algorithm, life.kid, life.may_sign_from())
    return None


def _record(tx: Transaction, steps: Sequence[Rotated], at: datetime) -> None:
    for step in steps:
        match step:
            case Published(algorithm, kid):
                record(tx, Event("keys.published", at, detail={"algorithm": algorithm.value, "kid": kid}))
            case Activated(algorithm, kid, removed):
                detail = {"algorithm": algorithm.value, "kid": kid, "removed": list(removed)}
                record(tx, Event("keys.activated", at, detail=detail))
            case Waiting():
                pass  # nothing happened
