"""A site whose members are known to a membership service over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from tests.eligibility.membership.answers import as_bytes, changed
from tests.eligibility.membership.servers import Talk, answering, free_port, talking_server
from tests.factories import Club, give_credential
from tests.harness.fixtures import boutique, browser, other_browser, ready_made, site
from tests.harness.site import PASSWORD, Person, Site

__all__ = ["boutique", "browser", "other_browser", "ready_made", "site"]

CLUB = Club("a-75012", "75012", "MonAssociation", "s-2026")
HUGO = Person(CLUB, "P1", "hugo@exemple.fr", PASSWORD)


@dataclass
class Neighbour:
    """A membership service on loopback that can be told to misbehave, or to go away."""

    port: int = field(default_factory=free_port)
    talk: Talk = field(default_factory=lambda: answering(as_bytes(changed("email", HUGO.email))))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def misbehave(self, talk: Talk) -> None:
        self.talk = talk


@pytest.fixture
def neighbour() -> Neighbour:
    return Neighbour()


@pytest.fixture
def sections(neighbour: Neighbour) -> dict[str, object]:
    return {"eligibility": {"provider": "http", "url": neighbour.address}}


@pytest.fixture
async def hugo(site: Site) -> Person:
    """A member with a password, whom only the membership service knows."""
    stored = await site.ready_made.hash_of(site.services, PASSWORD)
    site.write(lambda tx: give_credential(tx, CLUB, HUGO.email, password_hash=stored))
    return HUGO


@pytest.fixture
async def membership(neighbour: Neighbour, site: Site) -> AsyncIterator[Neighbour]:
    """The neighbour, answering."""

    async def take(writer: asyncio.StreamWriter) -> None:
        await neighbour.talk(writer)

    async with talking_server(take, port=neighbour.port):
        yield neighbour
        await site.services.eligibility.close()
