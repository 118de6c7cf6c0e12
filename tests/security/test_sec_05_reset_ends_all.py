"""SEC-05: a reset ends all that the account had, at once, on every worker, whatever is under way meanwhile."""

from dataclasses import dataclass

import pytest

from idp.accounts.tables import Credential
from idp.store.tables import table_of
from tests.security.interleaving import held_before
from tests.security.place import (
    FAMILY,
    HUGO,
    NEW_PASSWORD,
    NORA,
    OTHER_PASSWORD,
    Place,
    Visitor,
    Worker,
    at_once,
    exchange,
    link_in,
    refresh,
    userinfo,
)


@dataclass
class Account:
    """Three browsers with a session, two families of refresh tokens, a code, another link."""

    browsers: list[Visitor]
    refresh_tokens: list[str]
    access_tokens: list[str]
    code: str
    other_link: str


@pytest.fixture
def second(place: Place) -> Worker:
    return place.another_worker()


@pytest.fixture
def account(place: Place) -> Account:
    browsers = [place.member() for _ in range(3)]
    given = [exchange(browser, place.shop, browser.code(place.shop)).json() for browser in browsers[:2]]
    return Account(
        browsers,
        [tokens["refresh_token"] for tokens in given],
        [tokens["access_token"] for tokens in given],
        browsers[2].code(place.shop),
        place.visitor().link_for(HUGO),
    )


def test_sec05_a_reset_ends_sessions_families_codes_and_links_on_both_workers(
    place: Place, second: Worker, account: Account
) -> None:
    nora = place.member(NORA)

    place.visitor().reset(HUGO)

    for worker in (second, place.worker):
        assert [browser.at(worker).is_signed_in() for browser in account.browsers] == [False] * 3
        assert {userinfo(worker.visitor(), token).status_code for token in account.access_tokens} == {401}
        answers = [refresh(worker.visitor(), place.shop, token) for token in account.refresh_tokens]
        answers.append(exchange(worker.visitor(), place.shop, account.code))
        assert [answer.json()["error"] for answer in answers] == ["invalid_grant"] * 3
        assert worker.visitor().get(account.other_link).status_code == 410
    assert nora.is_signed_in()


def test_sec05_a_reset_signs_nobody_in_tells_the_owner_and_changes_the_hash_once(place: Place) -> None:
    before = place.column(table_of(Credential), "password_hash", login_key=HUGO)
    visitor = place.visitor()

    visitor.reset(HUGO)

    assert not visitor.is_signed_in()
    assert len(place.worker.letters_to(HUGO, "password_changed")) == 1
    assert place.column(table_of(Credential), "password_hash", login_key=HUGO) != before
    assert place.visitor().sign_in(HUGO).status_code == 200
    assert place.visitor().sign_in(HUGO, NEW_PASSWORD).status_code == 303


def test_sec05_three_links_used_at_the_same_moment_set_one_password(place: Place, second: Worker) -> None:
    asking = place.visitor()
    for _ in range(3):
        asking.ask_link(HUGO)
    links = [link_in(letter) for letter in place.worker.letters_to(HUGO)]
    openers = [worker.visitor() for worker in (place.worker, second, place.worker)]
    for opener, link in zip(openers, links, strict=True):
        opener.get(link)
    tokens = [opener.token("/password/reset") for opener in openers]

    answers = at_once(
        [
            lambda opener=opener, token=token: opener.post(  # type: ignore[misc]  # the default binds this turn
                "/password/reset", {"csrf_token": token, "password": NEW_PASSWORD}
            )
            for opener, token in zip(openers, tokens, strict=True)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [303, 410, 410]
    assert len(place.worker.letters_to(HUGO, "password_changed")) == 1


def test_sec05_a_sign_in_with_the_old_password_that_a_reset_overtakes_opens_nothing(
    place: Place, second: Worker
) -> None:
    resetting = second.visitor()
    resetting.get(second.visitor().link_for(HUGO))
    signing_in = place.visitor()

    with held_before("INSERT INTO browser_session", lambda: resetting.set_password(OTHER_PASSWORD)):
        signing_in.sign_in(HUGO)

    assert not signing_in.is_signed_in()


AUTHORIZING = ["UPDATE browser_session", "INSERT INTO token_grant"]
"""Where a unit that issues a code is overtaken: before and after it has taken hold of its session."""


@pytest.mark.parametrize("statement", AUTHORIZING)
def test_sec05_a_code_that_a_reset_overtakes_is_worth_nothing(place: Place, second: Worker, statement: str) -> None:
    resetting = second.visitor()
    resetting.get(second.visitor().link_for(HUGO))
    hugo = place.member()

    with held_before(statement, lambda: resetting.set_password(OTHER_PASSWORD)):
        answer = hugo.begin(place.shop)

    assert is_worth_nothing(place, answer.headers["location"])


def test_sec05_a_refresh_that_a_reset_overtakes_gives_nothing_that_lasts(place: Place, second: Worker) -> None:
    resetting = second.visitor()
    resetting.get(second.visitor().link_for(HUGO))
    hugo = place.member()
    tokens = exchange(hugo, place.shop, hugo.code(place.shop)).json()

    with held_before("INSERT INTO refresh_token", lambda: resetting.set_password(OTHER_PASSWORD)):
        renewed = refresh(place.visitor(), place.shop, tokens["refresh_token"]).json()

    assert "error" in refresh(place.visitor(), place.shop, renewed.get("refresh_token", "x")).json()


@pytest.mark.parametrize("statement", AUTHORIZING)
def test_sec05_a_code_that_a_sign_out_overtakes_is_worth_nothing(place: Place, second: Worker, statement: str) -> None:
    hugo = place.member()
    leaving = hugo.at(second)
    token = leaving.token("/logout")

    with held_before(statement, lambda: leaving.post("/logout", {"csrf_token": token})):
        answer = hugo.begin(place.shop)

    assert is_worth_nothing(place, answer.headers["location"])


def test_sec05_a_choice_of_person_that_a_reset_overtakes_opens_nothing(place: Place, second: Worker) -> None:
    resetting = second.visitor()
    resetting.get(second.visitor().link_for(FAMILY))
    family = place.member(FAMILY)
    token = family.token("/person")
    choice = {"csrf_token": token, "person": f"{place.club.id}/P8"}

    with held_before("INSERT INTO browser_session", lambda: resetting.set_password(OTHER_PASSWORD)):
        family.post("/person", choice)

    assert not family.is_signed_in()


def is_worth_nothing(place: Place, address: str) -> bool:
    """Whether an answer holds no code, or one that gives nothing."""
    _, _, query = address.partition("code=")
    code = query.partition("&")[0]
    return exchange(place.visitor(), place.shop, code or "none").status_code == 400
