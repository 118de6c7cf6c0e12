"""The protocol's addresses over HTTP, through the whole application: directory, key ring and edge included."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import orjson
import pytest
from authlib.oidc.discovery import OpenIDProviderMetadata

from idp.app import create_app
from idp.eligibility.epochs import raise_epoch
from idp.eligibility.verdict import Eligible, Purpose
from idp.entropy import SystemEntropy
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.clients.rules import AuthMethod, ClientFacts, Profile
from idp.oauth.clients.service import Registered
from idp.oauth.grants.issue import CodeIssuer
from idp.oauth.grants.rules import SignIn, granted_claims
from idp.ports import Ports
from idp.services import Services, open_services
from idp.sessions.rules import Session
from idp.sessions.store import open_session
from idp.settings import Database, Keys, Settings
from idp.store import Transaction
from idp.store.keyfiles import create_key_files
from tests.databases import SqliteFiles
from tests.factories import Club, add_member, ban_person, give_credential, make_club
from tests.fakes import FixedClock
from tests.oauth.story import CALLBACK, CHALLENGE, VERIFIER, claims_of, registered

ISSUER = "http://127.0.0.1:8400"
SCOPE = "openid email profile membership offline_access"
EMAIL = "hugo@exemple.fr"


@pytest.fixture
def services(tmp_path: Path, sqlite_files: SqliteFiles, clock: FixedClock) -> Services:
    database_url = sqlite_files.new_url(tmp_path)  # what both databases must do is tried elsewhere
    create_key_files(tmp_path / "keys", SystemEntropy())
    settings = Settings(database=Database(url=database_url), keys=Keys(directory=tmp_path / "keys"))
    opened = open_services(settings, Ports(clock=clock))
    opened.key_ring.ensure_blocking()
    return opened


@pytest.fixture
async def program(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A program that calls the provider."""
    transport = httpx.ASGITransport(app=create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        yield client
    services.close()


@pytest.fixture
def shop(services: Services) -> Registered:
    facts = ClientFacts("shop", "Boutique", Profile.OPENID, AuthMethod.POST, redirect_uris=(CALLBACK,))
    return registered(services.clients, facts)


@pytest.fixture
async def code(services: Services, shop: Registered) -> str:
    """A code that Hugo, a member, has just been given for the shop."""

    def members(tx: Transaction) -> str:
        club = make_club(tx)
        add_member(tx, club, "P1", email=EMAIL)
        return give_credential(tx, club, EMAIL).id

    credential_id = services.store.write_blocking(members)
    verdict = await services.eligibility.check("75012", EMAIL, Purpose.LOGIN)
    assert isinstance(verdict, Eligible)
    at = services.ports.clock.now()
    sign_in = SignIn("s-1", verdict.association.id, "P1", credential_id, at, "75012", EMAIL)
    session = Session(
        "s-1", "b", credential_id, sign_in.association_id, "P1", at, at, at + timedelta(days=1), "75012", EMAIL, {}, 0
    )
    request = AuthorizationRequest(shop.client, CALLBACK, SCOPE, None, "n-1", CHALLENGE, "S256")
    issuer = CodeIssuer(services.mint, SystemEntropy(), services.settings.lifetimes)

    def unit(tx: Transaction) -> str:
        open_session(tx, session, timedelta(hours=12))
        claims = granted_claims(verdict, verdict.persons[0])
        return issuer.issue_code(tx, request, sign_in, claims=claims, as_of=verdict.as_of, at=at).reveal()

    return services.store.write_blocking(unit)


def form_for(shop: Registered, **fields: str) -> dict[str, str]:
    assert shop.secret is not None
    return {"client_id": shop.client.client_id, "client_secret": shop.secret.reveal(), **fields}


@pytest.fixture
async def exchanged(program: httpx.AsyncClient, shop: Registered, code: str) -> httpx.Response:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return await program.post("/token", data=form_for(shop, **fields))


async def test_the_tokens_verify_with_the_published_keys(program: httpx.AsyncClient, exchanged: httpx.Response) -> None:
    keys = jwt.PyJWKSet.from_dict((await program.get("/jwks")).json())
    header = jwt.get_unverified_header(exchanged.json()["id_token"])

    options: Any = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(exchanged.json()["id_token"], keys[header["kid"]], ["RS256"], audience="shop", options=options)

    assert header["alg"] == "RS256"
    assert (claims["iss"], claims["nonce"]) == (ISSUER, "n-1")


async def test_an_answer_with_tokens_is_json_and_never_kept(exchanged: httpx.Response) -> None:
    assert exchanged.status_code == 200
    assert exchanged.headers["content-type"] == "application/json"
    assert exchanged.headers["cache-control"] == "no-store"
    assert exchanged.headers["pragma"] == "no-cache"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_userinfo_tells_the_claims_of_the_scopes(
    program: httpx.AsyncClient, exchanged: httpx.Response, method: str
) -> None:
    bearer = {"Authorization": f"Bearer {exchanged.json()['access_token']}"}

    told = await program.request(method, "/userinfo", headers=bearer)

    assert told.status_code == 200
    assert told.headers["cache-control"] == "no-store"
    claims = told.json()
    assert claims["sub"] == claims_of(exchanged.json()["id_token"])["sub"]
    assert (claims["given_name"], claims["family_name"], claims["name"]) == ("Hugo", "Martin", "Hugo Martin")
    assert (claims["birthdate"], claims["email"], claims["email_verified"]) == ("1990-05-17", EMAIL, True)
    assert claims["membership"]["association"]["code"] == "75012"


async def test_userinfo_takes_the_token_in_a_form(program: httpx.AsyncClient, exchanged: httpx.Response) -> None:
    told = await program.post("/userinfo", data={"access_token": exchanged.json()["access_token"]})

    assert told.status_code == 200


async def test_userinfo_tells_nothing_beyond_the_tokens_scope(
    program: httpx.AsyncClient, shop: Registered, exchanged: httpx.Response
) -> None:
    fields = {"grant_type": "refresh_token", "refresh_token": exchanged.json()["refresh_token"], "scope": "openid"}
    narrow = await program.post("/token", data=form_for(shop, **fields))

    told = await program.get("/userinfo", headers={"Authorization": f"Bearer {narrow.json()['access_token']}"})

    assert set(told.json()) == {"sub"}


async def test_userinfo_refuses_a_token_in_the_query(program: httpx.AsyncClient, exchanged: httpx.Response) -> None:
    told = await program.get("/userinfo", params={"access_token": exchanged.json()["access_token"]})

    assert told.status_code == 400
    assert told.json() == {"error": "invalid_request"}


async def test_userinfo_refuses_two_tokens_at_once(program: httpx.AsyncClient, exchanged: httpx.Response) -> None:
    token = exchanged.json()["access_token"]

    told = await program.post("/userinfo", data={"access_token": token}, headers={"Authorization": f"Bearer {token}"})

    assert told.status_code == 400


@pytest.mark.parametrize("token", ["id_token", "refresh_token"])
async def test_userinfo_takes_access_tokens_only(
    program: httpx.AsyncClient, exchanged: httpx.Response, token: str
) -> None:
    told = await program.get("/userinfo", headers={"Authorization": f"Bearer {exchanged.json()[token]}"})

    assert told.status_code == 401
    assert 'error="invalid_token"' in told.headers["www-authenticate"]


async def test_userinfo_without_a_token_names_no_error(program: httpx.AsyncClient) -> None:
    told = await program.get("/userinfo")

    assert told.status_code == 401
    assert told.headers["www-authenticate"] == 'Bearer realm="userinfo"'


async def test_an_access_token_ends_after_five_minutes(
    program: httpx.AsyncClient, clock: FixedClock, exchanged: httpx.Response
) -> None:
    clock.advance(minutes=5)

    told = await program.get("/userinfo", headers={"Authorization": f"Bearer {exchanged.json()['access_token']}"})

    assert told.status_code == 401


async def test_a_banned_member_gets_nothing_more(
    program: httpx.AsyncClient, services: Services, shop: Registered, exchanged: httpx.Response
) -> None:
    services.store.write_blocking(ban_hugo)

    fields = {"grant_type": "refresh_token", "refresh_token": exchanged.json()["refresh_token"]}
    refused = await program.post("/token", data=form_for(shop, **fields))
    told = await program.get("/userinfo", headers={"Authorization": f"Bearer {exchanged.json()['access_token']}"})

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert told.status_code == 401


def ban_hugo(tx: Transaction) -> None:
    ban_person(tx, Club("a-75012", "75012", None, None), "P1")
    raise_epoch(tx, "a-75012", "P1")


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        pytest.param({}, 400, "invalid_request", id="no grant_type"),
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="password"),
        pytest.param({"grant_type": "implicit"}, 400, "unsupported_grant_type", id="implicit"),
        pytest.param(
            {"grant_type": 'x"é'}, 400, "unsupported_grant_type", id="characters that no description may hold"
        ),
        pytest.param({"grant_type": "authorization_code"}, 400, "invalid_request", id="no code"),
        pytest.param({"grant_type": "authorization_code", "code": "ac_x"}, 400, "invalid_grant", id="unknown code"),
        pytest.param({"grant_type": "authorization_code", "code": 'é"\\'}, 400, "invalid_grant", id="odd code"),
        pytest.param({"grant_type": "refresh_token"}, 400, "invalid_request", id="no refresh token"),
        pytest.param(
            {"grant_type": "refresh_token", "refresh_token": "rt_x"}, 400, "invalid_grant", id="unknown token"
        ),
        pytest.param({"grant_type": "refresh_token", "refresh_token": "ac_x"}, 400, "invalid_grant", id="a code"),
        pytest.param({"grant_type": "refresh_token", "client_secret": "no"}, 401, "invalid_client", id="wrong secret"),
        pytest.param(
            {"grant_type": "refresh_token", "client_id": "nobody"}, 401, "invalid_client", id="unknown client"
        ),
    ],
)
async def test_a_refusal_is_the_standards_code_and_nothing_of_what_was_sent(
    program: httpx.AsyncClient, shop: Registered, fields: dict[str, str], status: int, error: str
) -> None:
    refused = await program.post("/token", data=form_for(shop, **fields))

    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert refused.json().keys() <= {"error", "error_description"}
    assert refused.headers["cache-control"] == "no-store"
    assert not any(sent in refused.text for sent in ("password", "implicit", "ac_x", "rt_x", "nobody", "é"))


