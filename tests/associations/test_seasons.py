"""The season's pointer: moved by an operator, remembered, and heard by every verdict (S1)."""

from datetime import date

import pytest

from idp.associations.holding import UnknownAssociation
from idp.associations.rules import Field, Unfit
from idp.associations.seasons import Seasons, SeasonStarted
from idp.eligibility.epochs import current_change, is_stale
from idp.store import Store
from tests.factories import LAST_SEASON, SEASON, make_club, make_season
from tests.fakes import FixedClock, SeededEntropy


@pytest.fixture
def seasons(store: Store, clock: FixedClock, entropy: SeededEntropy) -> Seasons:
    return Seasons(store, clock, entropy)


def started(outcome: object) -> SeasonStarted:
    assert isinstance(outcome, SeasonStarted), outcome
    return outcome


def test_starting_a_season_makes_an_unknown_label_and_moves_the_pointer(
    store: Store, clock: FixedClock, seasons: Seasons
) -> None:
    club = store.write_blocking(lambda tx: make_club(tx, season=LAST_SEASON))

    outcome = started(seasons.start("monassociation", SEASON, date(2027, 8, 31)))

    current = outcome.association.current_season
    assert current is not None
    assert (current.label, current.ends_on, current.started_at) == (SEASON, date(2027, 8, 31), clock.now())
    assert outcome.association.previous_season_id == club.season_id
    assert outcome.previous is not None
    assert outcome.previous.label == LAST_SEASON


def test_a_new_season_makes_every_earlier_verdict_stale(store: Store, seasons: Seasons) -> None:
    club = store.write_blocking(lambda tx: make_club(tx, season=LAST_SEASON))
    before = store.read_blocking(current_change)

    seasons.start("75012", SEASON)

    assert store.read_blocking(lambda tx: is_stale(tx, club.id, "M1", before))


def test_starting_the_current_season_again_changes_nothing(store: Store, clock: FixedClock, seasons: Seasons) -> None:
    store.write_blocking(lambda tx: make_club(tx, season=LAST_SEASON))
    first = started(seasons.start("75012", SEASON))
    before = store.read_blocking(current_change)
    clock.advance(days=1)

    again = started(seasons.start("75012", f" {SEASON} "))

    assert not again.changed
    assert again.association == first.association
    assert store.read_blocking(current_change) == before


def test_the_end_of_the_current_season_can_be_said_later(store: Store, seasons: Seasons) -> None:
    store.write_blocking(make_club)
    before = store.read_blocking(current_change)

    outcome = started(seasons.start("75012", SEASON, date(2027, 7, 15)))

    assert outcome.season.ends_on == date(2027, 7, 15)
    assert outcome.association.previous_season_id is None
    assert store.read_blocking(current_change) > before


def test_a_season_that_an_import_made_is_started_as_it_is(store: Store, seasons: Seasons) -> None:
    club = store.write_blocking(make_club)
    prepared = store.write_blocking(lambda tx: make_season(tx, club, "2027-2028"))

    outcome = started(seasons.start("75012", "2027-2028"))

    assert outcome.season.id == prepared
    assert outcome.season.ends_on == date(2028, 8, 31)


def test_seasons_are_listed_with_the_pointer(store: Store, seasons: Seasons) -> None:
    club = store.write_blocking(make_club)
    store.write_blocking(lambda tx: make_season(tx, club, LAST_SEASON))

    found = seasons.list("75012")

    assert isinstance(found, tuple)
    assert [season.label for season in found[1]] == [LAST_SEASON, SEASON]
    assert found[0].current_season is not None
    assert found[0].current_season.label == SEASON


def test_what_can_not_be_is_refused(store: Store, seasons: Seasons) -> None:
    store.write_blocking(make_club)

    assert seasons.start("nulle part", SEASON) == UnknownAssociation()
    assert seasons.list("nulle part") == UnknownAssociation()
    assert seasons.start("75012", "  ") == Unfit(Field.LABEL, "")
