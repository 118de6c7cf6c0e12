"""The one function that verifies a JWT, ours or a neighbour's, and the one that signs (SEC-24, RFC 8725).

Compact form only; the header holds `alg`, `kid` and `typ` and nothing else; the algorithm is the key's, never the
token's; whatever is wrong, the answer is the same nothing.
"""

import base64
import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from idp.signing.jwk import VerifyingKey
from idp.signing.rules import claims_hold

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey

MOST_CHARACTERS = 16 * 1024
"""A longer token is refused unread."""
MOST_HEADER_CHARACTERS = 1_024
"""Three short members need a tenth of it; nesting too deep for a parser doesn't fit."""
_SHAPE = re.compile(rf"[\w-]{{1,{MOST_HEADER_CHARACTERS}}}\.[\w-]+\.[\w-]+", re.ASCII)
_MEMBERS = {"alg", "kid", "typ"}
_JWS = PyJWS(algorithms=["ES256", "RS256", "PS256", "EdDSA"])


def sign_compact(claims: Mapping[str, Any], key: PrivateKey, *, algorithm: str, kid: str, typ: str) -> str:
    """Return the compact JWS of the claims."""
    return _JWS.encode(orjson.dumps(claims), key, algorithm=algorithm, headers={"kid": kid, "typ": typ})


def verify_compact(
    token: str,
    keys: Mapping[str, VerifyingKey],
    *,
    typ: str,
    issuer: str,
    audience: str | Collection[str] | None,
    at: datetime,
) -> dict[str, Any] | None:
    """Return the claims of a token that one of the keys (by `kid`) signed and that holds now; else nothing."""
    opened = open_compact(token, keys)
    if opened is None or opened[0] != typ:
        return None
    claims = parse_claims(opened[1])
    return claims if claims is not None and claims_hold(claims, issuer=issuer, audience=audience, at=at) else None


def open_compact(token: str, keys: Mapping[str, VerifyingKey]) -> tuple[str, bytes] | None:
    """Check form and signature, and return `typ` and payload; nothing for any other token."""
    if len(token) > MOST_CHARACTERS or not _SHAPE.fullmatch(token):
        return None
    header = _read_header(token[: token.index(".")])
    if header is None:
        return None
    key = keys.get(header["kid"])
    if key is None or header["alg"] != key.algorithm or not _is_canonical(token[token.rindex(".") + 1 :]):
        return None
    try:
        payload: bytes = _JWS.decode_complete(token, key.key, algorithms=[key.algorithm])["payload"]
    except PyJWTError:
        return None
    return header["typ"], payload


def parse_claims(payload: bytes) -> dict[str, Any] | None:
    """Read a payload whose signature was checked; nothing when it isn't an object."""
    try:
        claims = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return claims if isinstance(claims, dict) else None


def _read_header(segment: str) -> dict[str, str] | None:
    """Read the header; nothing unless it holds our three members, once, as texts."""
    try:
        pairs = json.loads(_decode(segment), object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, list) or len(pairs) != len(_MEMBERS):
        return None
    if not all(isinstance(pair, tuple) and isinstance(pair[1], str) for pair in pairs):
        return None
    header: dict[str, str] = dict(pairs)
    return header if header.keys() == _MEMBERS else None


def _is_canonical(segment: str) -> bool:
    """Tell whether the signature is written in the one way it should be: no second spelling of a token passes."""
    try:
        return base64.urlsafe_b64encode(_decode(segment)).rstrip(b"=").decode() == segment
    except ValueError:
        return False


def _decode(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
