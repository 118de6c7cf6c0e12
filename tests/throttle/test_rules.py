"""The arithmetic of waiting: exact bounds, and no more tries than they allow, whatever the order of events."""

from hypothesis import given, strategies as st

from idp.throttle.rules import (
    Barrier,
    Bucket,
    Counter,
    Free,
    Gate,
    Ladder,
    NeedsKnownBrowser,
    NeedsReset,
    Quota,
    Rule,
    Run,
    Wait,
    Watch,
    judge,
)

SECOND = 1_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
START = 1_800_000_000_000
LADDER = Ladder(free=5, first=90 * SECOND, longest=15 * MINUTE)
QUOTA = Quota(25, DAY)
BUCKET = Bucket(30, 10 * MINUTE)
steps = st.lists(st.integers(0, 20 * MINUTE), min_size=1, max_size=120)


def counters_after(rule: Rule, times: int, at: int = START) -> Counter:
    counter = Counter()
    for _ in range(times):
        counter = rule.counted(counter, at)
    return counter


def admitted(rule: Rule, pauses: list[int]) -> list[int]:
    """When somebody who tries after each of these pauses gets through."""
    counter, at, through = Counter(), START, []
    for pause in pauses:
        at += pause
        if rule.wait(counter, at) == 0:
            counter = rule.counted(counter, at)
            through.append(at)
    return through


def test_the_first_five_failures_cost_nothing_and_then_the_wait_doubles_to_a_quarter_of_an_hour() -> None:
    waits = [LADDER.wait(counters_after(LADDER, failures), START) // SECOND for failures in range(12)]

    assert waits == [0, 0, 0, 0, 0, 90, 180, 360, 720, 900, 900, 900]


def test_a_wait_ends_to_the_millisecond() -> None:
    counter = counters_after(LADDER, 5)

    assert LADDER.wait(counter, START + 90 * SECOND - 1) == 1
    assert LADDER.wait(counter, START + 90 * SECOND) == 0


def test_a_ladder_is_forgotten_after_a_day_without_an_attempt() -> None:
    counter = counters_after(LADDER, 9)

    assert LADDER.counted(counter, START + DAY).count == 1
    assert LADDER.counted(counter, START + DAY - 1).count == 10


def test_an_attempt_that_is_given_back_leaves_the_ladder_as_it_was() -> None:
    before = counters_after(LADDER, 6)
    at = START + 200 * SECOND

    counted = LADDER.counted(before, at)

    assert LADDER.given_back(counted, at, before) == before


@given(steps)
def test_a_quota_never_lets_more_through_in_any_span(pauses: list[int]) -> None:
    quota = Quota(4, 30 * MINUTE)

    through = admitted(quota, pauses)

    assert all(later - earlier >= quota.span for earlier, later in zip(through, through[quota.most :], strict=False))


@given(steps)
def test_a_bucket_never_lets_more_through_than_its_size_and_its_leak(pauses: list[int]) -> None:
    bucket = Bucket(3, 9 * MINUTE)

    through = admitted(bucket, pauses)

    spans = [(last - first, many) for first, last, many in spans_of(through)]
    assert all(many <= bucket.most + 1 + span // bucket.drop for span, many in spans)


def spans_of(instants: list[int]) -> list[tuple[int, int, int]]:
    return [
        (first, last, there - here + 1)
        for here, first in enumerate(instants)
        for there, last in enumerate(instants)
        if there >= here
    ]


@given(steps, st.sampled_from([LADDER, QUOTA, BUCKET, Quota(1, MINUTE)]))
def test_who_waits_as_long_as_told_gets_through(pauses: list[int], rule: Rule) -> None:
    counter, at = Counter(), START
    for pause in pauses:
        at += pause
        counter = rule.counted(counter, at) if rule.wait(counter, at) == 0 else counter

    assert rule.wait(counter, at + rule.wait(counter, at)) == 0


@given(steps, st.sampled_from([LADDER, QUOTA, BUCKET, Run(100), Watch(50, 60 * MINUTE)]))
def test_a_counter_past_its_end_is_as_good_as_a_new_one(pauses: list[int], rule: Rule) -> None:
    counter, at = Counter(), START
    for pause in pauses:
        at += pause
        counter = rule.counted(counter, at) if rule.wait(counter, at) == 0 else counter

    assert rule.wait(counter, rule.ends_at(counter)) in {0, rule.wait(counter, at) if isinstance(rule, Run) else 0}


@given(steps, st.integers(0, DAY), st.sampled_from([LADDER, QUOTA, Run(100)]))
def test_what_was_counted_and_given_back_changes_no_wait(pauses: list[int], later: int, rule: Rule) -> None:
    before, at = Counter(), START
    for pause in pauses:
        at += pause
        before = rule.counted(before, at) if rule.wait(before, at) == 0 else before
    at += rule.wait(before, at) if not isinstance(rule, Run) else 0

    after = rule.given_back(rule.counted(before, at), at, before)

    assert rule.wait(after, at + later) == rule.wait(before, at + later)


def test_ten_minutes_of_a_bucket_make_room_for_all_again() -> None:
    full = counters_after(BUCKET, 30)

    assert BUCKET.wait(full, START) == 20 * SECOND
    assert BUCKET.wait(full, START + 20 * SECOND) == 0
    assert BUCKET.ends_at(full) == START + 10 * MINUTE


def test_a_hundred_failures_in_a_row_are_not_forgotten() -> None:
    run = Run(100)
    counter = counters_after(run, 100)

    assert run.wait(counters_after(run, 99), START) == 0
    assert run.wait(counter, START + 300 * DAY) > 300 * DAY


def test_a_watch_sounds_once_a_span_and_is_quiet_after_it() -> None:
    watch = Watch(3, 60 * MINUTE)
    counter = counters_after(watch, 5)

    assert [len(counters_after(watch, times).marks) for times in (2, 3, 5)] == [1, 2, 2]
    assert watch.is_pressed(counter, START + 59 * MINUTE)
    assert not watch.is_pressed(counter, START + 60 * MINUTE)
    assert watch.counted(counter, START + 60 * MINUTE) == Counter(1, (START + 60 * MINUTE,))


def test_the_hardest_obstacle_is_told_and_the_longest_wait() -> None:
    full = {
        "pair": counters_after(LADDER, 5),
        "address": counters_after(BUCKET, 30),
        "day": counters_after(QUOTA, 25),
        "run": counters_after(Run(100), 100),
    }
    pair, address = Gate("pair", LADDER), Gate("address", BUCKET)
    day, run = Gate("day", QUOTA, Barrier.KNOWN_BROWSER), Gate("run", Run(100), Barrier.RESET)
    empty = dict.fromkeys(full, Counter())

    assert judge([pair, address, day, run], empty, START) == Free()
    assert judge([pair, address], full, START) == Wait(90)
    assert judge([pair, day], full, START) == NeedsKnownBrowser(24 * 3600)
    assert judge([pair, day, run], full, START) == NeedsReset()
