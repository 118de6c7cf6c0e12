"""SEC-15: what is planted before a sign-in is worth nothing after it; a request ends in the browser it began in."""

import pytest
from httpx2 import Response

from tests.security.place import (
    BROWSER_COOKIE,
    CLUB,
    HUGO,
    PASSWORD,
    Place,
    Visitor,
    query_of,
)


def with_cookie_of(attacker: Visitor, victim: Visitor) -> str:
    """Plant the attacker's browser secret on the victim."""
    attacker.get("/")
    planted = str(attacker.client.cookies[BROWSER_COOKIE])
    victim.client.cookies.set(BROWSER_COOKIE, planted, domain="connexion.exemple.fr")
    return planted


def test_sec15_a_planted_browser_secret_is_renewed_at_sign_in_and_dead_for_the_attacker(place: Place) -> None:
    attacker, victim = place.visitor(), place.visitor()
    planted = with_cookie_of(attacker, victim)

    victim.sign_in(HUGO)

    assert victim.is_signed_in()
    assert victim.client.cookies[BROWSER_COOKIE] != planted
    assert not attacker.is_signed_in()
    assert "code=" not in attacker.begin(place.shop, prompt="none").headers["location"]


def test_sec15_a_request_planted_with_its_browser_secret_is_answered_to_the_victim_s_browser_alone(
    place: Place,
) -> None:
    attacker, victim = place.visitor(), place.visitor()
    with_cookie_of(attacker, victim)
    page = attacker.begin(place.shop).headers["location"]

    victim.submit(page, association=CLUB, identifier=HUGO, password=PASSWORD)
    afterwards = attacker.get(page)
    person = attacker.get(f"/person?request={query_of_address(page)}")

    assert "Boutique" not in afterwards.text
    assert person.headers["location"].startswith("/")
    assert not attacker.is_signed_in()


def query_of_address(address: str) -> str:
    return address.partition("request=")[2]


@pytest.mark.parametrize("way", ["sign in", "already signed in", "cancel"])
def test_sec15_a_request_begun_in_another_browser_is_not_finished(place: Place, way: str) -> None:
    page = place.visitor().begin(place.shop).headers["location"]
    victim = place.member() if way == "already signed in" else place.visitor()
    fields = {"association": CLUB, "identifier": HUGO, "password": PASSWORD}

    answer = victim.submit(page, **({"cancel": "1"} if way == "cancel" else fields))

    assert answer.status_code == 303
    assert not answer.headers["location"].startswith("https://boutique")
    assert "code=" not in answer.headers["location"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.connexion.exemple.fr"},
    ],
    ids=str,
)
def test_sec15_a_sign_in_from_another_site_is_refused_even_with_a_good_token(
    place: Place, headers: dict[str, str]
) -> None:
    victim = place.visitor()
    fields = {"csrf_token": victim.token(), "association": CLUB, "identifier": HUGO, "password": PASSWORD}

    answer = victim.post("/", fields, **headers)

    assert answer.status_code == 403
    assert not victim.is_signed_in()


def test_sec15_a_sign_in_with_the_attacker_s_own_token_is_refused(place: Place) -> None:
    attacker, victim = place.visitor(), place.visitor()
    victim.get("/")
    fields = {"csrf_token": attacker.token(), "association": CLUB, "identifier": HUGO, "password": PASSWORD}

    answer = victim.post("/", fields)

    assert answer.status_code == 403
    assert not victim.is_signed_in()


def test_sec15_the_secret_is_renewed_at_each_sign_in_and_at_sign_out_and_old_ones_are_dead(place: Place) -> None:
    hugo = place.visitor()

    first = secret_after(hugo, hugo.sign_in(HUGO))
    second = secret_after(hugo, hugo.sign_in(HUGO))
    last = secret_after(hugo, hugo.submit("/logout"))

    assert len({first, second, last}) == 3
    assert [opens_account(place, secret) for secret in (first, second, last)] == [False, False, False]


def secret_after(visitor: Visitor, answer: Response) -> str:
    """The browser's secret after an answer that gave it a new one."""
    assert BROWSER_COOKIE in answer.cookies
    return str(visitor.client.cookies[BROWSER_COOKIE])


def opens_account(place: Place, secret: str) -> bool:
    visitor = place.visitor()
    visitor.client.headers["cookie"] = f"{BROWSER_COOKIE}={secret}"
    return visitor.is_signed_in()


def test_sec15_no_session_is_taken_from_an_address(place: Place) -> None:
    hugo = place.member()
    secret = str(hugo.client.cookies[BROWSER_COOKIE])

    answer = place.visitor().client.get("/account", params={BROWSER_COOKIE: secret, "session": secret, "sid": secret})

    assert answer.status_code == 303


def test_sec15_two_values_of_the_cookie_count_as_none(place: Place) -> None:
    hugo = place.member()
    secret = str(hugo.client.cookies[BROWSER_COOKIE])
    doubled = place.visitor()
    doubled.client.headers["cookie"] = f"{BROWSER_COOKIE}={secret}; {BROWSER_COOKIE}=br_{'A' * 43}"

    assert not doubled.is_signed_in()
    assert query_of(hugo.begin(place.shop))["state"] == "s-1"
