"""From the first password to a refused refresh, with `examples/membership_service` over loopback."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from examples.membership_service.app import Settings, create_app
from idp.eligibility.epochs import raise_epoch
from idp.eligibility.provider import Capability
from idp.eligibility.verdict import Purpose
from tests.eligibility.membership.conftest import CLUB, Neighbour
from tests.eligibility.membership.servers import served
from tests.fakes import FixedClock
from tests.harness.application import Application, claims_of
from tests.harness.browser import Browser
from tests.harness.site import Person, Site
from tests.harness.steps import NEW_PASSWORD, ask_for_link, letter_with_link, set_password, sign_in

SAMPLE = Path(__file__).parents[3] / "examples" / "membership_service" / "clubs.json"
HUGO = Person(CLUB, "P1", "hugo@exemple.fr", NEW_PASSWORD)
NORA = Person(CLUB, "P2", "nora@exemple.fr", NEW_PASSWORD)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class ClubsFile:
    """The sample's file, which a club edits."""

    path: Path

    def edit(self, change: Callable[[dict[str, Any]], None]) -> None:
        clubs = json.loads(self.path.read_text("utf-8"))
        change(clubs["associations"][0])
        self.path.write_text(json.dumps(clubs), "utf-8")


@pytest.fixture
def clock() -> FixedClock:
    """Begins now: the sample service reads the machine's clock."""
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def clubs(tmp_path: Path) -> ClubsFile:
    file = ClubsFile(tmp_path / "clubs.json")
    file.path.write_bytes(SAMPLE.read_bytes())
    return file


@pytest.fixture
def sections(neighbour: Neighbour) -> dict[str, object]:
    return {"eligibility": {"provider": "http", "url": f"{neighbour.address}/idp"}}


@pytest.fixture
def sample(site: Site, neighbour: Neighbour, clubs: ClubsFile) -> Iterator[str]:
    """The sample service, which knows the site's keys. Returns its address."""

    async def jwks(_request: Request) -> Response:
        return Response(site.services.key_ring.jwks(), media_type="application/json")

    with served(Starlette(routes=[Route("/jwks", jwks)])) as provider:
        settings = Settings(f"{neighbour.address}/idp", site.address, f"{provider}/jwks", str(clubs.path))
        with served(create_app(settings), neighbour.port):
            yield settings.url


@pytest.fixture
async def hugo(site: Site, sample: str, other_browser: Browser) -> Person:
    """A member who has set a password by the mailed link."""
    assert sample
    letter = await letter_with_link(site, other_browser, HUGO)
    await set_password(other_browser, letter.link)
    return HUGO


async def tokens_of(browser: Browser, boutique: Application, person: Person) -> dict[str, Any]:
    await browser.open(boutique.request(association=person.club.code))
    await browser.fill(identifier=person.email, password=person.password).submit()
    answer = await boutique.trade(browser.sent_away["code"])
    tokens: dict[str, Any] = answer.json()
    return tokens


async def test_a_member_signs_in_and_the_application_reads_the_membership(
    site: Site, hugo: Person, browser: Browser, boutique: Application
) -> None:
    tokens = await tokens_of(browser, boutique, hugo)
    refreshed = await boutique.refresh(tokens["refresh_token"])
    await site.services.eligibility.close()

    assert refreshed.status_code == 200
    assert claims_of(refreshed.json()["access_token"])["membership"] == {
        "association": {
            "id": "a-75012",
            "code": "75012",
            "alias": "MonAssociation",
            "name": "Mon association",
        },
        "season": {"id": "s-2026", "label": "2026-2027", "ends_on": "2027-08-31"},
        "person": {"id": "P1", "kind": "member"},
        "acting_for": [],
        "roles": ["trésorier"],
    }


@on_sqlite
async def test_a_guardian_acts_for_the_child(site: Site, sample: str, browser: Browser, boutique: Application) -> None:
    assert sample
    await set_password(browser, (await letter_with_link(site, browser, NORA)).link)

    tokens = await tokens_of(browser, boutique, NORA)
    await site.services.eligibility.close()

    membership = claims_of(tokens["access_token"])["membership"]
    assert (membership["person"], membership["acting_for"]) == ({"id": "P2", "kind": "guardian"}, ["C1"])


