"""SEC-13: whatever strangers try on an account, its member gets in."""

import time

from idp.mail.letter import LetterKind
from tests.security.guessing import address_number, guess, guesses
from tests.security.place import HUGO, NEW_PASSWORD, NORA, PASSWORD, UNKNOWN, Place, Visitor, counted, link_in, masked


def besieged(place: Place) -> None:
    """Strangers from 50 addresses fail on Hugo's account until nothing of theirs is tried any more."""
    for number in range(counted(60, 500)):
        guess(place.worker.visitor(address_number(number % 50)))


def newcomer(place: Place) -> Visitor:
    """Hugo's new browser, at an address that did nothing wrong."""
    return place.worker.visitor("203.0.113.20")


def browser_link_of(visitor: Visitor, identifier: str = HUGO) -> str:
    """Ask for the link that makes a browser known, and read it in the mail."""
    visitor.submit("/browser/link", association="75012", identifier=identifier)
    return link_in(visitor.worker.letters_to(identifier, LetterKind.KNOWN_BROWSER)[-1])


def test_sec13_a_known_browser_signs_in_at_the_first_try(guarded_place: Place) -> None:
    known = guarded_place.member()
    known.post("/logout", {"csrf_token": known.token("/logout")})
    besieged(guarded_place)
    begun = time.monotonic()

    answer = known.sign_in(HUGO)

    assert answer.status_code == 303
    assert time.monotonic() - begun < 2


def test_sec13_a_new_browser_gets_in_by_the_mailed_link_without_script(guarded_place: Place) -> None:
    besieged(guarded_place)
    visitor = newcomer(guarded_place)
    refused = visitor.sign_in(HUGO).status_code

    link = browser_link_of(visitor)
    visitor.get(link)
    marked = visitor.submit("/browser/known")

    assert (refused, marked.status_code) == (429, 303)
    assert "Ce navigateur est reconnu." in visitor.get(marked.headers["location"]).text
    assert visitor.sign_in(HUGO).status_code == 303


def test_sec13_the_link_survives_those_who_only_look_and_works_once(guarded_place: Place) -> None:
    link = browser_link_of(newcomer(guarded_place))
    scanners = [newcomer(guarded_place).client.request(method, link).status_code for method in ("GET", "HEAD") * 5]
    first, second = newcomer(guarded_place), newcomer(guarded_place)
    for visitor in (first, second):
        visitor.get(link)

    token = second.token("/browser/known")
    used = first.submit("/browser/known").status_code
    again = second.post("/browser/known", {"csrf_token": token}).status_code

    assert set(scanners) == {303}
    assert (used, again, newcomer(guarded_place).get(link).status_code) == (303, 410, 410)


def test_sec13_the_link_dies_after_24_hours(guarded_place: Place) -> None:
    link = browser_link_of(newcomer(guarded_place))
    guarded_place.clock.advance(hours=24)

    assert newcomer(guarded_place).get(link).status_code == 410


def test_sec13_the_link_makes_known_for_its_account_alone_and_the_browser_that_opened_it(guarded_place: Place) -> None:
    link = browser_link_of(newcomer(guarded_place))
    opener = newcomer(guarded_place)
    opener.get(link)
    opener.submit("/browser/known")
    besieged(guarded_place)
    for number in range(25):
        guess(guarded_place.worker.visitor(address_number(100 + number)), NORA)

    assert opener.sign_in(NORA).status_code == 429
    assert newcomer(guarded_place).sign_in(HUGO).status_code == 429
    assert opener.sign_in(HUGO).status_code == 303


def test_sec13_a_mailed_reset_opens_the_login_from_its_browser(guarded_place: Place) -> None:
    besieged(guarded_place)
    visitor = newcomer(guarded_place)

    visitor.reset(HUGO)

    assert visitor.sign_in(HUGO, NEW_PASSWORD).status_code == 303


def test_sec13_asking_for_the_link_tells_nothing_of_the_account(guarded_place: Place) -> None:
    answers = [
        newcomer(guarded_place).submit("/browser/link", association="75012", identifier=identifier)
        for identifier in (HUGO, UNKNOWN)
    ]

    assert masked(answers[0]) == masked(answers[1])
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert guarded_place.worker.letters_to(UNKNOWN, LetterKind.KNOWN_BROWSER) == []


def test_sec13_a_cookie_of_somebody_else_s_account_opens_no_way(guarded_place: Place) -> None:
    attacker = guarded_place.member(NORA)
    besieged(guarded_place)

    assert guess(attacker, HUGO, PASSWORD).status_code == 429


def test_sec13_failures_of_strangers_leave_the_mailed_reset_within_reach(guarded_place: Place) -> None:
    attacker = guarded_place.worker.visitor(address_number(1))
    for _ in range(12):
        attacker.ask_link(HUGO)
    guesses([guarded_place.worker], 30, from_everywhere=True)
    visitor = newcomer(guarded_place)

    visitor.get(link_in(guarded_place.worker.letters_to(HUGO)[-1]))
    visitor.set_password()

    assert visitor.sign_in(HUGO, NEW_PASSWORD).status_code == 303
