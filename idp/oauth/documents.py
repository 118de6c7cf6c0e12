"""The documents that programs read to know us: discovery and keys. Bytes made when they change, with an ETag.

Metadata names what is on and nothing else (RFC 8414, OpenID Connect Discovery §3).
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from idp.oauth.authorization_rules import PROMPTS
from idp.oauth.clients.rules import DEFAULT_SCOPES, AuthMethod
from idp.oauth.server import GRANT_TYPES_ON

DISCOVERY_SECONDS = 3_600
JWKS_SECONDS = 300
"""How long an application may keep our keys: a new key is published for longer before it signs (SEC-25)."""

AUTH_METHODS_ON = (AuthMethod.BASIC.value, AuthMethod.POST.value, AuthMethod.NONE.value)
UI_LOCALES = ("fr", "en")
CLAIMS = (
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "sid",
    "name",
    "given_name",
    "family_name",
    "birthdate",
    "email",
    "email_verified",
    "membership",
)


def metadata(issuer: str) -> dict[str, Any]:
    """Return the provider's metadata."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": list(DEFAULT_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES_ON),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS_ON),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": list(PROMPTS),
        "claims_supported": list(CLAIMS),
        "claim_types_supported": ["normal"],
        "ui_locales_supported": list(UI_LOCALES),
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }


class PublishesKeys(Protocol):
    """The key ring, as far as anybody may see it."""

    def jwks(self) -> bytes:
        """Return the public keys, as bytes made when they change."""
        ...


@dataclass(frozen=True)
class Document:
    """Bytes, their ETag, and for how many seconds they may be kept."""

    body: bytes
    etag: str
    max_age_seconds: int


def document(body: bytes, max_age_seconds: int) -> Document:
    """Return the bytes with their ETag."""
    return Document(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', max_age_seconds)


class Documents:
    """Hands the documents out."""

    def __init__(self, keys: PublishesKeys, *, issuer: str) -> None:
        """`issuer` is `[server] public_url`."""
        self._keys = keys
        self.discovery = document(orjson.dumps(metadata(issuer)), DISCOVERY_SECONDS)
        self._jwks: Document | None = None

    @property
    def jwks(self) -> Document:
        """The keys as they are now."""
        body = self._keys.jwks()
        known = self._jwks
        if known is None or (body is not known.body and body != known.body):
            known = self._jwks = document(body, JWKS_SECONDS)
        return known
