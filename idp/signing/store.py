"""SQL of the key ring. A handful of rows; private halves are sealed before they come here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, func, select, update

from idp.signing.rules import Algorithm, KeyState, RingKey
from idp.signing.tables import SigningKey
from idp.store import Transaction
from idp.store.tables import table_of

_KEY = table_of(SigningKey)
_RING_LOCK = 0x1D91
"""The advisory lock of rotations: any number, as long as it is always this one."""

_ALL = select(_KEY).order_by(_KEY.c.created_at, _KEY.c.algorithm, _KEY.c.kid)
_IN_USE = _ALL.where(_KEY.c.state != KeyState.REMOVED.value)
_INSERT = _KEY.insert()
_THIS = update(_KEY).where(_KEY.c.kid == bindparam("this_kid"))
_ACTIVATE = _THIS.where(_KEY.c.state == KeyState.NEXT.value).values(
    state=KeyState.ACTIVE.value, activated_at=bindparam("at")
)
_RETIRE_ACTIVE = (
    update(_KEY)
    .where(_KEY.c.algorithm == bindparam("of_algorithm"), _KEY.c.state == KeyState.ACTIVE.value)
    .values(state=KeyState.RETIRED.value, retired_at=bindparam("at"), sealed_private=b"")
)
_REMOVE = _THIS.values(state=KeyState.REMOVED.value, sealed_private=b"")
_RESEAL = _THIS.where(_KEY.c.sealed_private == bindparam("was")).values(sealed_private=bindparam("fresh"))
_LOCK = select(func.pg_advisory_xact_lock(_RING_LOCK))


@dataclass(frozen=True)
class StoredKey:
    """A row of the ring."""

    life: RingKey
    public_jwk: Mapping[str, Any]
    sealed_private: bytes = field(repr=False)
    """Empty for a key that signs no more."""


def hold_ring(tx: Transaction) -> None:
    """Let no other unit change the ring until this one ends. SQLite has one writer anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(_LOCK)


def keys_in_use(tx: Transaction) -> tuple[StoredKey, ...]:
    """Return every key that isn't removed, oldest first."""
    return tuple(_stored(row) for row in tx.execute(_IN_USE).mappings())


def every_key(tx: Transaction) -> tuple[RingKey, ...]:
    """Return the life of every key that ever was, oldest first."""
    return tuple(_stored(row).life for row in tx.execute(_ALL).mappings())


def insert_key(tx: Transaction, key: StoredKey) -> None:
    """Add a key."""
    tx.execute(
        _INSERT,
        {
            "kid": key.life.kid,
            "algorithm": key.life.algorithm.value,
            "state": key.life.state.value,
            "sealed_private": key.sealed_private,
            "public_jwk": dict(key.public_jwk),
            "created_at": key.life.created_at,
            "activated_at": key.life.activated_at,
            "retired_at": key.life.retired_at,
        },
    )


def activate(tx: Transaction, kid: str, at: datetime) -> None:
    """Make a next key sign."""
    tx.execute(_ACTIVATE, {"this_kid": kid, "at": at})


def retire_active(tx: Transaction, algorithm: Algorithm, at: datetime) -> None:
    """Let the active key of an algorithm sign no more, and forget its private half."""
    tx.execute(_RETIRE_ACTIVE, {"of_algorithm": algorithm.value, "at": at})


def remove(tx: Transaction, kid: str) -> None:
    """Publish a key no more."""
    tx.execute(_REMOVE, {"this_kid": kid})


def reseal(tx: Transaction, kid: str, *, was: bytes, fresh: bytes) -> None:
    """Replace the sealed private half, unless the key has changed meanwhile."""
    tx.execute(_RESEAL, {"this_kid": kid, "was": was, "fresh": fresh})


def _stored(row: RowMapping) -> StoredKey:
    life = RingKey(
        row["kid"],
        Algorithm(row["algorithm"]),
        KeyState(row["state"]),
        row["created_at"],
        row["activated_at"],
        row["retired_at"],
    )
    return StoredKey(life, row["public_jwk"], bytes(row["sealed_private"]))
