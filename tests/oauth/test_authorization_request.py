"""SEC-16, SEC-18, SEC-19: what /authorize refuses, and where the refusal goes."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from idp.oauth.authorization_request import (
    AuthorizationChecks,
    AuthorizationRequest,
    PageError,
    PageReason,
    RedirectError,
)
from idp.oauth.clients.rules import AuthMethod, ClientFacts, Profile
from idp.oauth.clients.service import Clients
from idp.store import Store
from idp.store.secrets import PlainSecret
from tests.oauth.story import CALLBACK, CHALLENGE, ISSUER, registered

GOOD = {
    "client_id": "shop",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid",
    "state": "s 1+é",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
WITHOUT_PKCE = {"code_challenge": "", "code_challenge_method": ""}

Outcome = AuthorizationRequest | PageError | RedirectError


URIS = (CALLBACK, f"{CALLBACK}?keep=1")
SHOP = ClientFacts("shop", "Boutique", redirect_uris=URIS, resources=("https://api.example",))
LEGACY = ClientFacts("legacy", "Ancienne", profile=Profile.OPENID, redirect_uris=URIS)
PHONE = ClientFacts("phone", "Mobile", auth_method=AuthMethod.NONE, redirect_uris=URIS)
KIOSK = ClientFacts("kiosk", "Borne", Profile.OPENID, AuthMethod.NONE, redirect_uris=URIS)
BRIEF = ClientFacts("brief", "Brève", redirect_uris=URIS, grant_types=("authorization_code",))
ROBOT = ClientFacts("robot", "Robot", redirect_uris=URIS, grant_types=("client_credentials",))


class Desk:
    """Checks requests of the applications above."""

    def __init__(self) -> None:
        self._clients = {client.client_id: client for client in (SHOP, LEGACY, PHONE, KIOSK, BRIEF, ROBOT)}
        self._checks = AuthorizationChecks(ISSUER)

    def check(self, *more: tuple[str, str], **changes: str) -> Outcome:
        """The good request with changes (empty: left out), and more parameters at its end."""
        sent = [(name, value) for name, value in {**GOOD, **changes}.items() if value]
        return self._checks.check_for(self._clients.get, [*sent, *more])

    def refusal(self, *more: tuple[str, str], **changes: str) -> dict[str, str]:
        """The parameters of the redirect that refuses."""
        outcome = self.check(*more, **changes)
        assert isinstance(outcome, RedirectError), outcome
        assert outcome.url.startswith(f"{CALLBACK}?")
        return dict(parse_qsl(urlsplit(outcome.url).query))

    def accepted(self, *more: tuple[str, str], **changes: str) -> AuthorizationRequest:
        outcome = self.check(*more, **changes)
        assert isinstance(outcome, AuthorizationRequest), outcome
        return outcome


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"client_id": ""}, PageReason.MISSING_CLIENT),
        ({"client_id": "nobody"}, PageReason.UNKNOWN_CLIENT),
        ({"client_id": "shop\0"}, PageReason.UNKNOWN_CLIENT),
        ({"client_id": "\ud800"}, PageReason.UNKNOWN_CLIENT),
        ({"client_id": "' OR 1=1 --"}, PageReason.UNKNOWN_CLIENT),
        ({"client_id": "x" * 100_000}, PageReason.UNKNOWN_CLIENT),
        ({"redirect_uri": ""}, PageReason.MISSING_REDIRECT_URI),
        ({"redirect_uri": "https://evil.example/"}, PageReason.WRONG_REDIRECT_URI),
        ({"redirect_uri": f"{CALLBACK}/x"}, PageReason.WRONG_REDIRECT_URI),
        ({"redirect_uri": f"{CALLBACK}?keep=1&more=2"}, PageReason.WRONG_REDIRECT_URI),
        ({"redirect_uri": "//evil.example"}, PageReason.WRONG_REDIRECT_URI),
        ({"redirect_uri": "javascript:alert(1)"}, PageReason.WRONG_REDIRECT_URI),
        ({"redirect_uri": 'https://shop.example/"é'}, PageReason.WRONG_REDIRECT_URI),
    ],
)
def test_nothing_is_redirected_before_client_and_redirect_uri_are_right(
    desk: Desk, changes: dict[str, str], reason: PageReason
) -> None:
    outcome = desk.check(**changes, response_type="token", prompt="none login")

    assert isinstance(outcome, PageError)
    assert outcome.reason is reason


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_client_or_redirect_uri_gets_a_page(desk: Desk, name: str) -> None:
    outcome = desk.check((name, "https://evil.example/"))

    assert outcome == PageError(PageReason.REPEATED_PARAMETER)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": 'code"é'}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "nothing known"}, "invalid_scope"),
        ({"scope": 'openid "'}, "invalid_scope"),
        ({"scope": "openid\u00e9"}, "invalid_scope"),
        ({"prompt": "create"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "9" * 30}, "invalid_request"),
        ({"max_age": "١٢"}, "invalid_request"),
        ({"nonce": "n\0"}, "invalid_request"),
        ({"nonce": "n" * 2_049}, "invalid_request"),
        ({"association": "75012\x1b[31m"}, "invalid_request"),
        ({"login_hint": "\ud800"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://shop.example/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"resource": "https://other.example"}, "invalid_target"),
    ],
)
def test_other_faults_go_to_the_application_with_state_and_iss(desk: Desk, changes: dict[str, str], error: str) -> None:
    answer = desk.refusal(**changes)

    assert answer["error"] == error
    assert answer["state"] == GOOD["state"]
    assert answer["iss"] == ISSUER
    assert "code" not in answer


@pytest.mark.parametrize(
    "name",
    ["response_type", "scope", "nonce", "prompt", "max_age", "code_challenge", "code_challenge_method", "login_hint"],
)
def test_a_parameter_sent_twice_is_refused(desk: Desk, name: str) -> None:
    assert desk.refusal((name, "x"), (name, "x"))["error"] == "invalid_request"


def test_a_state_sent_twice_is_refused_and_not_sent_back(desk: Desk) -> None:
    answer = desk.refusal(("state", "other"))

    assert answer["error"] == "invalid_request"
    assert "state" not in answer


def test_two_resources_are_one_too_many(desk: Desk) -> None:
    answer = desk.refusal(("resource", "https://api.example"), ("resource", "https://api.example"))

    assert answer["error"] == "invalid_target"


def test_an_unknown_parameter_is_ignored_even_twice(desk: Desk) -> None:
    request = desk.accepted(("extra", "1"), ("extra", "2"))

    assert request.parameters is not None
    assert "extra" not in request.parameters


@pytest.mark.parametrize("client_id", ["shop", "phone", "kiosk"])
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(WITHOUT_PKCE, id="no challenge"),
        pytest.param({"code_challenge_method": ""}, id="no method"),
        pytest.param({"code_challenge_method": "plain"}, id="plain"),
        pytest.param({"code_challenge_method": "s256"}, id="small letter"),
        pytest.param({"code_challenge": ""}, id="method alone"),
        pytest.param({"code_challenge": "A" * 42}, id="42"),
        pytest.param({"code_challenge": "A" * 44}, id="44"),
        pytest.param({"code_challenge": "A" * 42 + "="}, id="padded"),
        pytest.param({"code_challenge": "A" * 42 + "."}, id="no base64url"),
    ],
)
def test_strict_and_public_clients_need_pkce_with_s256(desk: Desk, client_id: str, changes: dict[str, str]) -> None:
    assert desk.refusal(client_id=client_id, **changes)["error"] == "invalid_request"


def test_a_confidential_client_of_profile_openid_may_go_without_pkce(desk: Desk) -> None:
    assert desk.accepted(client_id="legacy", **WITHOUT_PKCE).code_challenge is None


def test_pkce_that_such_a_client_sends_all_the_same_is_held_to_s256(desk: Desk) -> None:
    assert desk.accepted(client_id="legacy").code_challenge == CHALLENGE
    assert desk.refusal(client_id="legacy", code_challenge_method="plain")["error"] == "invalid_request"


def test_unknown_scopes_are_left_out_and_known_ones_granted(desk: Desk) -> None:
    request = desk.accepted(scope="openid phone membership openid")

    assert request.scope == "openid membership"


def test_offline_access_is_worth_nothing_without_refresh_tokens(desk: Desk) -> None:
    request = desk.accepted(client_id="brief", scope="openid offline_access")

    assert request.scope == "openid"
    assert not request.is_offline


def test_a_client_without_the_code_grant_is_told_so(desk: Desk) -> None:
    assert desk.refusal(client_id="robot")["error"] == "unauthorized_client"


def test_every_parameter_is_read(desk: Desk) -> None:
    request = desk.accepted(
        prompt="login consent",
        max_age="0",
        login_hint="hugo@exemple.fr",
        association="Club inconnu",
        ui_locales="en fr",
        resource="https://api.example",
        nonce="n",
    )

    assert request.prompt == {"login", "consent"}
    assert request.max_age == 0
    assert request.association == "Club inconnu"
    assert request.ui_locales == ("en", "fr")
    assert request.resource == "https://api.example"
    assert (request.nonce, request.login_hint, request.response_mode) == ("n", "hugo@exemple.fr", "query")


def test_a_kept_request_reads_the_same_again(store: Store, clients: Clients) -> None:
    registered(clients, SHOP)
    checks = AuthorizationChecks(ISSUER)
    sent = {**GOOD, "prompt": "login", "max_age": "60", "association": "75012"}
    request = store.read_blocking(lambda tx: checks.check(tx, list(sent.items())))
    assert isinstance(request, AuthorizationRequest)

    again = store.read_blocking(lambda tx: checks.read_again(tx, request.parameters or {}))

    assert again == request


@pytest.mark.parametrize("client_id", ["' OR 1=1 --", "shop\0", "\ud800", "%", "é"])
def test_no_client_id_at_all_makes_the_database_fail(store: Store, client_id: str) -> None:
    sent = [*{**GOOD, "client_id": client_id}.items()]

    outcome = store.read_blocking(lambda tx: AuthorizationChecks(ISSUER).check(tx, sent))

    assert outcome == PageError(PageReason.UNKNOWN_CLIENT)


def test_the_answer_keeps_the_redirect_uris_own_query_and_sends_state_back_exactly(desk: Desk) -> None:
    request = desk.accepted(redirect_uri=f"{CALLBACK}?keep=1")

    url = AuthorizationChecks(ISSUER).success_url(request, PlainSecret("ac_x"))

    query = parse_qs(urlsplit(url).query)
    assert query == {"keep": ["1"], "code": ["ac_x"], "state": [GOOD["state"]], "iss": [ISSUER]}


def test_a_later_refusal_carries_error_state_and_iss(desk: Desk) -> None:
    url = AuthorizationChecks(ISSUER).error_url(desk.accepted(state=""), "access_denied")

    assert parse_qs(urlsplit(url).query) == {"error": ["access_denied"], "iss": [ISSUER]}


def test_a_state_of_odd_characters_breaks_no_header(desk: Desk) -> None:
    answer = desk.check(state="a\r\nSet-Cookie: x=1", response_type="token")

    assert isinstance(answer, RedirectError)
    assert "\r" not in answer.url
    assert "state" not in parse_qs(urlsplit(answer.url).query)