async def test_a_ban_at_the_service_ends_what_a_member_has(
    site: Site, hugo: Person, clubs: ClubsFile, browser: Browser, boutique: Application
) -> None:
    tokens = await tokens_of(browser, boutique, hugo)
    clubs.edit(lambda club: club["people"][0].update(banned=True))
    site.write(lambda tx: raise_epoch(tx, CLUB.id, hugo.id))  # as a push does; else within a minute

    refreshed = await boutique.refresh(tokens["refresh_token"])
    told = await boutique.userinfo(tokens["access_token"])
    await sign_in(browser, hugo)
    await site.services.eligibility.close()

    assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")
    assert told.status_code == 401
    assert "erronées" in browser.text


@on_sqlite
async def test_a_new_season_at_the_service_keeps_out_who_has_not_renewed(
    site: Site, hugo: Person, clubs: ClubsFile, browser: Browser
) -> None:
    clubs.edit(lambda club: club["season"].update(id="s-2027", label="2027-2028"))

    await sign_in(browser, hugo)
    await ask_for_link(browser, CLUB.code, hugo.email)
    await site.services.eligibility.close()

    (alert,) = browser.alerts
    assert "n'est lié à aucun compte" in alert.replace("’", "'")


@on_sqlite
async def test_the_page_shows_the_club_that_a_verdict_has_named(site: Site, hugo: Person, browser: Browser) -> None:
    assert hugo.password
    await browser.open("/Login/monassociation")
    await site.services.eligibility.close()

    assert "Mon association" in browser.html


@on_sqlite
@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer x.y.z"}, {"authorization": "Basic eDp5"}],
    ids=["nothing", "no token", "a password"],
)
async def test_the_sample_tells_nobody_but_the_provider(sample: str, headers: dict[str, str]) -> None:
    question = {"association": "75012", "identifier": "hugo@exemple.fr", "purpose": "login"}
    async with httpx.AsyncClient() as stranger:
        answer = await stranger.post(f"{sample}/check", json=question, headers=headers)

    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_token"})


@on_sqlite
async def test_the_sample_believes_no_token_made_for_others(site: Site, sample: str) -> None:
    at = int(site.clock.now().timestamp())
    claims = {"iss": site.address, "aud": site.address, "iat": at, "exp": at + 60, "jti": "x"}
    token = site.services.key_ring.sign(claims, algorithm="ES256", typ="JWT")
    async with httpx.AsyncClient() as stranger:
        answer = await stranger.get(f"{sample}/associations/75012", headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 401


@on_sqlite
async def test_the_sample_offers_everything_that_a_service_may(site: Site, sample: str) -> None:
    eligibility = site.services.eligibility
    association = await eligibility.association("clubetoile")
    unknown = await eligibility.association("99999")
    found = await eligibility.find("hugo@exemple.fr")
    first = await eligibility.people("75012", limit=2)
    rest = await eligibility.people("75012", after="C1", limit=100)
    nobody = await eligibility.people("99999")
    await eligibility.close()

    assert sample
    assert association is not None
    assert (association.id, unknown, nobody) == ("a-69003", None, None)
    assert [one.code for one in found] == ["75012", "69003"]
    assert first is not None
    assert rest is not None
    assert ([person.id for person in first.persons], first.next_after) == (["C1", "P1"], "P1")
    assert [person.id for person in rest.persons] == ["P1", "P2", "P5"]
    assert eligibility.offers(Capability.PEOPLE)


@on_sqlite
async def test_a_command_asks_without_an_event_loop_of_its_own(site: Site, sample: str) -> None:
    assert sample
    ask = site.services.eligibility.check_blocking
    asked = [await asyncio.to_thread(ask, "75012", "jean.noir", Purpose.LOGIN) for _ in range(2)]

    assert [getattr(verdict, "username", None) for verdict in asked] == ["jean.noir"] * 2
