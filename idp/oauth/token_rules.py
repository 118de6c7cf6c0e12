"""Decides what stands in the tokens: RFC 9068 for access tokens, OpenID Connect Core §2 for ID tokens.

Signs nothing: `Unsigned` tokens are signed once the unit that issues them is committed, so that no signature is ever
made for something that did not happen, and none is made while others wait for the database.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.oauth.clients.rules import ClientFacts
from idp.oauth.grants.rules import GrantFacts

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 -- the header's `typ` of RFC 9068 §2.1
ID_TOKEN_TYPE = "JWT"  # noqa: S105 -- a `typ`


@dataclass(frozen=True)
class Unsigned:
    """A token that is decided and not yet signed."""

    claims: Mapping[str, Any]
    algorithm: str
    typ: str


def access_token(
    grant: GrantFacts, client: ClientFacts, *, issuer: str, scope: str, token_id: str, at: datetime, life: timedelta
) -> Unsigned:
    """Return the access token: who, for whom, how much; no name, no address (STD-14).

    `token_id` makes its `jti`, which begins with the grant's id, so that /userinfo finds the grant.
    """
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": grant.sub,
        "aud": grant.resource or issuer,
        "exp": _seconds(at + life),
        "iat": _seconds(at),
        "jti": f"{grant.id}.{token_id}",
        "client_id": client.client_id,
        "scope": scope,
        "auth_time": _seconds(grant.auth_time),
        "sid": grant.sid,
    }
    if "membership" in scope.split():
        claims["membership"] = grant.claims["membership"]
    return Unsigned(claims, client.signing_algorithm, ACCESS_TOKEN_TYPE)


def id_token(
    grant: GrantFacts, client: ClientFacts, *, issuer: str, nonce: str | None, at: datetime, life: timedelta
) -> Unsigned:
    """Return the ID token: that somebody signed in, and when. Names and membership are at /userinfo."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": grant.sub,
        "aud": client.client_id,
        "exp": _seconds(at + life),
        "iat": _seconds(at),
        "auth_time": _seconds(grant.auth_time),
        "sid": grant.sid,
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return Unsigned(claims, client.signing_algorithm, ID_TOKEN_TYPE)


def half_hash(signed_access_token: str) -> str:
    """Return `at_hash`: the left half of SHA-256, which ES256 and RS256 both use (OpenID Connect Core §3.1.3.6)."""
    digest = hashlib.sha256(signed_access_token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def grant_id_of(claims: Mapping[str, Any]) -> str:
    """Return the id of the grant that an access token of ours came from."""
    return str(claims.get("jti", "")).partition(".")[0]


def userinfo_claims(grant: GrantFacts, scope: frozenset[str]) -> dict[str, Any]:
    """Return what /userinfo tells (OpenID Connect Core §5.4): what the membership domain doesn't give is absent."""
    told: dict[str, Any] = {"sub": grant.sub}
    if "profile" in scope:
        told.update(grant.claims.get("profile", {}))
    if "email" in scope and grant.claims.get("email"):
        told.update(email=grant.claims["email"], email_verified=True)
    if "membership" in scope:
        told["membership"] = grant.claims["membership"]
    return told


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
