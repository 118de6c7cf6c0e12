"""SEC-12: the number of guesses that are tested never exceeds the limit, however they are spelled or sent."""

import pytest

from tests.harness.words import plain
from tests.security.guessing import SPELLINGS, WRONG, address_number, guess, guesses, guesses_tested
from tests.security.place import HUGO, PASSWORD, UNKNOWN, Place, Visitor, at_once, counted, masked

WAIT_90 = "Trop d'essais en peu de temps. Réessayez dans 2 minutes."
NEEDS_LINK = "Trop d’essais ont échoué sur ce compte. Pour vous connecter dans ce navigateur, faites-le d’abord"
NEEDS_RESET = "Trop d’essais ont échoué sur ce compte. Pour vous connecter dans ce navigateur, réinitialisez"


def stranger(place: Place, number: int = 0) -> Visitor:
    return place.worker.visitor(address_number(number))


def test_sec12_five_failures_are_free_and_the_sixth_try_waits_90_seconds(guarded_place: Place) -> None:
    visitor = stranger(guarded_place)

    failed = [guess(visitor).status_code for _ in range(5)]
    slowed = guess(visitor, password=PASSWORD)

    assert failed == [200] * 5
    assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "90")
    assert WAIT_90 in plain(slowed.text)
    assert f'value="{HUGO}"' in slowed.text
    assert PASSWORD not in slowed.text
    assert guesses_tested(guarded_place) == 5


def test_sec12_the_right_password_opens_once_the_wait_is_over(guarded_place: Place) -> None:
    visitor = stranger(guarded_place)
    for _ in range(5):
        guess(visitor)
    guarded_place.clock.advance(seconds=89)
    too_early = visitor.sign_in(HUGO).status_code
    guarded_place.clock.advance(seconds=1)

    assert (too_early, visitor.sign_in(HUGO).status_code) == (429, 303)


@pytest.mark.parametrize(("from_everywhere", "limit"), [(False, 5), (True, 25)], ids=["one source", "everywhere"])
def test_sec12_guesses_one_by_one_in_every_spelling_over_two_workers_stop_at_the_limit(
    guarded_place: Place, *, from_everywhere: bool, limit: int
) -> None:
    workers = (guarded_place.worker, guarded_place.another_worker())

    answers = guesses(workers, counted(40, 200), from_everywhere=from_everywhere)

    assert [answer.status_code for answer in answers[:limit]] == [200] * limit
    assert {answer.status_code for answer in answers[limit:]} == {429}
    assert guesses_tested(guarded_place) == limit


@pytest.mark.parametrize(("from_everywhere", "limit"), [(False, 5), (True, 25)], ids=["one source", "everywhere"])
def test_sec12_guesses_at_once_over_two_workers_stop_at_the_limit(
    guarded_place: Place, *, from_everywhere: bool, limit: int
) -> None:
    workers = (guarded_place.worker, guarded_place.another_worker())
    times = counted(40, 200)
    visitors = [
        workers[number % 2].visitor(address_number(number if from_everywhere else 0)) for number in range(times)
    ]
    tokens = [visitor.token() for visitor in visitors]

    def attempt(number: int) -> int:
        association, identifier = SPELLINGS[number % len(SPELLINGS)]
        fields = {"association": association, "identifier": identifier, "password": WRONG}
        return visitors[number].post("/", {"csrf_token": tokens[number], **fields}).status_code

    statuses = at_once([lambda number=number: attempt(number) for number in range(times)])  # type: ignore[misc]  # a default binds the loop

    assert guesses_tested(guarded_place) == statuses.count(200) <= limit
    assert set(statuses) <= {200, 429, 503}


def test_sec12_after_25_failures_a_day_an_unknown_browser_needs_a_mailed_link(guarded_place: Place) -> None:
    guesses([guarded_place.worker], 25, from_everywhere=True)

    refused = guess(stranger(guarded_place, 90), password=PASSWORD)
    guarded_place.clock.advance(hours=24)

    assert refused.status_code == 429
    assert NEEDS_LINK in refused.text
    assert "/browser/link?association=MonAssociation" in refused.text
    assert stranger(guarded_place, 91).sign_in(HUGO).status_code == 303


def test_sec12_after_100_failures_in_a_row_only_a_reset_or_a_known_browser_opens(guarded_place: Place) -> None:
    known = guarded_place.member()
    known.post("/logout", {"csrf_token": known.token("/logout")})
    for _ in range(4):
        guesses([guarded_place.worker], 25, from_everywhere=True)
        guarded_place.clock.advance(hours=24)

    refused = guess(stranger(guarded_place, 90), password=PASSWORD)

    assert (refused.status_code, NEEDS_RESET in refused.text) == (429, True)
    assert guesses_tested(guarded_place) == 100
    assert known.sign_in(HUGO).status_code == 303


def test_sec12_an_unknown_account_is_slowed_at_the_same_count_by_the_same_page(guarded_place: Place) -> None:
    real, nobody = stranger(guarded_place, 1), stranger(guarded_place, 2)

    of_real = [guess(real, HUGO) for _ in range(7)]
    of_nobody = [guess(nobody, UNKNOWN) for _ in range(7)]

    assert [one.status_code for one in of_real] == [one.status_code for one in of_nobody] == [200] * 5 + [429] * 2
    assert masked(of_real[-1]).replace(HUGO, "…") == masked(of_nobody[-1]).replace(UNKNOWN, "…")
    assert of_real[-1].headers["retry-after"] == of_nobody[-1].headers["retry-after"]


def test_sec12_no_answer_of_the_hashing_queue_costs_the_member_no_try(guarded_place: Place) -> None:
    guarded_place.worker.services.hasher.close()
    visitor = stranger(guarded_place)

    unavailable = {guess(visitor).status_code for _ in range(8)}

    assert unavailable == {503}
    assert guess(guarded_place.another_worker().visitor(address_number(0))).status_code == 200
