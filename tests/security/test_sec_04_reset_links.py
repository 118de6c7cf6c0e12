"""SEC-04: a reset link lives 24 hours to the second, works once, and never beside a fourth."""

import pytest

from idp.recovery.tables import ResetLink
from idp.store.tables import table_of
from tests.security.place import HUGO, NEW_PASSWORD, Place, Visitor, at_once, link_in, masked


def links_of(place: Place, visitor: Visitor, count: int) -> list[str]:
    """Ask so many times, a second apart."""
    for _ in range(count):
        place.clock.advance(seconds=1)
        visitor.ask_link(HUGO)
    return [link_in(letter) for letter in place.worker.letters_to(HUGO)]


@pytest.mark.parametrize("first", [0, 1, 2], ids=["the first", "the second", "the third"])
def test_sec04_each_of_three_links_works_at_24_hours_less_a_second_and_its_use_kills_the_others(
    place: Place, first: int
) -> None:
    links = links_of(place, place.visitor(), 3)
    place.clock.advance(hours=24, seconds=-3 + first)

    chosen = place.visitor()
    opened = chosen.get(links[first])
    changed = chosen.set_password()

    assert opened.status_code == 303
    assert "notice=password_set" in changed.headers["location"]
    assert [place.visitor().get(link).status_code for link in links] == [410, 410, 410]
    assert place.visitor().sign_in(HUGO, NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize("late", [0, 1], ids=["24 h", "24 h and a second"])
def test_sec04_a_link_is_refused_from_24_hours_on_opened_or_sent(place: Place, late: int) -> None:
    visitor = place.visitor()
    link = visitor.link_for(HUGO)
    place.clock.advance(hours=24, seconds=-1)
    visitor.get(link)
    token = visitor.token("/password/reset")
    place.clock.advance(seconds=1 + late)

    sent = visitor.post("/password/reset", {"csrf_token": token, "password": NEW_PASSWORD})
    opened = place.visitor().get(link)

    assert (sent.status_code, opened.status_code) == (410, 410)
    assert place.visitor().sign_in(HUGO).status_code == 303


def test_sec04_a_used_link_is_refused(place: Place) -> None:
    visitor = place.visitor()
    link = visitor.link_for(HUGO)
    visitor.get(link)
    visitor.set_password()

    again = place.visitor()
    opened = again.get(link)
    sent = again.post("/password/reset", {"csrf_token": again.token("/"), "password": "une tout autre girafe ici"})

    assert (opened.status_code, sent.status_code) == (410, 410)
    assert place.visitor().sign_in(HUGO, NEW_PASSWORD).status_code == 303


def test_sec04_a_fourth_request_cancels_the_oldest_link_alone(place: Place) -> None:
    links = links_of(place, place.visitor(), 4)

    assert [place.visitor().get(link).status_code for link in links] == [410, 303, 303, 303]


def test_sec04_ten_requests_at_once_over_two_workers_leave_three_live_links(place: Place) -> None:
    second = place.another_worker()
    visitors = [worker.visitor() for worker in (place.worker, second) for _ in range(5)]
    tokens = [visitor.token("/password/forgot") for visitor in visitors]

    answers = at_once(
        [
            lambda visitor=visitor, token=token: visitor.post(  # type: ignore[misc]  # the default binds this turn
                "/password/forgot", {"csrf_token": token, "association": "75012", "identifier": HUGO}
            )
            for visitor, token in zip(visitors, tokens, strict=True)
        ]
    )

    assert {answer.status_code for answer in answers} == {303}
    links = [link_in(letter) for letter in place.worker.letters_to(HUGO)]
    assert len(links) == 10
    assert sorted(place.visitor().get(link).status_code for link in links) == [303] * 3 + [410] * 7
    assert place.count(table_of(ResetLink), cancelled_at=None) == 3


def test_sec04_the_page_of_a_dead_link_offers_a_new_one_and_says_nothing_of_the_account(place: Place) -> None:
    visitor = place.visitor()
    link = visitor.link_for(HUGO)
    place.clock.advance(hours=25)

    expired = place.visitor().get(link)
    invented = place.visitor().get("/password/reset?token=rl_" + "A" * 43)

    assert masked(expired) == masked(invented)
    assert "/password/forgot" in expired.text
    assert "hugo" not in expired.text.lower()
    assert "MonAssociation" not in expired.text
