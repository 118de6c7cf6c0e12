"""SEC-01: a secret presented where another kind is expected answers as random bytes do, and spends nothing.

The kinds are those of the registry, and the tokens beside it: a kind without a verdict fails the suite.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from httpx2 import Response

from idp.store.secrets import Kind
from tests.security.place import (
    BROWSER_COOKIE,
    HUGO,
    NEW_PASSWORD,
    PASSWORD,
    RESET_COOKIE,
    Place,
    Visitor,
    basic,
    exchange,
    masked,
    refresh,
    userinfo,
)

ACCESS_TOKEN, ID_TOKEN, CSRF_TOKEN, SESSION_ID, REQUEST_ID = (
    "access token",
    "ID token",
    "CSRF token",
    "session id",
    "request id",
)
BESIDES = {ACCESS_TOKEN, ID_TOKEN, CSRF_TOKEN, SESSION_ID, REQUEST_ID}
NO_DOOR = {ID_TOKEN, SESSION_ID, Kind.KNOWN_BROWSER, Kind.KNOWN_BROWSER_LINK}
"""No page takes them yet: a logout with its hint will take the first, the second is public, the last two are new."""

Door = Callable[[Place, Visitor, str], tuple[object, ...]]


def answer(response: Response) -> tuple[object, ...]:
    """What a visitor can tell of an answer."""
    return response.status_code, response.headers.get("location"), masked(response)


def as_cookie(place: Place, name: str, secret: str) -> Visitor:
    visitor = place.visitor()
    visitor.client.headers["cookie"] = f"{name}={secret}"
    return visitor


def browser(place: Place, _member: Visitor, secret: str) -> tuple[object, ...]:
    return answer(as_cookie(place, BROWSER_COOKIE, secret).get("/account"))


def reset_link(place: Place, _member: Visitor, secret: str) -> tuple[object, ...]:
    return answer(place.visitor().client.get("/password/reset", params={"token": secret}))


def reset_form(place: Place, _member: Visitor, secret: str) -> tuple[object, ...]:
    return answer(as_cookie(place, RESET_COOKIE, secret).get("/password/reset"))


def mail_code(_place: Place, member: Visitor, secret: str) -> tuple[object, ...]:
    """A code has five tries: each secret meets a fresh one. What is too long for the field is cut, as pages do."""
    member.ask_link(HUGO)
    sent = secret[:32]
    page = member.submit("/password/code", code=sent)
    return page.status_code, page.headers.get("location"), re.sub(r'value="[^"]*"', 'value="…"', masked(page))


def authorization_code(place: Place, _member: Visitor, secret: str) -> tuple[object, ...]:
    return answer(exchange(place.visitor(), place.shop, secret))


def refresh_token(place: Place, _member: Visitor, secret: str) -> tuple[object, ...]:
    return answer(refresh(place.visitor(), place.shop, secret))


def client_secret(place: Place, _member: Visitor, secret: str) -> tuple[object, ...]:
    form = {"grant_type": "refresh_token", "refresh_token": "none"}
    return answer(place.visitor().post("/token", form, Authorization=basic(place.shop.client.client_id, secret)))


def access_token(place: Place, _member: Visitor, secret: str) -> tuple[object, ...]:
    return answer(userinfo(place.visitor(), secret))


def csrf_token(_place: Place, member: Visitor, secret: str) -> tuple[object, ...]:
    return answer(member.post("/password/forgot", {"csrf_token": secret[:64], "prefill": "1"}))


def request_id(_place: Place, member: Visitor, secret: str) -> tuple[object, ...]:
    page = member.client.get("/", params={"request": secret})
    return page.status_code, "Boutique" in page.text


DOORS: Mapping[str, Door] = {
    Kind.BROWSER: browser,
    Kind.RESET_LINK: reset_link,
    Kind.RESET_FORM: reset_form,
    Kind.MAIL_CODE: mail_code,
    Kind.AUTHORIZATION_CODE: authorization_code,
    Kind.REFRESH_TOKEN: refresh_token,
    Kind.CLIENT_SECRET: client_secret,
    ACCESS_TOKEN: access_token,
    CSRF_TOKEN: csrf_token,
    REQUEST_ID: request_id,
}
WELCOME_ELSEWHERE = {(Kind.RESET_LINK, Kind.RESET_FORM)}
"""The form's cookie holds the link's own secret (design: « Secrets »)."""


def random_of(kind: str) -> str:
    """What looks like a secret of the kind and is none."""
    samples = {CSRF_TOKEN: "A" * 43, REQUEST_ID: "rq_" + "0" * 32, ACCESS_TOKEN: "e30.e30.AAAA"}
    return samples.get(kind, f"{kind}_{'A' * 43}")


def live_secrets(place: Place, member: Visitor) -> dict[str, str]:
    """One live secret of each kind, all of one member in one browser."""
    tokens: dict[str, Any] = exchange(member, place.shop, member.code(place.shop)).json()
    waiting = member.begin(place.shop, prompt="login").headers["location"]
    member.ask_link(HUGO)
    typed = place.worker.letters_to(HUGO)[-1].context["code"]
    member.submit("/password/code", code=str(typed))
    form = str(member.client.cookies[RESET_COOKIE])
    member.client.cookies.delete(RESET_COOKIE)
    place.clock.advance(seconds=1)
    link = member.link_for(HUGO)
    assert place.shop.secret is not None
    return {
        Kind.BROWSER: str(member.client.cookies[BROWSER_COOKIE]),
        Kind.RESET_LINK: link.partition("token=")[2],
        Kind.RESET_FORM: form,
        Kind.MAIL_CODE: str(place.worker.letters_to(HUGO)[-1].context["code"]),
        Kind.AUTHORIZATION_CODE: member.code(place.shop),
        Kind.REFRESH_TOKEN: tokens["refresh_token"],
        Kind.KNOWN_BROWSER: place.worker.services.mint.mint(Kind.KNOWN_BROWSER).reveal(),
        Kind.KNOWN_BROWSER_LINK: place.worker.services.mint.mint(Kind.KNOWN_BROWSER_LINK).reveal(),
        Kind.CLIENT_SECRET: place.shop.secret.reveal(),
        ACCESS_TOKEN: tokens["access_token"],
        ID_TOKEN: tokens["id_token"],
        CSRF_TOKEN: member.token("/account"),
        SESSION_ID: jwt.decode(tokens["id_token"], options={"verify_signature": False})["sid"],
        REQUEST_ID: parse_qs(urlsplit(waiting).query)["request"][0],
    }


def test_sec01_every_kind_has_a_door_and_a_verdict() -> None:
    assert set(DOORS) == {*Kind, *BESIDES} - NO_DOOR


def test_sec01_prefixes_and_hashes_of_kinds_never_meet(place: Place) -> None:
    mint = place.worker.services.mint
    hashes = {mint.hash(kind, "the same text") for kind in Kind}

    assert len(hashes) == len(Kind)
    assert len({kind.value for kind in Kind}) == len(Kind)


def test_sec01_a_secret_at_another_kind_s_door_is_as_good_as_random_bytes(place: Place) -> None:
    member = place.member()
    secrets = live_secrets(place, member)
    assert set(secrets) == {*Kind, *BESIDES}
    strangers = {
        (kind, door) for kind in secrets for door in DOORS if kind != door and (kind, door) not in WELCOME_ELSEWHERE
    }
    fresh = {door: enter(place, member, random_of(door)) for door, enter in DOORS.items()}

    # The code page asks for new links, of which three live at most: its turn comes last.
    rows = sorted(strangers, key=lambda cell: cell[1] == Kind.MAIL_CODE)
    different = [cell for cell in rows if DOORS[cell[1]](place, member, secrets[cell[0]]) != fresh[cell[1]]]

    assert different == [], [str(cell) for cell in different]
    assert_each_still_works(place, member, secrets)


def assert_each_still_works(place: Place, member: Visitor, secrets: Mapping[str, str]) -> None:
    """The diagonal, those aside that the code page's own new links have pushed out: they have a test below."""
    assert browser(place, member, secrets[Kind.BROWSER])[0] == 200
    assert exchange(member, place.shop, secrets[Kind.AUTHORIZATION_CODE]).status_code == 200
    assert refresh(member, place.shop, secrets[Kind.REFRESH_TOKEN]).status_code == 200
    assert userinfo(member, secrets[ACCESS_TOKEN]).status_code == 200
    assert csrf_token(place, member, secrets[CSRF_TOKEN])[0] == 200
    assert request_id(place, member, secrets[REQUEST_ID]) == (200, True)


def test_sec01_links_forms_and_codes_work_after_they_were_tried_at_every_other_door(place: Place) -> None:
    member = place.member()
    secrets = live_secrets(place, member)
    doors = {kind: enter for kind, enter in DOORS.items() if kind != Kind.MAIL_CODE}
    tried = {Kind.RESET_LINK, Kind.RESET_FORM, Kind.MAIL_CODE}

    for kind in tried:
        for door, enter in doors.items():
            if kind != door:
                enter(place, member, secrets[kind])

    assert reset_link(place, member, secrets[Kind.RESET_LINK])[0] == 303
    assert reset_form(place, member, secrets[Kind.RESET_FORM])[0] == 200
    assert member.submit("/password/code", code=secrets[Kind.MAIL_CODE]).status_code == 303
    assert member.set_password(NEW_PASSWORD).status_code == 303
    assert place.visitor().sign_in(HUGO, PASSWORD).status_code == 200
