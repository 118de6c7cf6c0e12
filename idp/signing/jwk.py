"""Public keys as JSON Web Keys (RFC 7517), and their thumbprints (RFC 7638), which are our `kid`s.

A key is bound to one algorithm here, for good: nothing that a token says can choose another (RFC 8725 §3.1).
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

PublicKey = EllipticCurvePublicKey | RSAPublicKey | Ed25519PublicKey

LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 4096
"""Verifying a larger one costs a stranger's choice of time."""
_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
_BY_KIND = {"EC": ("ES256",), "RSA": ("RS256", "PS256"), "OKP": ("EdDSA",)}


@dataclass(frozen=True)
class VerifyingKey:
    """A public key and the only algorithm that it verifies."""

    kid: str
    algorithm: str
    key: PublicKey = field(repr=False)


def public_jwk(key: PublicKey, algorithm: str) -> dict[str, Any]:
    """Return the key as `/jwks` shows it: required members, `kid`, `use` and `alg`."""
    if isinstance(key, RSAPublicKey):
        full = RSAAlgorithm.to_jwk(key, as_dict=True)
    elif isinstance(key, EllipticCurvePublicKey):
        full = ECAlgorithm.to_jwk(key, as_dict=True)
    else:
        full = OKPAlgorithm.to_jwk(key, as_dict=True)
    required = {name: full[name] for name in _REQUIRED[full["kty"]]}
    return {**required, "kid": thumbprint(required), "use": "sig", "alg": algorithm}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """Return the SHA-256 thumbprint of a public key (RFC 7638 §3): 43 URL-safe characters."""
    required = {name: jwk[name] for name in _REQUIRED[jwk["kty"]]}
    canonical = json.dumps(required, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def verifying_key(jwk: Mapping[str, Any]) -> VerifyingKey | None:
    """Read somebody's public key; nothing for one that we don't verify with.

    P-256 is ES256, Ed25519 is EdDSA, RSA (2,048 to 4,096 bits) is what its `alg` says, RS256 where it says nothing. A
    key for encryption, and one that carries a private half, is refused. Without `kid` the thumbprint stands in.
    """
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in _BY_KIND or "d" in jwk or jwk.get("use", "sig") != "sig":
        return None
    algorithm = jwk.get("alg", _BY_KIND[kind][0])
    kid = jwk.get("kid")
    if algorithm not in _BY_KIND[kind] or not isinstance(kid, str | None):
        return None
    try:
        key = _read(kind, {name: jwk[name] for name in _REQUIRED[kind]})
        return None if key is None else VerifyingKey(kid or thumbprint(jwk), algorithm, key)
    except (PyJWTError, KeyError, TypeError, ValueError):
        return None


def _read(kind: str, members: dict[str, Any]) -> PublicKey | None:
    if kind == "RSA":
        rsa = RSAAlgorithm.from_jwk(members)
        return rsa if isinstance(rsa, RSAPublicKey) and LEAST_RSA_BITS <= rsa.key_size <= MOST_RSA_BITS else None
    if kind == "EC":
        curve = ECAlgorithm.from_jwk(members)
        return curve if isinstance(curve, EllipticCurvePublicKey) and isinstance(curve.curve, SECP256R1) else None
    edwards = OKPAlgorithm.from_jwk(members)
    return edwards if isinstance(edwards, Ed25519PublicKey) else None
