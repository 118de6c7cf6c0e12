"""What a reset link may do, decided without a database (S24–S27)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from idp.recovery.rules import Link, canonical_code, is_live, to_cancel
from idp.store.secrets import TokenHash

ISSUED = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
DAY = timedelta(hours=24)


def link(number: int = 0) -> Link:
    at = ISSUED + timedelta(minutes=number)
    return Link(TokenHash(f"l-{number}"), "c", "a@exemple.fr", "75012", "a@exemple.fr", None, None, None, at, at + DAY)


@pytest.mark.parametrize(
    ("after", "lives"),
    [
        (timedelta(0), True),
        (DAY - timedelta(microseconds=1), True),
        (DAY, False),
        (DAY + timedelta(seconds=1), False),
    ],
)
def test_a_link_lives_for_24_hours_to_the_second(after: timedelta, *, lives: bool) -> None:
    assert is_live(link(), ISSUED + after) is lives


def test_a_used_or_cancelled_link_is_dead() -> None:
    assert not is_live(replace(link(), used_at=ISSUED), ISSUED)
    assert not is_live(replace(link(), cancelled_at=ISSUED), ISSUED)


@pytest.mark.parametrize(("living", "cancelled"), [(0, []), (2, []), (3, [0]), (5, [0, 1, 2])])
def test_a_new_link_leaves_two_others_at_most(living: int, cancelled: list[int]) -> None:
    live = [link(number) for number in range(living)]

    assert to_cancel(live[::-1]) == [link(number) for number in cancelled]


@pytest.mark.parametrize("typed", ["BCDF 2345", "bcdf-2345", " bcdf2345\t", "b c d f 2 3 4 5", "BCDF\u00a02345"])
def test_a_code_is_compared_without_case_spaces_or_hyphens(typed: str) -> None:
    assert canonical_code(typed) == "BCDF2345"
