"""One function verifies: a table of forgeries, each refused with the same nothing (SEC-24)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.signing.compact import sign_compact, verify_compact
from idp.signing.jwk import VerifyingKey, public_jwk, thumbprint, verifying_key
from idp.signing.keypairs import make_pair
from idp.signing.rules import Algorithm, TokenType

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ISSUER = "https://id.exemple.fr"
CLAIMS = {"iss": ISSUER, "aud": "https://api.exemple.fr", "sub": "u_1", "iat": SECONDS, "exp": SECONDS + 300}


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def encode_json(value: object) -> str:
    return encode(json.dumps(value).encode())


@dataclass(frozen=True)
class Issuer:
    """Two keys, and every way to put a token together."""

    elliptic: ec.EllipticCurvePrivateKey
    rsa: rsa.RSAPrivateKey
    keys: Mapping[str, VerifyingKey]

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "ES256", "kid": "ec", "typ": "at+jwt"}

    def token(self, claims: Mapping[str, Any] = CLAIMS, *, typ: str = TokenType.ACCESS_TOKEN) -> str:
        return sign_compact(claims, self.elliptic, algorithm="ES256", kid="ec", typ=typ)

    def signed(self, header: str, claims: str) -> str:
        """Whatever stands in the header, the signature is good."""
        r, s = decode_dss_signature(self.elliptic.sign(f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA256())))
        return f"{header}.{claims}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def signed_with_header(self, **changes: Any) -> str:  # noqa: ANN401 -- anything may stand in a header
        members = {**self.header, **changes}
        return self.signed(encode_json({name: v for name, v in members.items() if v is not ...}), encode_json(CLAIMS))

    def signed_by_public_key(self, public: bytes) -> str:
        """The oldest trick: HMAC, with what everybody knows as its secret."""
        signed = f"{encode_json({**self.header, 'alg': 'HS256'})}.{encode_json(CLAIMS)}"
        return f"{signed}.{encode(hmac.digest(public, signed.encode(), hashlib.sha256))}"

    def signed_with_rsa(self, kid: str) -> str:
        signed = f"{encode_json({'alg': 'RS256', 'kid': kid, 'typ': 'at+jwt'})}.{encode_json(CLAIMS)}"
        return f"{signed}.{encode(self.rsa.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    elliptic, by_rsa = make_pair(Algorithm.ES256), make_pair(Algorithm.RS256)
    assert isinstance(elliptic, ec.EllipticCurvePrivateKey)
    assert isinstance(by_rsa, rsa.RSAPrivateKey)
    keys = {
        "ec": VerifyingKey("ec", "ES256", elliptic.public_key()),
        "rsa": VerifyingKey("rsa", "RS256", by_rsa.public_key()),
    }
    return Issuer(elliptic, by_rsa, keys)


def verify(issuer: Issuer, token: str, *, typ: str = TokenType.ACCESS_TOKEN) -> dict[str, Any] | None:
    return verify_compact(token, issuer.keys, typ=typ, issuer=ISSUER, audience="https://api.exemple.fr", at=NOW)


def test_a_token_of_ours_gives_its_claims(issuer: Issuer) -> None:
    assert verify(issuer, issuer.token()) == CLAIMS


def test_an_rsa_key_verifies_its_own_algorithm(issuer: Issuer) -> None:
    assert verify(issuer, issuer.signed_with_rsa("rsa")) == CLAIMS


def test_a_header_holds_three_members(issuer: Issuer) -> None:
    header = json.loads(base64.urlsafe_b64decode(issuer.token().split(".")[0] + "=="))

    assert header == issuer.header


def pem_of(issuer: Issuer) -> bytes:
    return issuer.elliptic.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def der_of(issuer: Issuer) -> bytes:
    return issuer.elliptic.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def jwk_of(issuer: Issuer) -> bytes:
    return json.dumps(public_jwk(issuer.elliptic.public_key(), "ES256")).encode()


def json_form(issuer: Issuer) -> str:
    header, claims, signature = issuer.token().split(".")
    return json.dumps({"payload": claims, "protected": header, "signature": signature})


def twice_in_header(issuer: Issuer) -> str:
    header = encode(b'{"alg":"none","alg":"ES256","kid":"ec","typ":"at+jwt"}')
    return issuer.signed(header, encode_json(CLAIMS))


def second_spelling(issuer: Issuer) -> str:
    """The last character of a signature of 64 bytes has four idle bits."""
    token = issuer.token()
    return token[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[token[-1]]


FORGERIES: dict[str, Callable[[Issuer], str]] = {
    "empty": lambda _: "",
    "no token": lambda _: "a.b",
    "five parts": lambda i: i.token() + ".a.b",
    "json form": json_form,
    "unsigned": lambda _: f"{encode_json({'alg': 'none', 'kid': 'ec', 'typ': 'at+jwt'})}.{encode_json(CLAIMS)}.",
    "none with a signature": lambda i: i.signed_with_header(alg="none"),
    "None in capitals": lambda i: i.signed_with_header(alg="NONE"),
    "empty signature": lambda i: i.token().rpartition(".")[0] + ".",
    "cut signature": lambda i: i.token()[:-4],
    "zero signature": lambda i: i.token().rpartition(".")[0] + "." + encode(bytes(64)),
    "second spelling": second_spelling,
    "line feed at the end": lambda i: i.token() + "\n",
    "padding": lambda i: i.token() + "==",
    "not ascii": lambda i: i.token() + "é",
    "half a surrogate pair": lambda i: i.token() + "\ud800",
    "public key as secret, pem": lambda i: i.signed_by_public_key(pem_of(i)),
    "public key as secret, der": lambda i: i.signed_by_public_key(der_of(i)),
    "public key as secret, jwk": lambda i: i.signed_by_public_key(jwk_of(i)),
    "algorithm of another family": lambda i: i.signed_with_rsa("ec"),
    "algorithm that the key has not": lambda i: i.signed_with_header(alg="ES384"),
    "unknown kid": lambda i: i.signed_with_header(kid="other"),
    "no kid": lambda i: i.signed_with_header(kid=...),
    "kid is a path": lambda i: i.signed_with_header(kid="../../keys/kek"),
    "kid is sql": lambda i: i.signed_with_header(kid="ec' OR '1'='1"),
    "kid is a list": lambda i: i.signed_with_header(kid=["ec"]),
    "kid is null": lambda i: i.signed_with_header(kid=None),
    "jku": lambda i: i.signed_with_header(jku="https://evil.example/jwks"),
    "x5u": lambda i: i.signed_with_header(x5u="https://evil.example/cert"),
    "jwk": lambda i: i.signed_with_header(jwk={"kty": "EC"}),
    "crit": lambda i: i.signed_with_header(crit=["exp"]),
    "b64": lambda i: i.signed_with_header(b64=False),
    "a member twice": twice_in_header,
    "no typ": lambda i: i.signed_with_header(typ=...),
    "wrong typ": lambda i: i.token(typ=TokenType.ID_TOKEN),
    "typ in capitals": lambda i: i.token(typ="AT+JWT"),
    "header is a list": lambda i: i.signed(encode_json([["alg", "ES256"], ["kid", "ec"], ["typ", "at+jwt"]]), "e30"),
    "header is no json": lambda i: i.signed(encode(b"{alg"), encode_json(CLAIMS)),
    "deep header": lambda i: i.signed(encode(b"[" * 700), encode_json(CLAIMS)),
    "payload is no object": lambda i: i.signed(encode_json(i.header), encode_json([CLAIMS])),
    "payload is no json": lambda i: i.signed(encode_json(i.header), encode(b"\xff\xfe")),
    "a mebibyte": lambda i: i.token({**CLAIMS, "sub": "x" * 2**20}),
    "foreign issuer": lambda i: i.token({**CLAIMS, "iss": "https://evil.example"}),
    "no issuer": lambda i: i.token({k: v for k, v in CLAIMS.items() if k != "iss"}),
    "foreign audience": lambda i: i.token({**CLAIMS, "aud": "https://other.example"}),
    "audience as part of a text": lambda i: i.token({**CLAIMS, "aud": "https://api.exemple.fr.evil.example"}),
    "no audience": lambda i: i.token({k: v for k, v in CLAIMS.items() if k != "aud"}),
    "audience is an object": lambda i: i.token({**CLAIMS, "aud": {"https://api.exemple.fr": 1}}),
    "audiences of lists": lambda i: i.token({**CLAIMS, "aud": [["https://api.exemple.fr"]]}),
    "expired this second": lambda i: i.token({**CLAIMS, "exp": SECONDS}),
    "no expiry": lambda i: i.token({k: v for k, v in CLAIMS.items() if k != "exp"}),
    "expiry is a text": lambda i: i.token({**CLAIMS, "exp": "9999999999"}),
    "expiry is true": lambda i: i.token({**CLAIMS, "exp": True}),
    "expiry beyond all dates": lambda i: i.token({**CLAIMS, "exp": 1e300}),
    "no iat": lambda i: i.token({k: v for k, v in CLAIMS.items() if k != "iat"}),
    "issued in the future": lambda i: i.token({**CLAIMS, "iat": SECONDS + 61}),
    "not before the future": lambda i: i.token({**CLAIMS, "nbf": SECONDS + 61}),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_refused_in_no_time(issuer: Issuer, forgery: str) -> None:
    token = FORGERIES[forgery](issuer)
    before = time.thread_time()

    claims = verify(issuer, token)

    assert claims is None
    assert time.thread_time() - before < 0.050


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["https://other.example", "https://api.exemple.fr"]},
        {"iat": SECONDS + 60},
        {"nbf": SECONDS + 60},
        {"exp": SECONDS + 1},
        {"exp": SECONDS + 0.5},
    ],
)
def test_a_neighbours_clock_may_run_a_minute_ahead(issuer: Issuer, changes: dict[str, Any]) -> None:
    assert verify(issuer, issuer.token({**CLAIMS, **changes})) is not None


def test_a_token_of_another_issuers_key_with_our_kid_is_refused(issuer: Issuer) -> None:
    stranger = make_pair(Algorithm.ES256)

    assert verify(issuer, sign_compact(CLAIMS, stranger, algorithm="ES256", kid="ec", typ="at+jwt")) is None


def test_a_kid_is_the_thumbprint_of_rfc_7638() -> None:
    """RFC 7638 §3.1, the standard's own example."""
    jwk = {
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjB"
        "ZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8"
        "KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
        "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
    }

    key = verifying_key(jwk)

    assert key is not None
    assert key.kid == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize(
    ("jwk", "algorithm"),
    [
        (public_jwk(ed25519.Ed25519PrivateKey.generate().public_key(), "EdDSA"), "EdDSA"),
        (public_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), "ES256"), "ES256"),
        (public_jwk(rsa.generate_private_key(65537, 2048).public_key(), "PS256"), "PS256"),
    ],
    ids=["EdDSA", "ES256", "PS256"],
)
def test_a_neighbours_key_verifies_with_its_own_algorithm(jwk: dict[str, Any], algorithm: str) -> None:
    key = verifying_key(jwk)

    assert key is not None
    assert (key.kid, key.algorithm) == (thumbprint(jwk), algorithm)


EC_KEY = public_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), "ES256")
SMALL_RSA = public_jwk(
    rsa.generate_private_key(65537, 1024).public_key(),  # noqa: S505 -- too small is what the test is about
    "RS256",
)
LARGER_CURVE = public_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), "ES256")


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": ["EC"]},
        {**EC_KEY, "alg": "HS256"},
        {**EC_KEY, "alg": "RS256"},
        {**EC_KEY, "use": "enc"},
        {**EC_KEY, "d": "AAAA"},
        {**EC_KEY, "x": "AAAA"},
        {**EC_KEY, "x": 5},
        {**EC_KEY, "kid": 5},
        {name: value for name, value in EC_KEY.items() if name != "y"},
        LARGER_CURVE,
        SMALL_RSA,
    ],
)
def test_a_key_that_we_dont_verify_with_is_no_key(jwk: dict[str, Any]) -> None:
    assert verifying_key(jwk) is None
