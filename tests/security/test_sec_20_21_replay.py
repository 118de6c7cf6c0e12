"""SEC-20 and SEC-21: a code or refresh token that comes twice ends all that it gave, and nothing else."""

import pytest

from idp.audit.tables import AuditEvent
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.service import Registered
from idp.store.tables import table_of
from tests.security.place import (
    CALLBACK,
    VERIFIER,
    Place,
    at_once,
    credentials_of,
    exchange,
    refresh,
    userinfo,
)

INVALID = (400, "invalid_grant")


@pytest.fixture
def other_shop(place: Place) -> Registered:
    added = place.worker.services.clients.add(ClientFacts("", "Autre", redirect_uris=(CALLBACK,)))
    assert isinstance(added, Registered)
    return added


def test_sec20_a_code_that_comes_again_ends_what_it_gave(place: Place) -> None:
    visitor = place.member()
    code = visitor.code(place.shop)
    first = exchange(visitor, place.shop, code).json()

    again = exchange(visitor, place.shop, code)
    refreshed = refresh(visitor, place.shop, first["refresh_token"])

    assert (again.status_code, again.json()["error"]) == INVALID
    assert userinfo(visitor, first["access_token"]).status_code == 401
    assert (refreshed.status_code, refreshed.json()["error"]) == INVALID


def test_sec20_a_code_is_its_clients_its_addresss_and_a_minutes(place: Place, other_shop: Registered) -> None:
    visitor = place.member()
    form = {"grant_type": "authorization_code", "code": visitor.code(place.shop), "code_verifier": VERIFIER}
    elsewhere = form | {"redirect_uri": "https://boutique.exemple.fr/autre"}
    late = visitor.code(place.shop)

    of_another = exchange(visitor, other_shop, visitor.code(place.shop))
    misdirected = visitor.post("/token", elsewhere, Authorization=credentials_of(place.shop))
    place.clock.advance(seconds=60)
    too_late = exchange(visitor, place.shop, late)

    answers = (of_another, misdirected, too_late)
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [INVALID] * 3


def test_sec21_a_used_refresh_token_ends_its_family_and_no_other(place: Place) -> None:
    visitor = place.member()
    family = exchange(visitor, place.shop, visitor.code(place.shop)).json()
    other = exchange(visitor, place.shop, visitor.code(place.shop)).json()
    second = refresh(visitor, place.shop, family["refresh_token"]).json()
    third = refresh(visitor, place.shop, second["refresh_token"]).json()

    reused = refresh(visitor, place.shop, family["refresh_token"])
    last = refresh(visitor, place.shop, third["refresh_token"])

    assert [(answer.status_code, answer.json()["error"]) for answer in (reused, last)] == [INVALID] * 2
    assert userinfo(visitor, third["access_token"]).status_code == 401
    assert userinfo(visitor, other["access_token"]).status_code == 200
    assert refresh(visitor, place.shop, other["refresh_token"]).status_code == 200
    assert "refresh_token.reused" in place.column(table_of(AuditEvent), "name")


def test_sec21_a_refresh_token_is_its_clients_and_its_scopes_alone(place: Place, other_shop: Registered) -> None:
    visitor = place.member()
    told = exchange(visitor, place.shop, visitor.code(place.shop, scope="openid offline_access")).json()
    form = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"], "scope": "openid email"}

    of_another = refresh(visitor, other_shop, told["refresh_token"])
    wider = visitor.post("/token", form, Authorization=credentials_of(place.shop))
    own = refresh(visitor, place.shop, told["refresh_token"])

    assert (of_another.status_code, of_another.json()["error"]) == INVALID
    assert (wider.status_code, wider.json()["error"]) == (400, "invalid_scope")
    assert own.status_code == 200


def test_sec21_a_logout_ends_the_family(place: Place) -> None:
    visitor = place.member()
    told = exchange(visitor, place.shop, visitor.code(place.shop)).json()

    visitor.submit("/logout")

    refused = refresh(visitor, place.shop, told["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == INVALID
    assert userinfo(visitor, told["access_token"]).status_code == 401


def test_sec21_of_many_refreshes_at_once_one_is_answered(place: Place) -> None:
    visitor = place.member()
    told = exchange(visitor, place.shop, visitor.code(place.shop)).json()
    visitors = [place.visitor() for _ in range(20)]

    answers = at_once(
        [
            lambda one=one: refresh(one, place.shop, told["refresh_token"])  # type: ignore[misc]  # the default binds this turn
            for one in visitors
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 19
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    assert refresh(visitor, place.shop, winner["refresh_token"]).status_code == 400
