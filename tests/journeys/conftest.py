"""Whole paths, with real parts: HTTP, SMTP, both databases, a client library that isn't ours."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.factories import Club, make_club
from tests.harness.browser import Browser
from tests.harness.fixtures import ready_made
from tests.harness.live import LiveSite, serving
from tests.harness.site import Person, ReadyMade
from tests.journeys.relying_party import RelyingParty
from tests.smtp import Mailbox

__all__ = ["ready_made"]


@pytest.fixture
async def site(database_url: str, ready_made: ReadyMade, mailbox: Mailbox, tmp_path: Path) -> AsyncIterator[LiveSite]:
    """The service, served."""
    with serving(database_url, ready_made, mailbox, tmp_path) as served:
        async with served.http:
            yield served


@pytest.fixture
def club(site: LiveSite) -> Club:
    return site.operator.store.write_blocking(make_club)


@pytest.fixture
def hugo(site: LiveSite, club: Club) -> Person:
    """A member, without a password yet."""
    return site.add_person(club, "P1", "hugo@exemple.fr", roles=["tresorier"])


@pytest.fixture
def boutique(site: LiveSite) -> RelyingParty:
    return RelyingParty(site.address, site.register("Boutique"))


@pytest.fixture
def forum(site: LiveSite) -> RelyingParty:
    return RelyingParty(site.address, site.register("Forum"))


@pytest.fixture
def browser(site: LiveSite) -> Browser:
    return site.new_browser()


@pytest.fixture
def telephone(site: LiveSite) -> Browser:
    """Another device of the same person."""
    return site.new_browser()
