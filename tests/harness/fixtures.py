"""The nouns of every story on pages. A room's `conftest.py` imports those it tells of."""

from collections.abc import AsyncIterator

import pytest

from tests.factories import Club, make_club
from tests.fakes import FixedClock
from tests.harness.application import Application
from tests.harness.browser import Browser
from tests.harness.site import PASSWORD, Person, ReadyMade, Site, open_site

__all__ = ["boutique", "browser", "club", "hugo", "nora", "other_browser", "ready_made", "sections", "site"]


@pytest.fixture(scope="session")
def ready_made(tmp_path_factory: pytest.TempPathFactory) -> ReadyMade:
    return ReadyMade(tmp_path_factory.mktemp("ready-made"))


@pytest.fixture
def sections(request: pytest.FixtureRequest) -> dict[str, object]:
    """Settings that differ from the defaults; a test names others with `parametrize(..., indirect=True)`."""
    given: dict[str, object] = getattr(request, "param", {})
    return given


@pytest.fixture
async def site(
    database_url: str, clock: FixedClock, ready_made: ReadyMade, sections: dict[str, object]
) -> AsyncIterator[Site]:
    """The service, on SQLite and on PostgreSQL."""
    opened = open_site(database_url, clock, ready_made, sections)
    yield opened
    await opened.http.aclose()
    opened.services.close()


@pytest.fixture
def club(site: Site) -> Club:
    """Code 75012, alias MonAssociation, season 2026-2027."""
    return site.write(make_club)


@pytest.fixture
async def hugo(site: Site, club: Club) -> Person:
    """A member with a password."""
    return await site.add_person(club, "P1", "hugo@exemple.fr", password=PASSWORD)


@pytest.fixture
async def nora(site: Site, club: Club) -> Person:
    """A member who never set a password."""
    return await site.add_person(club, "P2", "nora@exemple.fr", given_name="Nora", family_name="Petit")


@pytest.fixture
def boutique(site: Site) -> Application:
    """A trusted application."""
    return site.register("Boutique")


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.new_browser()


@pytest.fixture
def other_browser(site: Site) -> Browser:
    return site.new_browser()
