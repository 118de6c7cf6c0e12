"""SEC-24: tokens that we didn't sign, or signed for something else, are refused alike; ours carry what they must."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWK

from tests.security.place import PUBLIC_URL, Place, Visitor, exchange, userinfo

NOW_TYP = "at+jwt"
_PAIR = ("access_token", "id_token")


def b64(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def raw(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}.{signature}"


def hmac_with(secret: bytes) -> Callable[[dict[str, Any], dict[str, Any], str], str]:
    """Sign with a public key's text as if it were a secret (F-24); PyJWT refuses to, and rightly."""

    def forge(header: dict[str, Any], claims: dict[str, Any], _signature: str) -> str:
        unsigned = raw(header | {"alg": "HS256"}, claims).rstrip(".")
        return f"{unsigned}.{b64(hmac.new(secret, unsigned.encode(), hashlib.sha256).digest())}"

    return forge


FORGED: dict[str, Callable[[dict[str, Any], dict[str, Any], str], str]] = {
    "none": lambda h, c, _: raw(h | {"alg": "none"}, c),
    "None": lambda h, c, s: raw(h | {"alg": "None"}, c, s),
    "empty signature": lambda h, c, _: raw(h, c),
    "another algorithm": lambda h, c, s: raw(h | {"alg": "RS256"}, c, s),
    "no kid": lambda h, c, s: raw({k: v for k, v in h.items() if k != "kid"}, c, s),
    "unknown kid": lambda h, c, s: raw(h | {"kid": "x"}, c, s),
    "kid with a path": lambda h, c, s: raw(h | {"kid": "../../keys/kek"}, c, s),
    "kid with SQL": lambda h, c, s: raw(h | {"kid": "' OR 1=1 --"}, c, s),
    "kid that is no text": lambda h, c, s: raw(h | {"kid": 1}, c, s),
    "jku": lambda h, c, s: raw(h | {"jku": "https://evil.example/jwks"}, c, s),
    "x5u": lambda h, c, s: raw(h | {"x5u": "https://evil.example/x"}, c, s),
    "jwk": lambda h, c, s: raw(h | {"jwk": {"kty": "oct", "k": "eA"}}, c, s),
    "crit": lambda h, c, s: raw(h | {"crit": ["x"], "x": 1}, c, s),
    "changed claims": lambda h, c, s: raw(h, c | {"scope": "openid admin"}, s),
    "JSON form": lambda h, c, s: json.dumps({"payload": raw(h, c, s).split(".")[1], "signatures": []}),
    "1 MiB": lambda h, c, _: raw(h, c, "A" * 60_000),
    "five parts": lambda h, c, s: raw(h, c, s) + ".a.b",
    "no parts": lambda *_: "x",
}


@pytest.fixture
def member(small_place: Place) -> Visitor:
    return small_place.member()


@pytest.fixture
def told(small_place: Place, member: Visitor) -> dict[str, str]:
    answer: dict[str, str] = exchange(member, small_place.shop, member.code(small_place.shop)).json()
    return answer


def test_sec24_every_forged_token_is_refused_with_one_error(member: Visitor, told: dict[str, str]) -> None:
    token = told["access_token"]
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    signature = token.rpartition(".")[2]
    keys = [PyJWK(key) for key in member.get("/jwks").json()["keys"]]
    publics = [
        key.key.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        for key in keys
        for encoding in (Encoding.PEM, Encoding.DER)
    ]
    forged = FORGED | {f"HS256 {number}": hmac_with(public) for number, public in enumerate(publics)}
    own_key = ec.generate_private_key(ec.SECP256R1())

    answers = {case: userinfo(member, forge(header, claims, signature)) for case, forge in forged.items()}
    answers["another key"] = userinfo(member, jwt.encode(claims, own_key, "ES256", headers=header))

    assert {case: answer.status_code for case, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert {answer.headers["www-authenticate"] for answer in answers.values()} == {
        'Bearer realm="userinfo", error="invalid_token"'
    }
    assert userinfo(member, token).status_code == 200


def test_sec24_a_token_of_another_kind_issuer_or_time_is_refused(
    small_place: Place, member: Visitor, told: dict[str, str]
) -> None:
    sign = small_place.worker.services.key_ring.sign
    claims = jwt.decode(told["access_token"], options={"verify_signature": False})
    at = int(small_place.clock.now().timestamp())
    ours = {
        "id token": told["id_token"],
        "another typ": sign(claims, algorithm="ES256", typ="JWT"),
        "logout token": sign(claims, algorithm="ES256", typ="logout+jwt"),
        "another issuer": sign(claims | {"iss": "https://evil.example"}, algorithm="ES256", typ=NOW_TYP),
        "expired": sign(claims | {"exp": at}, algorithm="ES256", typ=NOW_TYP),
        "of tomorrow": sign(claims | {"iat": at + 86_400, "nbf": at + 86_400}, algorithm="ES256", typ=NOW_TYP),
    }

    statuses = {case: userinfo(member, token).status_code for case, token in ours.items()}

    assert statuses == dict.fromkeys(ours, 401)


def test_sec24_issued_tokens_carry_their_claims_and_no_name(told: dict[str, str]) -> None:
    access, identity = (jwt.decode(told[name], options={"verify_signature": False}) for name in _PAIR)

    assert {"iss", "sub", "aud", "exp", "iat", "jti", "client_id"} <= access.keys()
    assert jwt.get_unverified_header(told["access_token"]) == jwt.get_unverified_header(told["id_token"]) | {
        "typ": NOW_TYP
    }
    assert (access["aud"], access["iss"], access["exp"] - access["iat"]) == (PUBLIC_URL, PUBLIC_URL, 300)
    assert {"nonce", "auth_time", "sid"} <= identity.keys()
    assert identity["nonce"] == "n-1"
    assert not any(word in json.dumps(access) for word in ("@", "Hugo", "Martin"))
