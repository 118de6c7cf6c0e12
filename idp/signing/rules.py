"""Decides what a signing key may do at its age, what rotation does next, and whether a token's claims hold.

Keeps STD-21 (a key is published before it signs, and for as long as its tokens live) and STD-15 (issuer, audience and
times). Knows no cryptography, no database and no clock: the caller passes the time.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

JWKS_MAX_AGE = timedelta(minutes=15)
"""How long an application may keep `/jwks`: the answer's `max-age`."""
PUBLISHED_FIRST = 2 * JWKS_MAX_AGE
"""How long a key is published before it signs: every cache has met it, with time to spare for slow clocks."""
RETIRED_KEPT = timedelta(days=30)
"""How long a key is published after its last signature. Access tokens live an hour at most; the rest is for ID tokens
that come back as `id_token_hint`, long after they expired."""
LEEWAY = timedelta(seconds=60)
"""How far a neighbour's clock may run ahead (`iat`, `nbf`). An expired token is expired: no leeway on `exp`."""

MOST_SECONDS = 1e12
"""Beyond it no date is meant; NaN is not below it either."""


class Algorithm(StrEnum):
    """What we sign with. A key has one algorithm for life."""

    ES256 = "ES256"
    RS256 = "RS256"


class TokenType(StrEnum):
    """The header's `typ`: a token of one type is refused wherever another is wanted (RFC 8725 §3.11)."""

    ACCESS_TOKEN = "at+jwt"  # noqa: S105 -- a media type, not a secret
    ID_TOKEN = "JWT"  # noqa: S105 -- as above
    LOGOUT_TOKEN = "logout+jwt"  # noqa: S105 -- as above
    SECURITY_EVENT = "secevent+jwt"


class KeyState(StrEnum):
    """A key's life. Emergencies leave steps out."""

    NEXT = "next"
    """Published, doesn't sign yet."""
    ACTIVE = "active"
    """Signs."""
    RETIRED = "retired"
    """Published, signs no more; the private half is wiped."""
    REMOVED = "removed"
    """Published no more: its tokens are refused."""


@dataclass(frozen=True)
class RingKey:
    """A key's life so far."""

    kid: str
    algorithm: Algorithm
    state: KeyState
    created_at: datetime
    activated_at: datetime | None = None
    retired_at: datetime | None = None

    def is_published(self, at: datetime) -> bool:
        """Tell whether `/jwks` holds the key, and its signatures count."""
        if self.state is KeyState.RETIRED:
            return self.retired_at is not None and at < self.retired_at + RETIRED_KEPT
        return self.state in {KeyState.NEXT, KeyState.ACTIVE}

    def may_sign_from(self) -> datetime:
        """Return the moment from which a published key may become active."""
        return self.created_at + PUBLISHED_FIRST


@dataclass(frozen=True)
class Publish:
    """There is no next key: make one and publish it."""


@dataclass(frozen=True)
class Wait:
    """The next key is too young: a cache somewhere may not know it."""

    kid: str
    until: datetime


@dataclass(frozen=True)
class Activate:
    """The next key signs from now on."""

    kid: str


def next_step(keys: Iterable[RingKey], algorithm: Algorithm, at: datetime) -> Publish | Wait | Activate:
    """Return what a planned rotation does now for one algorithm."""
    upcoming = [key for key in keys if key.algorithm is algorithm and key.state is KeyState.NEXT]
    if not upcoming:
        return Publish()
    oldest = min(upcoming, key=lambda key: key.created_at)
    if at < oldest.may_sign_from():
        return Wait(oldest.kid, oldest.may_sign_from())
    return Activate(oldest.kid)


def claims_hold(
    claims: Mapping[str, Any],
    *,
    issuer: str,
    audience: str | Collection[str] | None,
    at: datetime,
    expired_ok: bool = False,
) -> bool:
    """Tell whether a token is from this issuer, for this audience (one of these; `None`: anybody's), and current.

    `exp` and `iat` must be there and be numbers; `nbf` where present. `expired_ok` is for `id_token_hint` alone
    (OpenID Connect RP-Initiated Logout §2).
    """
    if claims.get("iss") != issuer or not _is_meant_for(claims.get("aud"), audience):
        return False
    now = at.timestamp()
    expires, issued, begins = _time(claims.get("exp")), _time(claims.get("iat")), _time(claims.get("nbf", 0))
    if expires is None or issued is None or begins is None:
        return False
    latest = now + LEEWAY.total_seconds()
    return (expired_ok or now < expires) and issued <= latest and begins <= latest


def _is_meant_for(claimed: object, wanted: str | Collection[str] | None) -> bool:
    """RFC 7519 §4.1.3: a text or a list of texts, compared exactly."""
    if wanted is None:
        return True
    named = [claimed] if isinstance(claimed, str) else claimed
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        return False
    return not set(named).isdisjoint([wanted] if isinstance(wanted, str) else wanted)


def _time(claimed: object) -> float | None:
    """RFC 7519 §2, NumericDate. `True` is no number, and JSON has neither infinity nor NaN, but parsers may."""
    if isinstance(claimed, int | float) and not isinstance(claimed, bool) and abs(claimed) < MOST_SECONDS:
        return float(claimed)
    return None