@pytest.mark.usefixtures("shop")
async def test_a_failed_basic_authentication_is_challenged(program: httpx.AsyncClient) -> None:
    basic = {"Authorization": f"Basic {base64.b64encode(b'shop:wrong').decode()}"}

    refused = await program.post("/token", data={"grant_type": "refresh_token"}, headers=basic)

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Basic realm="token"'


async def test_a_client_registered_for_post_may_not_use_basic(program: httpx.AsyncClient, shop: Registered) -> None:
    assert shop.secret is not None

    refused = await program.post("/token", data={"grant_type": "refresh_token"}, auth=("shop", shop.secret.reveal()))

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_a_repeated_parameter_is_refused_at_the_token_endpoint(program: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    refused = await program.post("/token", content=b"grant_type=a&grant_type=b", headers=headers)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


async def test_json_is_no_token_request(program: httpx.AsyncClient) -> None:
    refused = await program.post("/token", json={"grant_type": "refresh_token"})

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "XYZ"])
async def test_the_token_endpoint_takes_post_alone(program: httpx.AsyncClient, method: str) -> None:
    assert (await program.request(method, "/token")).status_code == 405


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"])
async def test_discovery_names_what_is_on(program: httpx.AsyncClient, path: str) -> None:
    answer = await program.get(path)

    told = answer.json()
    assert told["issuer"] == ISSUER
    assert told["response_types_supported"] == ["code"]
    assert told["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["id_token_signing_alg_values_supported"] == ["RS256", "ES256"]
    assert told["authorization_response_iss_parameter_supported"] is True
    assert (told["request_parameter_supported"], told["request_uri_parameter_supported"]) == (False, False)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_each_address_in_discovery_is_there(program: httpx.AsyncClient) -> None:
    told = (await program.get("/.well-known/openid-configuration")).json()
    addresses = [url for name, url in told.items() if name.endswith(("_endpoint", "_uri")) and isinstance(url, str)]

    statuses = [(await program.post(url.removeprefix(ISSUER))).status_code for url in addresses]

    assert len(addresses) == 4
    assert 404 not in statuses


@pytest.mark.parametrize("path", ["/jwks", "/.well-known/openid-configuration"])
async def test_a_document_that_has_not_changed_is_not_sent_again(program: httpx.AsyncClient, path: str) -> None:
    first = await program.get(path)

    again = await program.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304
    assert again.content == b""
    assert "max-age=" in again.headers["cache-control"]


async def test_the_keys_are_distinct_and_public(program: httpx.AsyncClient) -> None:
    keys = (await program.get("/jwks")).json()["keys"]

    assert len({key["kid"] for key in keys}) == len(keys) >= 2
    assert not any({"d", "p", "q", "k"} & key.keys() for key in keys)


async def test_discovery_holds_to_the_standards_own_rules(program: httpx.AsyncClient) -> None:
    told = (await program.get("/.well-known/openid-configuration")).json()
    on_https = orjson.loads(orjson.dumps(told).replace(ISSUER.encode(), b"https://idp.example"))

    OpenIDProviderMetadata(on_https).validate()
