"""Makes, reads and writes key pairs: P-256 for ES256, RSA of 2,048 bits for RS256.

The library draws its own randomness for keys; the `Entropy` port is not asked.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)

from idp.errors import Fault
from idp.signing.compact import PrivateKey
from idp.signing.jwk import LEAST_RSA_BITS, MOST_RSA_BITS
from idp.signing.rules import Algorithm

RSA_BITS = 2048


def make_pair(algorithm: Algorithm) -> PrivateKey:
    """Return a fresh private key. RSA takes a tenth of a second or so: never inside a unit."""
    if algorithm is Algorithm.ES256:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def to_bytes(key: PrivateKey) -> bytes:
    """Return the private key as PKCS #8 DER, to be sealed."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def from_bytes(der: bytes) -> PrivateKey:
    """Read what `to_bytes` wrote. It was sealed, so RSA's arithmetic is not checked again (30 ms a key)."""
    key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise Fault("a sealed key is neither EC nor RSA")
    return key


def from_pem(pem: bytes) -> tuple[PrivateKey, Algorithm] | None:
    """Read a private key that somebody brings, and the algorithm that it is for.

    Nothing for one that is encrypted, broken, or neither P-256 nor RSA of 2,048 to 4,096 bits.
    """
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key, Algorithm.ES256
    if isinstance(key, rsa.RSAPrivateKey) and LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS:
        return key, Algorithm.RS256
    return None
