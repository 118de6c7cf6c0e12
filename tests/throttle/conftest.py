"""Nouns of the throttle's tests."""

import pytest

from idp.settings import Settings
from idp.store import Store
from idp.store.secrets import SecretMint
from idp.throttle.service import Throttle
from tests.factories import Club, make_club
from tests.fakes import FixedClock


@pytest.fixture
def club(store: Store) -> Club:
    """Code 75012, alias MonAssociation."""
    return store.write_blocking(make_club)


@pytest.fixture
def throttle(store: Store, mint: SecretMint, clock: FixedClock, club: Club) -> Throttle:  # noqa: ARG001 -- it is there
    """With the numbers of the defaults, in a service that has the club."""
    return Throttle(store, mint, clock, Settings())
