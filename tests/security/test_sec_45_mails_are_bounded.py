"""SEC-45: however often and from wherever somebody asks, one mailbox gets few links, and loses none that lives."""

from httpx2 import Response

from tests.security.guessing import address_number
from tests.security.place import HUGO, NEW_PASSWORD, Place, counted, link_in, masked


def requests_from_everywhere(place: Place, times: int, association: str = "75012") -> list[Response]:
    return [place.worker.visitor(address_number(n % 100)).ask_link(HUGO, association) for n in range(times)]


def test_sec45_one_mailbox_gets_three_links_an_hour_and_six_a_day(guarded_place: Place) -> None:
    sent = []
    for _ in range(4):
        requests_from_everywhere(guarded_place, counted(10, 250))
        sent.append(len(guarded_place.worker.letters_to(HUGO)))
        guarded_place.clock.advance(hours=1)
    guarded_place.clock.advance(hours=20)
    requests_from_everywhere(guarded_place, 10)

    assert sent == [3, 6, 6, 6]
    assert len(guarded_place.worker.letters_to(HUGO)) == 9


def test_sec45_a_request_past_the_bound_reads_the_same_answer(guarded_place: Place) -> None:
    answers = requests_from_everywhere(guarded_place, 5)

    assert {(one.status_code, one.headers["location"], masked(one)) for one in answers} == {
        (303, "/Login/75012?notice=mail_sent", "")
    }


def test_sec45_a_request_past_the_bound_kills_no_live_link(guarded_place: Place) -> None:
    requests_from_everywhere(guarded_place, 20)
    links = [link_in(letter) for letter in guarded_place.worker.letters_to(HUGO)]
    visitor = guarded_place.visitor()

    opened = [guarded_place.visitor().get(link).status_code for link in links]
    visitor.get(links[0])
    visitor.set_password()

    assert opened == [303, 303, 303]
    assert visitor.sign_in(HUGO, NEW_PASSWORD).status_code == 303


def test_sec45_links_for_browsers_count_among_them_and_notices_do_not(guarded_place: Place) -> None:
    visitor = guarded_place.visitor()
    visitor.reset(HUGO)
    for _ in range(3):
        visitor.submit("/browser/link", association="75012", identifier=HUGO)

    kinds = sorted(letter.kind.value for letter in guarded_place.worker.letters() if letter.to == HUGO)

    assert kinds == ["known_browser", "known_browser", "password_changed", "reset_link"]
