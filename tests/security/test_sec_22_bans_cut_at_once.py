"""SEC-22: who may no longer enter is out at the next request, on every worker, whatever is under way; no other is.

Introspection, the pushes of a membership service and back-channel logout are not built yet; they join these tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from idp.eligibility.members import Changed, Members
from tests.security.interleaving import held_before
from tests.security.place import (
    FAMILY,
    HUGO,
    NEXT_SEASON,
    NORA,
    Place,
    Visitor,
    Worker,
    counted,
    exchange,
    link_in,
    refresh,
    userinfo,
)

Cut = Callable[[Place, Worker], None]


def ban(place: Place, worker: Worker, person: str = "P1") -> None:
    members = Members(worker.services.store, place.clock)
    assert isinstance(members.ban(place.club.code, person), Changed)


def start_next_season(place: Place, worker: Worker) -> None:
    worker.services.seasons.start(place.club.code, NEXT_SEASON)


@dataclass
class Access:
    """What somebody has: a session, tokens, an unused code, a link."""

    browser: Visitor
    tokens: dict[str, Any]
    code: str
    link: str


def access_of(place: Place, address: str) -> Access:
    browser = place.member(address)
    tokens = exchange(browser, place.shop, browser.code(place.shop)).json()
    return Access(browser, tokens, browser.code(place.shop), place.visitor().link_for(address))


def what_works(place: Place, access: Access, worker: Worker) -> dict[str, bool]:
    """What of somebody's access still works on a worker. A refresh token is left for the last: it is spent."""
    reader = worker.visitor()
    reader.get(access.link)
    renewed = refresh(reader, place.shop, access.tokens["refresh_token"])
    access.tokens = renewed.json() if renewed.status_code == 200 else access.tokens
    return {
        "session": access.browser.at(worker).is_signed_in(),
        "single sign-on": "code=" in access.browser.at(worker).begin(place.shop, prompt="none").headers["location"],
        "userinfo": userinfo(reader, access.tokens["access_token"]).status_code == 200,
        "refresh": renewed.status_code == 200,
        "link": reader.get("/password/reset").status_code == 200,
    }


@pytest.mark.parametrize("cut", [ban, start_next_season], ids=["a ban", "a new season"])
def test_sec22_whoever_is_out_loses_all_on_both_workers_and_who_stays_notices_nothing(place: Place, cut: Cut) -> None:
    second = place.another_worker()
    hugo, nora = access_of(place, HUGO), access_of(place, NORA)

    cut(place, second)

    for worker in (place.worker, second):
        assert not any(what_works(place, hugo, worker).values())
        assert exchange(worker.visitor(), place.shop, hugo.code).json()["error"] == "invalid_grant"
        assert all(what_works(place, nora, worker).values())
    assert exchange(second.visitor(), place.shop, nora.code).status_code == 200


def sign_in(_place: Place, visitor: Visitor, _code: str, _token: str) -> list[str]:
    visitor.sign_in(HUGO)
    return []


def authorize(place: Place, visitor: Visitor, _code: str, _token: str) -> list[str]:
    answer = visitor.begin(place.shop)
    _, _, query = answer.headers["location"].partition("code=")
    answered = exchange(place.visitor(), place.shop, query.partition("&")[0] or "none")
    return [str(answered.json().get("refresh_token", ""))]


def trade_code(place: Place, visitor: Visitor, code: str, _token: str) -> list[str]:
    return [exchange(visitor, place.shop, code).json().get("refresh_token", "")]


def trade_refresh_token(place: Place, visitor: Visitor, _code: str, token: str) -> list[str]:
    return [refresh(visitor, place.shop, token).json().get("refresh_token", "")]


Step = Callable[[Place, Visitor, str, str], list[str]]
UNDER_WAY: list[tuple[Step, str]] = [
    (sign_in, "SELECT max(epoch.number)"),
    (sign_in, "INSERT INTO browser_session"),
    (authorize, "SELECT max(epoch.number)"),
    (authorize, "INSERT INTO token_grant"),
    (trade_code, "UPDATE authorization_code"),
    (trade_code, "INSERT INTO refresh_token"),
    (trade_refresh_token, "UPDATE refresh_token"),
    (trade_refresh_token, "INSERT INTO refresh_token"),
]


@pytest.mark.parametrize("_run", range(counted(1, 25)))
@pytest.mark.parametrize(
    ("step", "statement"), UNDER_WAY, ids=[f"{step.__name__} at {statement}" for step, statement in UNDER_WAY]
)
def test_sec22_nothing_outlives_a_ban_that_came_while_it_was_being_given(
    place: Place, step: Step, statement: str, _run: int
) -> None:
    second = place.another_worker()
    visitor = place.visitor() if step is sign_in else place.member()
    giving = place.member()
    token = exchange(giving, place.shop, giving.code(place.shop)).json()["refresh_token"]
    code = giving.code(place.shop)

    with held_before(statement, lambda: ban(place, second)):
        given = step(place, visitor, code, token)

    assert not visitor.is_signed_in()
    assert {refresh(place.visitor(), place.shop, one or "none").status_code for one in [token, *given]} == {400}


def test_sec22_a_choice_of_person_that_a_ban_overtakes_opens_nothing(place: Place) -> None:
    second = place.another_worker()
    family = place.member(FAMILY)
    choice = {"csrf_token": family.token("/person"), "person": f"{place.club.id}/P8"}

    with held_before("INSERT INTO browser_session", lambda: ban(place, second, "P8")):
        family.post("/person", choice)

    assert not family.is_signed_in()
    assert "P8" not in family.get("/person").text


def test_sec22_a_ban_cancels_the_links_of_the_mailbox(place: Place) -> None:
    place.visitor().ask_link(HUGO)

    ban(place, place.another_worker())

    (letter,) = place.worker.letters_to(HUGO)
    assert place.visitor().get(link_in(letter)).status_code == 410
