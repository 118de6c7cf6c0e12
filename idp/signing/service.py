"""The key ring: what signs, what is published, what verifies, and its rotation (STD-21, SEC-24, SEC-25).

Key objects are held in memory, as read last; signing and verifying touch no database. Other processes rotate too, so
`watch` looks every few seconds whether the ring has changed. Whether a token's grant still lives is not known here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import orjson
from anyio import to_thread

from idp.clock import Clock
from idp.errors import Fault, SettingsError, Unavailable
from idp.signing.compact import PrivateKey, open_compact, parse_claims, sign_compact
from idp.signing.jwk import VerifyingKey, verifying_key
from idp.signing.keypairs import from_bytes
from idp.signing.rotation import PURPOSE, Known, Published, Rotated, Rotation, Waiting
from idp.signing.rules import Algorithm, KeyState, RingKey, claims_hold
from idp.signing.store import StoredKey, every_key, keys_in_use
from idp.store import Store
from idp.store.sealing import Sealer, Unsealable

WATCH_SECONDS = 3
"""How long another process's rotation may go unnoticed."""
REMEMBERED_SIGNATURES = 1_024


@dataclass(frozen=True)
class _Ring:
    """The ring as it was read. Replaced as a whole, so that a reader sees one or the other."""

    lives: tuple[RingKey, ...]
    private: Mapping[str, PrivateKey] = field(repr=False)
    verifying: Mapping[str, VerifyingKey]
    active: Mapping[Algorithm, str]
    jwks: bytes
    opened: dict[str, tuple[str, bytes]] = field(default_factory=dict, repr=False)
    """Tokens whose signature was checked, with type and payload; gone with the ring that checked them."""


class KeyRing:
    """The signing keys of one service."""

    def __init__(self, store: Store, sealer: Sealer, clock: Clock) -> None:
        """Nothing is read before it is needed. Keys are drawn by the library that knows them, not by `Entropy`."""
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._rotation = Rotation(store, sealer, clock)
        self._ring: _Ring | None = None

    # What tokens need: in memory, callable from any thread.

    def sign(self, claims: Mapping[str, Any], *, algorithm: str, typ: str) -> str:
        """Return the compact JWS of the claims, with `alg`, `kid` and `typ` in its header. ES256 takes some 40 µs.

        Raises `Fault` when no key of that algorithm is active.
        """
        ring = self._current()
        kid = ring.active.get(Algorithm(algorithm))
        if kid is None:
            raise Fault(f"no active signing key for {algorithm}")
        return sign_compact(claims, ring.private[kid], algorithm=algorithm, kid=kid, typ=typ)

    def verify(
        self,
        token: str,
        *,
        typ: str,
        audience: str | Collection[str] | None,
        issuer: str,
        expired_ok: bool = False,
    ) -> dict[str, Any] | None:
        """Return the claims of a token of ours that holds now; nothing for any other, whatever is wrong with it.

        `audience` is one, several of which one must be named, or `None` for anybody's. `expired_ok` is for
        `id_token_hint` alone. A signature once checked is remembered; type, issuer, audience and times are not.
        """
        ring = self._current()
        opened = ring.opened.get(token)
        if opened is None:
            opened = open_compact(token, ring.verifying)
            if opened is None:
                return None
            if len(ring.opened) >= REMEMBERED_SIGNATURES:
                ring.opened.clear()
            ring.opened[token] = opened
        if opened[0] != typ:
            return None
        claims = parse_claims(opened[1])
        at = self._clock.now()
        if claims is None or not claims_hold(claims, issuer=issuer, audience=audience, at=at, expired_ok=expired_ok):
            return None
        return claims

    def jwks(self) -> bytes:
        """Return the document of `/jwks`, prepared when the ring was read."""
        return self._current().jwks

    # Keeping up with the store.

    def ensure_blocking(self) -> None:
        """Make the keys that are missing, seal anew what an older KEK sealed, and read the ring: at `init` and start.

        Raises `SettingsError` when `keys/kek` doesn't open the keys of this database, `Unavailable`.
        """
        self._rotation.make_missing()
        try:
            self._rotation.reseal()
            self.refresh_blocking()
        except Unsealable:
            raise SettingsError(
                "keys.directory: kek doesn't open the signing keys of this database; put the right kek back"
            ) from None

    async def ensure(self) -> None:
        """As `ensure_blocking`, off the event loop."""
        await to_thread.run_sync(self.ensure_blocking)

    def refresh_blocking(self) -> None:
        """Read the ring anew, if it has changed.

        Raises `Unavailable`, `Unsealable`; the ring read before stays in use.
        """
        self._take(self._store.read_blocking(keys_in_use))

    async def refresh(self) -> None:
        """As `refresh_blocking`, off the event loop."""
        self._take(await self._store.read(keys_in_use))

    async def watch(self, every_seconds: float = WATCH_SECONDS) -> None:
        """Follow other processes' rotations, for as long as the service runs."""
        while True:
            await anyio.sleep(every_seconds)
            try:
                await self.refresh()
            except Unavailable:
                continue  # the database is away: whoever needs it says so, and the ring we have still signs

    # What an operator does.

    def every_key_blocking(self) -> tuple[RingKey, ...]:
        """Return every key that ever was, oldest first, for `idp keys list`."""
        return self._store.read_blocking(every_key)

    def rotate_blocking(self, *, emergency: bool = False) -> tuple[Rotated, ...]:
        """Take the next step of each algorithm (see `Rotation`), and read the ring.

        Another process follows within `WATCH_SECONDS`. Raises `Unavailable`.
        """
        steps = self._rotation.replace() if emergency else self._rotation.step()
        self.refresh_blocking()
        return steps

    def import_blocking(self, pem: bytes) -> Published | Waiting | Known | None:
        """Publish a key that the operator brings, as the next of its algorithm; nothing for a PEM that won't do.

        Raises `Unavailable`.
        """
        outcome = self._rotation.bring(pem)
        self.refresh_blocking()
        return outcome

    def _current(self) -> _Ring:
        ring = self._ring
        if ring is None:  # nobody called `ensure`: a command, or a test
            self.refresh_blocking()
            ring = self._ring
        if ring is None:
            raise Fault("the key ring was not read")
        return ring

    def _take(self, stored: tuple[StoredKey, ...]) -> None:
        """Replace the ring, unless it is the same still."""
        known, at = self._ring, self._clock.now()
        keys = [key for key in stored if key.life.is_published(at)]
        lives = tuple(key.life for key in keys)
        if known is not None and known.lives == lives:
            return
        private = {} if known is None else dict(known.private)
        for key in keys:
            if key.life.state is KeyState.ACTIVE and key.life.kid not in private:
                private[key.life.kid] = from_bytes(self._sealer.open(PURPOSE, key.sealed_private))
        active = {life.algorithm: life.kid for life in lives if life.state is KeyState.ACTIVE}
        self._ring = _Ring(
            lives,
            {kid: private[kid] for kid in active.values()},
            {key.life.kid: _verifying(key) for key in keys},
            active,
            orjson.dumps({"keys": [key.public_jwk for key in keys]}),
        )


def _verifying(key: StoredKey) -> VerifyingKey:
    verifying = verifying_key(key.public_jwk)
    if verifying is None:
        raise Fault(f"signing key {key.life.kid}: its public half is damaged")
    return verifying
