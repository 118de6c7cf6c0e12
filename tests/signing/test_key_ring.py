"""The ring on both databases: born once, followed by other processes, rotated without anybody's notice (SEC-25)."""

import json
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import anyio
import pytest
from anyio import to_thread
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select

from idp.audit.tables import AuditEvent
from idp.errors import Fault, SettingsError, Unavailable
from idp.signing.rotation import Activated, Known, Published, Waiting
from idp.signing.rules import PUBLISHED_FIRST, RETIRED_KEPT, Algorithm, KeyState, TokenType
from idp.signing.service import KeyRing
from idp.signing.tables import SigningKey
from idp.store import Store, Transaction
from idp.store.sealing import Sealer
from idp.store.tables import table_of
from tests.fakes import FixedClock, SeededEntropy

T = TypeVar("T")
ISSUER = "https://id.exemple.fr"
KEY = table_of(SigningKey)


@pytest.fixture
def ring(store: Store, sealer: Sealer, clock: FixedClock) -> KeyRing:
    ring = KeyRing(store, sealer, clock)
    ring.ensure_blocking()
    return ring


@pytest.fixture
def replica(store: Store, sealer: Sealer, clock: FixedClock) -> KeyRing:
    """Another process on the same database, that has read the ring too."""
    replica = KeyRing(store, sealer, clock)
    replica.ensure_blocking()
    return replica


def sign(ring: KeyRing, clock: FixedClock, algorithm: Algorithm = Algorithm.ES256) -> str:
    now = int(clock.now().timestamp())
    claims = {"iss": ISSUER, "aud": "app", "sub": "u_1", "iat": now, "exp": now + 300}
    return ring.sign(claims, algorithm=algorithm, typ=TokenType.ID_TOKEN)


def verify(ring: KeyRing, token: str, *, expired_ok: bool = False) -> dict[str, Any] | None:
    return ring.verify(token, typ=TokenType.ID_TOKEN, audience="app", issuer=ISSUER, expired_ok=expired_ok)


def published(ring: KeyRing) -> list[str]:
    return [key["kid"] for key in json.loads(ring.jwks())["keys"]]


def rotate_to_the_end(ring: KeyRing, clock: FixedClock) -> None:
    ring.rotate_blocking()
    clock.advance(seconds=PUBLISHED_FIRST.total_seconds())
    ring.rotate_blocking()


async def until_published(ring: KeyRing, count: int) -> None:
    while len(published(ring)) != count:  # noqa: ASYNC110 -- the ring tells nobody that it was read
        await anyio.sleep(0.01)


