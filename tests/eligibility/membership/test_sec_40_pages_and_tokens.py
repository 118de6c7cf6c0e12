"""SEC-40 as members and applications see it: 503 in under 3 s, the same whatever was typed, and nothing spent."""

import asyncio
import time

import httpx
import pytest

from idp.eligibility.epochs import raise_epoch
from idp.ops import create_ops_app
from tests.eligibility.membership.answers import as_bytes, changed
from tests.eligibility.membership.conftest import CLUB, Neighbour
from tests.eligibility.membership.servers import Talk, answering, dripping, pouring, saying, sleeping
from tests.harness.application import Application
from tests.harness.browser import Browser
from tests.harness.site import Person, Site
from tests.harness.steps import sign_in

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LINK_LOCAL = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
FAULTS: dict[str, Talk] = {
    "cut": saying(b""),
    "500": saying(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n"),
    "30 seconds": sleeping,
    "a drip": dripping,
    "bad JSON": answering(b'{"eligible": true,'),
    "50 MiB": pouring,
    "deep": answering(b"[" * 30_000 + b"]" * 30_000),
    "an association's id that is a number": answering(as_bytes(changed("association.id", 75012))),
    "a person's id that is a number": answering(as_bytes(changed("persons.0.id", 1))),
    "true as text": answering(as_bytes(changed("eligible", "true"))),
    "302 to link-local": saying(LINK_LOCAL),
}
faults = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())


def change_something(site: Site) -> None:
    """So that no earlier verdict answers."""
    site.write(lambda tx: raise_epoch(tx, CLUB.id))


async def refresh_token_of(browser: Browser, boutique: Application, person: Person) -> str:
    """Sign in to the application, and return the refresh token that it was given."""
    await browser.open(boutique.request(association=person.club.code))
    await browser.fill(identifier=person.email, password=person.password).submit()
    tokens = (await boutique.trade(browser.sent_away["code"])).json()
    token: str = tokens["refresh_token"]
    return token


@faults
async def test_nobody_signs_in_on_a_doubtful_answer(
    membership: Neighbour, hugo: Person, browser: Browser, fault: Talk
) -> None:
    membership.misbehave(fault)
    began = time.monotonic()

    await sign_in(browser, hugo)

    assert browser.status == 503
    assert time.monotonic() - began < 3
    assert "erronées" not in browser.text
    await browser.open("/account")
    assert browser.path == "/"


@faults
async def test_a_refresh_token_survives_a_doubtful_answer(
    site: Site, membership: Neighbour, hugo: Person, boutique: Application, browser: Browser, fault: Talk
) -> None:
    token, sound = await refresh_token_of(browser, boutique, hugo), membership.talk
    change_something(site)
    membership.misbehave(fault)
    began = time.monotonic()

    answer = await boutique.refresh(token)

    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert time.monotonic() - began < 3
    membership.misbehave(sound)
    assert (await boutique.refresh(token)).status_code == 200


async def test_a_service_that_is_away_lets_nobody_in(neighbour: Neighbour, hugo: Person, browser: Browser) -> None:
    await sign_in(browser, hugo)

    assert neighbour.port
    assert browser.status == 503


@pytest.mark.parametrize(
    ("association", "identifier", "password"),
    [("75012", "hugo@exemple.fr", "wrong"), ("nowhere", "nobody", "x"), ("75012", "\t", "x")],
    ids=["a member", "nobody", "nonsense"],
)
async def test_the_page_is_the_same_whatever_was_typed(
    membership: Neighbour, site: Site, hugo: Person, association: str, identifier: str, password: str
) -> None:
    membership.misbehave(FAULTS["500"])
    known, other = site.new_browser(), site.new_browser()
    await sign_in(known, hugo)
    await other.open("/")

    await other.fill(association=association, identifier=identifier, password=password).submit()

    assert (other.status, other.heading) == (503, known.heading)
    assert hugo.email not in other.text


async def test_after_five_failures_nobody_waits_for_the_service_any_more(
    membership: Neighbour, site: Site, hugo: Person
) -> None:
    membership.misbehave(sleeping)
    await asyncio.gather(*(sign_in(site.new_browser(), hugo) for _ in range(5)))
    began = time.monotonic()

    browser = await sign_in(site.new_browser(), hugo)

    assert browser.status == 503
    assert time.monotonic() - began < 0.5


async def test_a_local_block_wins_over_the_services_yes(
    membership: Neighbour, site: Site, hugo: Person, boutique: Application, browser: Browser
) -> None:
    assert membership.port
    token = await refresh_token_of(browser, boutique, hugo)

    await asyncio.to_thread(site.services.accounts.disable, "MonAssociation", hugo.email)

    refused = await boutique.refresh(token)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert "erronées" in (await sign_in(site.new_browser(), hugo)).text


async def test_operators_see_that_the_service_is_spared(membership: Neighbour, site: Site, hugo: Person) -> None:
    operations = httpx.AsyncClient(transport=httpx.ASGITransport(create_ops_app(site.services)))
    before = await operations.get("http://127.0.0.1:8409/metrics")
    membership.misbehave(FAULTS["500"])
    for _ in range(5):
        await sign_in(site.new_browser(), hugo)
    after = await operations.get("http://127.0.0.1:8409/metrics")
    await operations.aclose()

    assert "idp_eligibility_spared 0" in before.text
    assert "idp_eligibility_spared 1" in after.text
