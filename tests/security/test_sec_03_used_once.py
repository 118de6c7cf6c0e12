"""SEC-03: whatever can be used once is used once, by as many as try at the same moment, over two workers."""

from collections.abc import Callable

import pytest
from httpx2 import Response

from tests.security.place import (
    HUGO,
    NEW_PASSWORD,
    RESET_COOKIE,
    Place,
    Visitor,
    Worker,
    at_once,
    counted,
    exchange,
    refresh,
    userinfo,
)

TOGETHER = counted(10, 50)
ROUNDS = counted(1, 20)
Trade = Callable[[Visitor], Response]


def over(workers: list[Worker], act: Trade) -> list[Response]:
    """Let new browsers, spread over the workers, do the same at the same moment."""
    visitors = [workers[number % len(workers)].visitor() for number in range(TOGETHER)]
    return at_once([lambda visitor=visitor: act(visitor) for visitor in visitors])  # type: ignore[misc]  # the default binds this turn


@pytest.fixture
def workers(place: Place) -> list[Worker]:
    return [place.worker, place.another_worker()]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_sec03_a_code_is_exchanged_once_and_the_others_end_what_it_gave(
    place: Place, workers: list[Worker], _round: int
) -> None:
    hugo = place.member()
    code = hugo.code(place.shop)

    answers = over(workers, lambda visitor: exchange(visitor, place.shop, code))

    (tokens,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert {answer.json()["error"] for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    assert userinfo(hugo, tokens["access_token"]).status_code == 401
    assert refresh(hugo, place.shop, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert hugo.is_signed_in()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_sec03_a_refresh_token_is_used_once_and_the_others_end_the_family(
    place: Place, workers: list[Worker], _round: int
) -> None:
    hugo = place.member()
    token = exchange(hugo, place.shop, hugo.code(place.shop)).json()["refresh_token"]
    spared = exchange(hugo, place.shop, hugo.code(place.shop)).json()["refresh_token"]

    answers = over(workers, lambda visitor: refresh(visitor, place.shop, token))

    (tokens,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert {answer.json()["error"] for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    assert refresh(hugo, place.shop, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert userinfo(hugo, tokens["access_token"]).status_code == 401
    assert refresh(hugo, place.shop, spared).status_code == 200


def with_form(visitor: Visitor, cookie: str) -> tuple[Visitor, str]:
    """A browser in front of the form that a link or a code opened, and its CSRF token."""
    visitor.client.cookies.set(RESET_COOKIE, cookie, domain="connexion.exemple.fr")
    return visitor, visitor.token("/password/reset")


def set_at_once(workers: list[Worker], proof: str) -> list[Response]:
    forms = [with_form(workers[number % 2].visitor(), proof) for number in range(TOGETHER)]
    return at_once(
        [
            lambda visitor=visitor, token=token: visitor.post(  # type: ignore[misc]  # the default binds this turn
                "/password/reset", {"csrf_token": token, "password": NEW_PASSWORD}
            )
            for visitor, token in forms
        ]
    )


def test_sec03_a_link_sets_one_password(place: Place, workers: list[Worker]) -> None:
    link = place.visitor().link_for(HUGO)

    answers = set_at_once(workers, link.partition("token=")[2])

    assert sorted(answer.status_code for answer in answers) == [303] + [410] * (TOGETHER - 1)
    assert len(place.worker.letters_to(HUGO, "password_changed")) == 1


def test_sec03_the_form_that_a_code_opened_sets_one_password(place: Place, workers: list[Worker]) -> None:
    asking = place.visitor()
    asking.ask_link(HUGO)
    asking.submit("/password/code", code=code_of(place))

    answers = set_at_once(workers, str(asking.client.cookies[RESET_COOKIE]))

    assert sorted(answer.status_code for answer in answers) == [303] + [410] * (TOGETHER - 1)
    assert len(place.worker.letters_to(HUGO, "password_changed")) == 1


def test_sec03_a_code_typed_many_times_at_once_opens_one_form(place: Place, workers: list[Worker]) -> None:
    asking = place.visitor()
    asking.ask_link(HUGO)
    fields = {"csrf_token": asking.token("/password/code"), "code": code_of(place)}

    answers = at_once(
        [
            lambda worker=worker: asking.at(worker).post("/password/code", fields)  # type: ignore[misc]  # the default binds this turn
            for worker in workers * (TOGETHER // 2)
        ]
    )

    proofs = [answer.cookies[RESET_COOKIE] for answer in answers if answer.status_code == 303]
    opened = [with_form(place.visitor(), proof)[0].get("/password/reset").status_code for proof in proofs]
    assert opened.count(200) == 1


def test_sec03_codes_guessed_at_the_same_moment_are_five_at_most(place: Place, workers: list[Worker]) -> None:
    asking = place.visitor()
    asking.ask_link(HUGO)
    token = asking.token("/password/code")

    at_once(
        [
            lambda worker=worker: asking.at(worker).post("/password/code", {"csrf_token": token, "code": "22222222"})  # type: ignore[misc]  # the default binds this turn
            for worker in workers * 3
        ]
    )

    assert asking.submit("/password/code", code=code_of(place)).status_code == 200


def code_of(place: Place) -> str:
    return str(place.worker.letters_to(HUGO)[-1].context["code"])