class AwayOnce:
    """A store that can't be reached for its first asynchronous read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_away = True
        self.dialect = store.dialect
        self.write = store.write
        self.write_blocking = store.write_blocking
        self.read_blocking = store.read_blocking
        self.close = store.close

    async def read(self, query: Callable[[Transaction], T]) -> T:
        if self._is_away:
            self._is_away = False
            raise Unavailable("database")
        return await self._store.read(query)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_what_one_process_signs_another_verifies(
    ring: KeyRing, replica: KeyRing, clock: FixedClock, algorithm: Algorithm
) -> None:
    assert verify(replica, sign(ring, clock, algorithm)) is not None


def test_the_published_document_holds_public_halves_only(ring: KeyRing) -> None:
    keys = json.loads(ring.jwks())["keys"]

    assert [(key["alg"], key["use"]) for key in keys] == [("ES256", "sig"), ("RS256", "sig")]
    assert {frozenset(key) for key in keys} == {
        frozenset({"kty", "crv", "x", "y", "kid", "use", "alg"}),
        frozenset({"kty", "n", "e", "kid", "use", "alg"}),
    }


def test_of_several_starters_one_makes_the_keys(store: Store, sealer: Sealer, clock: FixedClock) -> None:
    barrier = threading.Barrier(4)

    def start() -> None:
        barrier.wait()
        KeyRing(store, sealer, clock).ensure_blocking()

    starters = [threading.Thread(target=start) for _ in range(4)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()

    keys = KeyRing(store, sealer, clock).every_key_blocking()
    assert sorted(key.algorithm for key in keys) == [Algorithm.ES256, Algorithm.RS256]


@pytest.mark.usefixtures("ring")
def test_private_halves_are_sealed(store: Store, sealer: Sealer) -> None:
    sealed = store.read_blocking(lambda tx: tx.execute(select(KEY.c.sealed_private)).scalars().all())

    assert not any(b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01" in key for key in sealed), "the object identifier of EC keys"
    assert all(sealer.open("signing-key", key) for key in sealed)


def test_a_planned_rotation_is_noticed_by_nobody(ring: KeyRing, replica: KeyRing, clock: FixedClock) -> None:
    old = sign(ring, clock)

    first = ring.rotate_blocking()
    replica.refresh_blocking()
    still_old = sign(ring, clock)
    clock.advance(seconds=PUBLISHED_FIRST.total_seconds())
    second = ring.rotate_blocking()
    new = sign(ring, clock)

    assert [type(step) for step in first] == [Published, Published]
    assert [type(step) for step in second] == [Activated, Activated]
    assert verify(replica, still_old, expired_ok=True) is not None
    assert verify(replica, new) is not None, "the replica has not read the ring again since the key was published"
    assert verify(ring, old, expired_ok=True) is not None


async def test_a_replica_follows_by_itself(ring: KeyRing, replica: KeyRing) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(replica.watch, 0.01)
        await to_thread.run_sync(ring.rotate_blocking)
        with anyio.fail_after(5):
            await until_published(replica, 4)
        group.cancel_scope.cancel()

    assert replica.jwks() == ring.jwks()


async def test_a_replica_survives_a_database_that_is_away(store: Store, sealer: Sealer, clock: FixedClock) -> None:
    replica = KeyRing(AwayOnce(store), sealer, clock)
    await replica.ensure()
    KeyRing(store, sealer, clock).rotate_blocking()

    async with anyio.create_task_group() as group:
        group.start_soon(replica.watch, 0.01)
        with anyio.fail_after(5):
            await until_published(replica, 4)
        group.cancel_scope.cancel()


def test_a_second_rotation_that_comes_too_early_changes_nothing(ring: KeyRing, clock: FixedClock) -> None:
    ring.rotate_blocking()
    before = published(ring)
    clock.advance(seconds=PUBLISHED_FIRST.total_seconds() - 1)

    steps = ring.rotate_blocking()

    assert [type(step) for step in steps] == [Waiting, Waiting]
    assert published(ring) == before


def test_a_retired_key_signs_no_more_and_its_private_half_is_gone(
    ring: KeyRing, store: Store, clock: FixedClock
) -> None:
    rotate_to_the_end(ring, clock)

    retired = KEY.c.state == KeyState.RETIRED.value
    kept = store.read_blocking(lambda tx: tx.execute(select(KEY.c.sealed_private).where(retired)).scalars().all())
    assert kept == [b"", b""]


def test_a_retired_key_is_published_until_its_last_token_is_long_gone(
    ring: KeyRing, replica: KeyRing, clock: FixedClock
) -> None:
    old = sign(ring, clock)
    rotate_to_the_end(ring, clock)
    assert len(published(ring)) == 4

    clock.advance(seconds=RETIRED_KEPT.total_seconds())
    replica.refresh_blocking()

    assert len(published(replica)) == 2
    assert verify(replica, old, expired_ok=True) is None


def test_an_emergency_refuses_every_earlier_token_everywhere(
    ring: KeyRing, replica: KeyRing, clock: FixedClock
) -> None:
    ring.rotate_blocking()
    replica.refresh_blocking()
    stolen = sign(ring, clock)
    assert verify(replica, stolen) is not None
    before = published(ring)

    ring.rotate_blocking(emergency=True)
    replica.refresh_blocking()

    assert verify(ring, stolen) is None
    assert verify(replica, stolen) is None
    assert set(published(replica)).isdisjoint(before)
    assert verify(replica, sign(ring, clock)) is not None


def test_every_rotation_is_in_the_audit_log(ring: KeyRing, store: Store) -> None:
    ring.rotate_blocking()
    ring.rotate_blocking(emergency=True)

    event = table_of(AuditEvent)
    names = store.read_blocking(lambda tx: tx.execute(select(event.c.name)).scalars().all())
    assert sorted(names) == ["keys.activated", "keys.activated", "keys.published", "keys.published"]


def test_an_expired_token_is_refused_except_as_a_hint(ring: KeyRing, clock: FixedClock) -> None:
    token = sign(ring, clock)
    assert verify(ring, token) is not None

    clock.advance(seconds=300)

    assert verify(ring, token) is None, "although its signature was checked before"
    assert verify(ring, token, expired_ok=True) is not None


def test_claims_that_a_caller_changes_are_not_changed_for_the_next(ring: KeyRing, clock: FixedClock) -> None:
    token = sign(ring, clock)
    claims = verify(ring, token) or {}

    claims["sub"] = "u_2"

    assert (verify(ring, token) or {})["sub"] == "u_1"


def test_an_unknown_algorithm_signs_nothing(store: Store, sealer: Sealer, clock: FixedClock) -> None:
    with pytest.raises(Fault):
        sign(KeyRing(store, sealer, clock), clock)


@pytest.mark.usefixtures("ring")
def test_a_wrong_kek_stops_the_start_with_the_remedy(store: Store, clock: FixedClock) -> None:
    stranger = KeyRing(store, Sealer((b"x" * 32,), SeededEntropy()), clock)

    with pytest.raises(SettingsError, match="put the right kek back"):
        stranger.ensure_blocking()


def test_a_start_with_a_new_kek_seals_the_keys_anew(ring: KeyRing, store: Store, clock: FixedClock) -> None:
    token = sign(ring, clock)
    old, new = b"k" * 32, b"n" * 32

    KeyRing(store, Sealer((new, old), SeededEntropy(b"other")), clock).ensure_blocking()
    without_the_old = KeyRing(store, Sealer((new,), SeededEntropy()), clock)
    without_the_old.ensure_blocking()

    assert verify(without_the_old, token) is not None
    assert verify(ring, sign(without_the_old, clock)) is not None


def pem(curve: ec.EllipticCurve) -> bytes:
    key = ec.generate_private_key(curve)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_key_that_the_operator_brings_becomes_the_next_of_its_algorithm(ring: KeyRing, clock: FixedClock) -> None:
    brought = ring.import_blocking(pem(ec.SECP256R1()))

    assert isinstance(brought, Published)
    assert brought.kid in published(ring)
    clock.advance(seconds=PUBLISHED_FIRST.total_seconds())
    assert Activated(Algorithm.ES256, brought.kid) in ring.rotate_blocking()


def test_a_key_is_brought_once(ring: KeyRing) -> None:
    key = pem(ec.SECP256R1())
    ring.import_blocking(key)

    assert isinstance(ring.import_blocking(key), Known)
    assert isinstance(ring.import_blocking(pem(ec.SECP256R1())), Waiting)


@pytest.mark.parametrize("brought", [b"", b"-----BEGIN PRIVATE KEY-----", pem(ec.SECP384R1())])
def test_what_is_no_key_of_ours_is_not_brought(ring: KeyRing, brought: bytes) -> None:
    assert ring.import_blocking(brought) is None
