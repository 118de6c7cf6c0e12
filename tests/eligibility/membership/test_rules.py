"""The breaker and the time that a verdict may be used again."""

from datetime import timedelta

import pytest

from idp.eligibility.membership.rules import Breaker, use_of
from tests.fakes import FixedClock


def failed(times: int, clock: FixedClock) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        breaker = breaker.failed(clock.now())
    return breaker


@pytest.mark.parametrize(
    ("max_age", "seconds"), [(None, 0), (0, 0), (1, 1), (30, 30), (60, 60), (61, 60), (86_400, 60)]
)
def test_a_verdict_is_used_as_long_as_the_service_allows_and_60_seconds_at_most(
    max_age: int | None, seconds: int
) -> None:
    assert use_of(max_age) == timedelta(seconds=seconds)


def test_four_failures_in_a_row_leave_the_breaker_closed(clock: FixedClock) -> None:
    assert failed(4, clock).admits(clock.now())


def test_five_failures_in_a_row_open_it(clock: FixedClock) -> None:
    breaker = failed(5, clock)

    assert breaker.is_open
    assert not breaker.admits(clock.now())


def test_a_good_answer_between_failures_begins_the_count_anew(clock: FixedClock) -> None:
    breaker = failed(4, clock).answered().failed(clock.now())

    assert not breaker.is_open


def test_after_five_seconds_one_question_probes_and_the_next_waits(clock: FixedClock) -> None:
    breaker = failed(5, clock)
    clock.advance(seconds=4.999)
    early = breaker.admits(clock.now())
    clock.advance(seconds=0.001)
    due = breaker.admits(clock.now())
    probing = breaker.asked(clock.now())

    assert (early, due, probing.admits(clock.now())) == (False, True, False)


def test_a_failed_probe_leaves_it_open_for_five_seconds_more(clock: FixedClock) -> None:
    breaker = failed(5, clock)
    clock.advance(seconds=5)
    breaker = breaker.asked(clock.now()).failed(clock.now())
    clock.advance(seconds=4)
    early = breaker.admits(clock.now())
    clock.advance(seconds=1)

    assert (early, breaker.admits(clock.now())) == (False, True)


def test_one_good_answer_closes_it(clock: FixedClock) -> None:
    breaker = failed(9, clock).answered()

    assert not breaker.is_open
    assert breaker.admits(clock.now())


def test_a_probe_that_teaches_nothing_lets_the_next_question_probe(clock: FixedClock) -> None:
    breaker = failed(5, clock)
    clock.advance(seconds=5)
    breaker = breaker.asked(clock.now()).learned_nothing(clock.now())

    assert breaker.is_open
    assert breaker.admits(clock.now())


def test_failures_of_what_was_asked_before_it_opened_delay_no_probe(clock: FixedClock) -> None:
    breaker = failed(5, clock)
    clock.advance(seconds=2)
    breaker = breaker.failed(clock.now())
    clock.advance(seconds=3)

    assert breaker.admits(clock.now())


def test_a_clock_that_was_set_back_delays_no_probe(clock: FixedClock) -> None:
    breaker = failed(5, clock)
    clock.advance(hours=-1)

    assert breaker.admits(clock.now())
