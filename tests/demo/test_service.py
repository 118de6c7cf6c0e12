"""`examples/service` believes a real access token, and nothing that merely looks like one."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

from examples.service.app import Settings, create_app
from idp.demo.accounts import FIRST, PASSWORD
from tests.demo.running import Running
from tests.demo.visitor import PageReader

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The pair of RFC 7636, appendix B."""


class PublishesKeys(BaseHTTPRequestHandler):
    """An issuer, as far as a service knows it."""

    def do_GET(self) -> None:
        jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))
        body = json.dumps({"keys": [{**jwk, "kid": "k-1", "alg": "ES256", "use": "sig"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/jwk-set+json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), PublishesKeys) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def service(issuer: str) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(issuer=issuer))) as client:
        yield client


def claims(issuer: str, **changes: object) -> dict[str, Any]:
    """What an access token says (RFC 9068), with these changed, or left out where they are none."""
    now = int(time.time())
    said = {
        "iss": issuer,
        "aud": issuer,
        "sub": "sub_1",
        "client_id": "demo",
        "iat": now,
        "exp": now + 300,
        "jti": "t.1",
        "scope": "openid membership",
        "membership": {
            "association": {"name": "Escrime Lyon"},
            "season": {"label": "2026-2027"},
            "person": {"id": "E1", "kind": "member"},
            "roles": ["president"],
            "acting_for": [],
        },
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def signed(said: Mapping[str, Any], *, key: Any = KEY, algorithm: str = "ES256", **header: str) -> str:  # noqa: ANN401 -- a key of any kind
    return jwt.encode(dict(said), key, algorithm, headers={"typ": "at+jwt", "kid": "k-1", **header})


def ask(service: TestClient, token: str) -> httpx.Response | Any:  # noqa: ANN401 -- the test client's own class
    return service.get("/membership", headers={"Authorization": f"Bearer {token}"})


def test_a_caller_with_a_good_token_reads_club_and_roles(service: TestClient, issuer: str) -> None:
    answer = ask(service, signed(claims(issuer)))

    assert answer.status_code == 200
    assert answer.json()["club"] == "Escrime Lyon"
    assert answer.json()["roles"] == ["president"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": "http://127.0.0.1:1"}, id="for another service"),
        pytest.param({"iss": "http://127.0.0.1:1"}, id="of another issuer"),
        pytest.param({"exp": int(time.time()) - 60}, id="expired"),
        pytest.param({"exp": None}, id="endless"),
        pytest.param({"sub": None}, id="about nobody"),
        pytest.param({"client_id": None}, id="for no application"),
        pytest.param({"jti": None}, id="without an id"),
        pytest.param({"iat": int(time.time()) + 600}, id="from the future"),
    ],
)
def test_a_token_that_says_the_wrong_thing_is_refused(
    service: TestClient, issuer: str, changes: dict[str, object]
) -> None:
    answer = ask(service, signed(claims(issuer, **changes)))

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    "forging",
    [
        pytest.param({"typ": "JWT"}, id="an ID token"),
        pytest.param({"key": OTHER_KEY}, id="signed by somebody else"),
        pytest.param({"key": OTHER_KEY, "kid": "k-2"}, id="with a key that nobody published"),
        pytest.param({"key": "x" * 32, "algorithm": "HS256"}, id="with a secret"),
        pytest.param({"key": None, "algorithm": "none"}, id="not signed"),
    ],
)
def test_a_token_that_is_made_wrongly_is_refused(service: TestClient, issuer: str, forging: dict[str, Any]) -> None:
    answer = ask(service, signed(claims(issuer), **forging))

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("header", [None, "", "Basic Zm9vOmJhcg==", "Bearer"])
def test_without_a_token_one_is_asked_for_and_no_error_named(service: TestClient, header: str | None) -> None:
    answer = service.get("/membership", headers={"Authorization": header} if header is not None else {})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "a.b.c", "é.é.é", "." * 10])
def test_what_is_no_token_is_refused(service: TestClient, token: str) -> None:
    answer = service.get("/membership", headers={b"authorization": b"Bearer " + token.encode()})

    assert answer.status_code == 401


def test_a_token_without_the_scope_is_not_enough(service: TestClient, issuer: str) -> None:
    answer = ask(service, signed(claims(issuer, scope="openid", membership=None)))

    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


def test_without_the_providers_keys_nobody_is_believed(issuer: str) -> None:
    with TestClient(create_app(Settings(issuer="http://127.0.0.1:9"))) as service:
        answer = ask(service, signed(claims(issuer)))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


@pytest.mark.slow
def test_a_real_token_of_the_demonstration_is_believed(demonstration: Running) -> None:
    token = real_token(demonstration)

    with TestClient(create_app(Settings(issuer=demonstration.addresses.provider))) as service:
        answer = ask(service, token)

    assert answer.status_code == 200, answer.text
    assert answer.json()["club"] == "Escrime Lyon"
    assert answer.json()["roles"] == ["president", "maitre-d-armes"]
    assert "Camille" not in answer.text


def real_token(demonstration: Running) -> str:
    """Sign in and trade the code, as an application does."""
    client = json.loads(demonstration.folder.joinpath("client.json").read_text("utf-8"))
    callback = f"{demonstration.addresses.application}/callback"
    request = {
        "client_id": client["client_id"],
        "redirect_uri": callback,
        "response_type": "code",
        "scope": "openid membership",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "association": FIRST.association,
    }
    with httpx.Client(base_url=demonstration.addresses.provider, timeout=30) as browser:
        page = browser.get("/authorize", params=request, follow_redirects=True)
        fields = PageReader(page.text).forms[0].fields
        typed = {**fields, "identifier": FIRST.identifier, "password": PASSWORD}
        code = parse_qs(urlsplit(browser.post(page.url, data=typed).headers["location"]).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback,
            "code_verifier": VERIFIER,
        }
        answer = browser.post("/token", data=form, auth=(client["client_id"], client["client_secret"]))
    token: str = answer.json()["access_token"]
    return token
