"""SEC-31: whatever text comes in whatever parameter, the answer is no fault, and no statement holds a piece of it."""

from collections.abc import Iterable

import pytest
from httpx2 import Response

from tests.security.place import CALLBACK, CHALLENGE, CLUB, HUGO, Place, Visitor
from tests.security.records import statements_written_down
from tests.security.routes import HTTPS_FORM, address_of, without_verdict

MARKER = "zqx"
ODD = {
    "sql": f"%27+UNION+SELECT+{MARKER}+--",
    "nul": f"{MARKER}%00",
    "lone surrogate": f"{MARKER}%ED%A0%80",
    "invalid utf-8": f"{MARKER}%FF%FE",
    "overlong slash": f"{MARKER}%C0%AF",
    "beyond 64 bits": "18446744073709551616",
    "line end": f"{MARKER}%0D%0ASet-Cookie:+a=b",
    "right to left": f"{MARKER}%E2%80%AE%F0%9F%8C%BB",
    "long": MARKER + "a" * 4_000,
}
"""As they stand in a query or a form."""

JOURNEY = ("request", "association", "notice", "lang")
ASKED = (
    *("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt", "max_age", "login_hint"),
    *("ui_locales", "acr_values", "id_token_hint", "resource", "code_challenge", "code_challenge_method", "claims"),
    *("association", "request", "request_uri", "response_mode", "display"),
)
IN_QUERY: dict[str, tuple[str, ...]] = {
    "/": JOURNEY,
    "/Login/{association}": JOURNEY,
    "/person": JOURNEY,
    "/account": ("lang",),
    "/logout": ("lang",),
    "/accessibilite": ("lang",),
    "/mentions": ("lang",),
    "/password/forgot": JOURNEY,
    "/password/code": JOURNEY,
    "/password/reset": ("token", "lang"),
    "/browser/link": JOURNEY,
    "/browser/known": ("token", "lang"),
    "/authorize": ASKED,
    "/.well-known/openid-configuration": ("lang",),
    "/.well-known/oauth-authorization-server": ("lang",),
    "/jwks": ("lang",),
    "/userinfo": ("access_token",),
    "/favicon.ico": ("lang",),
    "/robots.txt": ("lang",),
}
TYPED = ("association", "identifier", "password", "cancel", "csrf_token")
IN_FORM: dict[str, tuple[str, ...]] = {
    "/": TYPED,
    "/Login/{association}": TYPED,
    "/person": ("person", "cancel", "csrf_token"),
    "/logout": ("csrf_token",),
    "/password/forgot": ("association", "identifier", "prefill", "csrf_token"),
    "/password/code": ("code", "csrf_token"),
    "/password/reset": ("password", "csrf_token"),
    "/browser/link": ("association", "identifier", "csrf_token"),
    "/browser/known": ("csrf_token",),
    "/authorize": ASKED,
    "/token": (
        *("grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id"),
        *("client_secret", "client_assertion", "resource"),
    ),
    "/userinfo": ("access_token",),
}
COOKIES = (
    "__Host-idp_browser",
    "__Host-idp_reset",
    "__Host-idp_carried",
    "__Host-idp_language",
    "__Host-idp_known_link",
)
RIGHT = {
    "association": CLUB,
    "identifier": HUGO,
    "client_id": "shop",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "grant_type": "authorization_code",
}
"""What stands beside an odd value, so that it is looked at."""


def test_sec31_every_route_says_which_texts_it_takes() -> None:
    assert without_verdict(IN_QUERY, "GET") == without_verdict(IN_FORM, "POST") == frozenset()


def is_no_fault(answer: Response) -> bool:
    return answer.status_code < 500


def encoded(fields: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in fields.items())


def beside(names: Iterable[str], place: Place) -> dict[str, str]:
    return {
        name: value for name, value in (RIGHT | {"client_id": place.shop.client.client_id}).items() if name in names
    }


def test_sec31_odd_text_in_a_query_is_never_a_fault(place: Place) -> None:
    visitor = place.member()

    with statements_written_down() as statements:
        answers = {
            (path, name, odd): visitor.get(f"{address_of(path)}?{encoded(beside(names, place) | {name: text})}")
            for path, names in IN_QUERY.items()
            for name in names
            for odd, text in ODD.items()
        }

    assert [which for which, answer in answers.items() if not is_no_fault(answer)] == []
    assert not any(MARKER in statement for statement in statements)


def test_sec31_odd_text_in_a_form_is_never_a_fault(place: Place) -> None:
    visitor = place.visitor()
    # A wrong token would be refused before the odd value is looked at.
    token = {"csrf_token": visitor.token()}

    with statements_written_down() as statements:
        answers = {
            (path, name, odd): send(visitor, address_of(path), encoded(beside(names, place) | token | {name: text}))
            for path, names in IN_FORM.items()
            for name in names
            for odd, text in ODD.items()
        }

    assert [which for which, answer in answers.items() if not is_no_fault(answer)] == []
    assert not any(MARKER in statement for statement in statements)


def send(visitor: Visitor, address: str, body: str) -> Response:
    return visitor.client.post(address, content=body, headers=HTTPS_FORM)


def test_sec31_an_odd_name_in_the_address_is_an_association_that_nobody_knows(place: Place) -> None:
    visitor = place.visitor()

    answers = [visitor.get(f"/Login/{text}").status_code for text in ODD.values()]

    assert set(answers) <= {200, 404}


@pytest.mark.parametrize("cookie", COOKIES)
def test_sec31_odd_cookies_are_as_none(place: Place, cookie: str) -> None:
    odd = [
        b"\x00",
        b"\xff\xfe",
        b"' OR 1=1 --",
        b"br_" + b"A" * 43,
        b"=" * 50,
        b"a" * 3_000,
        b"rl_\x00",
        b"{}",
        b"rf_\xc3",
    ]
    pages = ["/", "/account", "/person", "/password/reset", "/logout"]

    answers = [
        place.visitor().client.get(page, headers=[(b"cookie", cookie.encode() + b"=" + value)])
        for page in pages
        for value in odd
    ]

    assert [answer.status_code for answer in answers if not is_no_fault(answer)] == []


def test_sec31_odd_headers_are_never_a_fault(place: Place) -> None:
    names = ("authorization", "origin", "sec-fetch-site", "accept-language", "if-none-match", "content-type", "range")
    odd = (b"\x00", b"\xff", b"Basic \x00", b"Basic AAAA", b"Basic OgA6", b"Bearer \xff", b"'--", b"a" * 4_000)
    visitor = place.visitor()

    answers = [
        visitor.client.request(method, address, headers=[(name.encode(), value)])
        for method, address in (("GET", "/"), ("POST", "/"), ("POST", "/token"), ("GET", "/userinfo"), ("GET", "/jwks"))
        for name in names
        for value in odd
    ]

    assert [answer.status_code for answer in answers if not is_no_fault(answer)] == []


def test_sec31_odd_passwords_are_wrong_passwords(place: Place) -> None:
    visitor = place.visitor()
    right = {"csrf_token": visitor.token(), "association": CLUB, "identifier": HUGO}
    odd = ("nul", "sql", "long", "right to left")

    answers = [send(visitor, "/", encoded(right | {"password": ODD[name]})) for name in odd]

    assert [answer.status_code for answer in answers] == [200] * len(odd)
