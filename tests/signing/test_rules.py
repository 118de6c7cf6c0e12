"""What a key may do at its age, and what a rotation does next (STD-21)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from idp.signing.rules import (
    JWKS_MAX_AGE,
    PUBLISHED_FIRST,
    RETIRED_KEPT,
    Activate,
    Algorithm,
    KeyState,
    Publish,
    RingKey,
    Wait,
    next_step,
)

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
ACTIVE = RingKey("active", Algorithm.ES256, KeyState.ACTIVE, NOW - timedelta(days=90), NOW - timedelta(days=90))
NEXT = RingKey("next", Algorithm.ES256, KeyState.NEXT, NOW)
RETIRED = replace(ACTIVE, kid="retired", state=KeyState.RETIRED, retired_at=NOW)


def test_without_a_next_key_one_is_published() -> None:
    assert next_step([ACTIVE, RETIRED], Algorithm.ES256, NOW) == Publish()


def test_a_next_key_of_another_algorithm_does_not_count() -> None:
    assert next_step([ACTIVE, NEXT], Algorithm.RS256, NOW) == Publish()


def test_a_next_key_waits_until_every_cache_has_met_it() -> None:
    too_soon = NOW + PUBLISHED_FIRST - timedelta(seconds=1)

    assert next_step([ACTIVE, NEXT], Algorithm.ES256, too_soon) == Wait("next", NOW + PUBLISHED_FIRST)
    assert next_step([ACTIVE, NEXT], Algorithm.ES256, NOW + PUBLISHED_FIRST) == Activate("next")


def test_caches_let_go_of_an_old_document_before_a_new_key_signs() -> None:
    assert PUBLISHED_FIRST > JWKS_MAX_AGE


@pytest.mark.parametrize(
    ("key", "published"),
    [
        (NEXT, True),
        (ACTIVE, True),
        (RETIRED, True),
        (replace(RETIRED, retired_at=NOW - RETIRED_KEPT + timedelta(seconds=1)), True),
        (replace(RETIRED, retired_at=NOW - RETIRED_KEPT), False),
        (replace(RETIRED, state=KeyState.REMOVED), False),
    ],
)
def test_a_key_is_published_until_its_last_token_is_long_gone(key: RingKey, *, published: bool) -> None:
    assert key.is_published(NOW) is published
