"""SEC-18: PKCE with S256 can't be left out, weakened or doubled by clients that must use it."""

from urllib.parse import urlencode

import pytest
from httpx2 import Response

from idp.oauth.clients.rules import AuthMethod, ClientFacts, Profile
from idp.oauth.clients.service import Registered
from tests.security.place import CALLBACK, CHALLENGE, VERIFIER, Place, Visitor, credentials_of, parameters_of, query_of

PUBLIC = ClientFacts("", "Publique", auth_method=AuthMethod.NONE, redirect_uris=(CALLBACK,))
CONFIDENTIAL = ClientFacts("", "Confidentielle", redirect_uris=(CALLBACK,))
FAPI = ClientFacts(
    "",
    "FAPI",
    Profile.FAPI2,
    AuthMethod.PRIVATE_KEY_JWT,
    redirect_uris=(CALLBACK,),
    jwks_uri="https://boutique.exemple.fr/jwks",
)
OPEN = ClientFacts("", "Ouverte", Profile.OPENID, redirect_uris=(CALLBACK,))
PUBLIC_OPEN = ClientFacts(
    "", "Publique ouverte", Profile.OPENID, auth_method=AuthMethod.NONE, redirect_uris=(CALLBACK,)
)
MUST = [PUBLIC, CONFIDENTIAL, FAPI, PUBLIC_OPEN]
WEAK = {
    "no challenge": {"code_challenge": "", "code_challenge_method": ""},
    "no challenge, a method": {"code_challenge": ""},
    "no method": {"code_challenge_method": ""},
    "plain": {"code_challenge_method": "plain"},
    "plain, the verifier itself": {"code_challenge_method": "plain", "code_challenge": VERIFIER},
    "s256 in small letters": {"code_challenge_method": "s256"},
    "a challenge of 42": {"code_challenge": CHALLENGE[:42]},
    "a challenge of 44": {"code_challenge": CHALLENGE + "A"},
    "a challenge with padding": {"code_challenge": CHALLENGE[:42] + "="},
    "a challenge beyond ASCII": {"code_challenge": CHALLENGE[:42] + "é"},
}
WRONG_VERIFIERS = {
    "none": "",
    "another": "x" * 43,
    "the challenge": CHALLENGE,
    "42 characters": VERIFIER[:42],
    "129 characters": VERIFIER * 3,
    "one letter more": VERIFIER + "a",
    "another case": VERIFIER.swapcase(),
    "a space": VERIFIER + " ",
}


def added(place: Place, facts: ClientFacts) -> Registered:
    outcome = place.worker.services.clients.add(facts)
    assert isinstance(outcome, Registered), outcome
    return outcome


def trade(visitor: Visitor, shop: Registered, code: str, verifier: str) -> Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": verifier}
    sent = {name: value for name, value in form.items() if value}
    if shop.secret is None:
        return visitor.post("/token", sent | {"client_id": shop.client.client_id})
    return visitor.post("/token", sent, Authorization=credentials_of(shop))


@pytest.mark.parametrize("facts", MUST, ids=lambda facts: facts.name)
def test_sec18_a_weak_request_is_refused_before_anybody_signs_in(small_place: Place, facts: ClientFacts) -> None:
    shop, visitor = added(small_place, facts), small_place.member()

    told = {case: query_of(visitor.begin(shop, **changes)) for case, changes in WEAK.items()}

    assert {case: answer.get("error") for case, answer in told.items()} == dict.fromkeys(WEAK, "invalid_request")
    assert not any("code" in answer for answer in told.values())


@pytest.mark.parametrize("name", ["code_challenge", "code_challenge_method"])
def test_sec18_a_doubled_field_is_refused(small_place: Place, name: str) -> None:
    sent = parameters_of(small_place.shop)

    answer = small_place.member().client.get("/authorize", params=urlencode([*sent.items(), (name, sent[name])]))

    assert query_of(answer)["error"] == "invalid_request"


@pytest.mark.parametrize("facts", [PUBLIC, CONFIDENTIAL, OPEN], ids=lambda facts: facts.name)
@pytest.mark.parametrize("verifier", WRONG_VERIFIERS.values(), ids=WRONG_VERIFIERS.keys())
def test_sec18_a_challenge_needs_its_verifier(small_place: Place, facts: ClientFacts, verifier: str) -> None:
    shop, visitor = added(small_place, facts), small_place.member()

    refused = trade(visitor, shop, visitor.code(shop), verifier)

    assert refused.status_code == 400
    assert refused.json()["error"] in {"invalid_grant", "invalid_request"}
    assert "access_token" not in refused.json()


def test_sec18_a_verifier_without_a_challenge_is_refused(small_place: Place) -> None:
    shop, visitor = added(small_place, OPEN), small_place.member()
    code = visitor.code(shop, code_challenge="", code_challenge_method="")

    refused = trade(visitor, shop, code, VERIFIER)

    assert (refused.status_code, "access_token" in refused.json()) == (400, False)


def test_sec18_a_confidential_client_of_profile_openid_may_do_without(small_place: Place) -> None:
    shop, visitor = added(small_place, OPEN), small_place.member()
    code = visitor.code(shop, code_challenge="", code_challenge_method="")

    assert trade(visitor, shop, code, "").status_code == 200


@pytest.mark.parametrize("facts", [PUBLIC, CONFIDENTIAL], ids=lambda facts: facts.name)
def test_sec18_the_right_verifier_is_taken(small_place: Place, facts: ClientFacts) -> None:
    shop, visitor = added(small_place, facts), small_place.member()

    assert trade(visitor, shop, visitor.code(shop), VERIFIER).status_code == 200
