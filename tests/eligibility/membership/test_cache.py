"""Verdicts that may answer again."""

from idp.eligibility.membership.cache import VerdictCache
from idp.eligibility.membership.wire import read_verdict
from idp.eligibility.verdict import Eligible, Verdict
from tests.eligibility.membership.answers import REFUSED, as_bytes, changed
from tests.fakes import FixedClock

NORA = ("75012", "nora@exemple.fr")


def verdict(max_age: int | None = 30) -> Verdict:
    return read_verdict(as_bytes(changed("max_age", max_age)), "nora@exemple.fr")


def refusal() -> Verdict:
    return read_verdict(as_bytes(REFUSED), "nora@exemple.fr")


def test_a_verdict_answers_until_its_age_is_reached(clock: FixedClock) -> None:
    cache = VerdictCache()
    cache.put(NORA, verdict(30), clock.now())
    clock.advance(seconds=29.9)
    held = cache.find(NORA, clock.now())
    clock.advance(seconds=0.1)

    assert isinstance(held, Eligible)
    assert cache.find(NORA, clock.now()) is None


def test_a_verdict_without_an_age_is_not_kept(clock: FixedClock) -> None:
    cache = VerdictCache()
    cache.put(NORA, verdict(None), clock.now())

    assert len(cache) == 0


def test_a_refusal_is_not_kept_and_drops_what_was(clock: FixedClock) -> None:
    cache = VerdictCache()
    cache.put(NORA, verdict(), clock.now())
    cache.put(NORA, refusal(), clock.now())

    assert len(cache) == 0


def test_the_verdict_used_longest_ago_goes_first(clock: FixedClock) -> None:
    cache = VerdictCache(most=2)
    cache.put(NORA, verdict(), clock.now())
    cache.put(("75012", "hugo@exemple.fr"), verdict(), clock.now())
    cache.find(NORA, clock.now())
    cache.put(("75012", "rosa@exemple.fr"), verdict(), clock.now())

    assert cache.find(NORA, clock.now())
    assert cache.find(("75012", "hugo@exemple.fr"), clock.now()) is None


def test_a_clock_that_was_set_back_revives_nothing(clock: FixedClock) -> None:
    cache = VerdictCache()
    cache.put(NORA, verdict(), clock.now())
    clock.advance(seconds=-1)

    assert cache.find(NORA, clock.now()) is None
