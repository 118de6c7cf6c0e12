"""SEC-16: nothing of a request leads a browser to an address that no application has registered."""

import re
from urllib.parse import urlencode

import pytest

from tests.security.place import CALLBACK, CLUB, HUGO, PASSWORD, Place, Visitor, parameters_of, query_of
from tests.security.routes import EVERY, address_of

EVIL = (
    "https://evil.example/",
    "//evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "https://boutique.exemple.fr@evil.example/callback",
    "data:text/html,x",
    "\t//evil.example",
)
LINK = re.compile(r'(?:href|action)="\s*(?:https?:|javascript:|data:|//|[\\/]\\)')
"""A link of a page that leads away."""
LEADING = ("next", "return_to", "returnTo", "redirect", "url", "continue", "RelayState", "post_logout_redirect_uri")
WRONG = {
    "no client": {"client_id": ""},
    "unknown client": {"client_id": "nobody"},
    "client in capitals": {"client_id": "C"},
    "no redirect_uri": {"redirect_uri": ""},
    "wrong response_type": {"response_type": "token"},
    "no response_type": {"response_type": ""},
    "wrong scope": {"scope": "admin"},
    "no scope": {"scope": ""},
    "wrong prompt": {"prompt": "none login"},
    "no challenge": {"code_challenge": ""},
    "a request object": {"request": "eyJ"},
    "a request_uri": {"request_uri": "https://evil.example/r"},
    "wrong max_age": {"max_age": "-1"},
}


def test_sec16_a_foreign_redirect_uri_is_a_page_whatever_else_is_wrong(small_place: Place) -> None:
    visitor = small_place.member()

    answers = [
        visitor.client.get("/authorize", params=parameters_of(small_place.shop) | changes | {"redirect_uri": evil})
        for evil in EVIL
        for changes in ({}, *WRONG.values())
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert not any("location" in answer.headers or LINK.search(answer.text) for answer in answers)


def test_sec16_before_client_and_address_are_known_there_is_no_redirect(small_place: Place) -> None:
    unsure = ("no client", "unknown client", "client in capitals", "no redirect_uri")

    answers = [small_place.visitor().begin(small_place.shop, **WRONG[case]) for case in unsure]

    assert [(answer.status_code, "location" in answer.headers) for answer in answers] == [(400, False)] * 4


def test_sec16_after_that_the_application_is_told_at_its_own_address(small_place: Place) -> None:
    visitor = small_place.member()

    answers = [visitor.begin(small_place.shop, **WRONG[case]) for case in list(WRONG)[4:]]

    assert all(answer.headers["location"].startswith(f"{CALLBACK}?error=") for answer in answers)
    assert [query_of(answer)["state"] for answer in answers] == ["s-1"] * len(answers)
    assert not any("code" in query_of(answer) for answer in answers)


def test_sec16_a_repeated_parameter_is_refused(small_place: Place) -> None:
    asked, visitor = parameters_of(small_place.shop), small_place.member()
    doubled = {name: urlencode([*asked.items(), (name, "login")]) for name in asked}

    answers = {name: visitor.client.get("/authorize", params=query) for name, query in doubled.items()}

    pages = {name for name, answer in answers.items() if answer.status_code == 400}
    assert pages == {"client_id", "redirect_uri"}
    told = [answer for name, answer in answers.items() if name not in pages]
    assert {query_of(answer)["error"] for answer in told} == {"invalid_request"}
    assert all(answer.headers["location"].startswith(CALLBACK) for answer in told)


@pytest.mark.parametrize("evil", EVIL)
def test_sec16_no_page_follows_an_address_in_its_query(small_place: Place, evil: str) -> None:
    visitor = small_place.member()
    query = dict.fromkeys((*LEADING, "request", "association", "notice", "token", "state"), evil)

    answers = [visitor.client.get(address_of(path), params=query) for method, path in EVERY if method == "GET"]
    answers.append(visitor.client.get("/Login/" + evil.replace("/", "%2F").replace("\t", "%09")))

    places = [answer.headers["location"] for answer in answers if "location" in answer.headers]
    assert [place for place in places if not leads_home(place)] == []
    assert not any(f'href="{evil}' in answer.text or f'action="{evil}' in answer.text for answer in answers)


def leads_home(place: str) -> bool:
    return place.startswith("/") and not place.startswith(("//", "/\\"))


@pytest.mark.parametrize("evil", EVIL[:5])
def test_sec16_no_form_follows_what_is_typed_in_it(small_place: Place, evil: str) -> None:
    visitor = small_place.visitor()
    token = {"csrf_token": visitor.token()}
    typed = dict.fromkeys(LEADING, evil)

    asked = visitor.post("/password/forgot", token | typed | {"association": evil.strip(), "identifier": HUGO})
    signed_in = visitor.post(f"/?next={evil}", token | typed | sign_in())

    places = [answer.headers["location"] for answer in (asked, signed_in) if answer.is_redirect]
    assert signed_in.headers["location"] == "/account"
    assert all(map(leads_home, places))


def sign_in() -> dict[str, str]:
    return {"association": CLUB, "identifier": HUGO, "password": PASSWORD}


def test_sec16_a_bound_request_answers_where_it_began_alone(small_place: Place) -> None:
    visitor: Visitor = small_place.visitor()
    page = visitor.begin(small_place.shop).headers["location"]

    answer = visitor.post(
        f"{page}&redirect_uri=https://evil.example/",
        sign_in() | {"csrf_token": visitor.token(page), "redirect_uri": "https://evil.example/"},
    )

    assert answer.headers["location"].startswith(f"{CALLBACK}?code=")
