"""SEC-14: a source is who is really at the other end, and one that fails everywhere is slowed."""

import pytest

from idp.audit.tables import AuditEvent
from idp.settings import Throttle
from idp.store.tables import table_of
from tests.security.guessing import address_number, guess, guesses_tested
from tests.security.place import HUGO, PROXY, Place, counted

SPOOFED = {
    "spoofed by who is no proxy": ("192.0.2.7", "198.51.100.{}"),
    "a list, the last hop counts": (PROXY, "198.51.100.{}, 192.0.2.7"),
    "malformed": (PROXY, "198.51.100.{}, nonsense"),
    "nothing but our proxy": (PROXY, PROXY),
}


@pytest.mark.parametrize(("peer", "header"), SPOOFED.values(), ids=SPOOFED.keys())
def test_sec14_forwarded_headers_that_can_t_be_believed_hide_nobody(
    guarded_place: Place, peer: str, header: str
) -> None:
    visitor = guarded_place.worker.visitor(peer)
    token = visitor.token()
    fields = {"csrf_token": token, "association": "75012", "identifier": HUGO, "password": "faux"}

    statuses = [
        visitor.post("/", fields, **{"x-forwarded-for": header.format(number)}).status_code for number in range(8)
    ]

    assert statuses == [200] * 5 + [429] * 3


def test_sec14_the_proxy_s_visitors_are_told_apart(guarded_place: Place) -> None:
    visitor = guarded_place.worker.visitor(PROXY)
    token = visitor.token()
    fields = {"csrf_token": token, "association": "75012", "identifier": HUGO, "password": "faux"}

    statuses = [
        visitor.post("/", fields, **{"x-forwarded-for": address_number(number)}).status_code for number in range(8)
    ]

    assert statuses == [200] * 8


def test_sec14_one_password_over_many_accounts_is_slowed_after_ten(guarded_place: Place) -> None:
    visitor = guarded_place.worker.visitor("192.0.2.7")
    token = visitor.token()

    statuses = [
        visitor.post(
            "/",
            {"csrf_token": token, "association": "75012", "identifier": f"p{number}@exemple.fr", "password": "faux"},
        ).status_code
        for number in range(counted(20, 500))
    ]

    assert statuses == [200] * 10 + [429] * (len(statuses) - 10)
    assert guesses_tested(guarded_place) == 10


def test_sec14_an_association_under_attack_sounds_an_alarm_and_slows_strangers_alone(guarded_place: Place) -> None:
    guarded_place.settings = guarded_place.settings.model_copy(
        update={"throttle": Throttle(association_failures_an_hour=50)}
    )
    worker = guarded_place.another_worker()
    known = worker.visitor("203.0.113.5")
    known.sign_in(HUGO)
    for number in range(50):
        guess(worker.visitor(address_number(number)), f"p{number}@exemple.fr")

    stranger = worker.visitor("203.0.113.9")
    statuses = [guess(stranger, f"q{number}@exemple.fr").status_code for number in range(2)]

    assert statuses == [200, 429]
    assert guarded_place.count(table_of(AuditEvent), name="throttle.alarm") == 1
    assert guess(known).status_code == 200
    assert worker.visitor("203.0.113.77").sign_in(HUGO).status_code == 303
