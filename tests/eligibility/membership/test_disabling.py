"""`account disable` with a membership service: by code, alias or id, whatever the service says, if anything."""

import asyncio

import pytest

from idp.accounts.service import Switched
from idp.associations.holding import UnknownAssociation
from idp.eligibility.members import Nobody
from tests.eligibility.membership.answers import REFUSED, as_bytes, changed
from tests.eligibility.membership.conftest import CLUB, Neighbour
from tests.eligibility.membership.servers import answering, saying
from tests.factories import give_credential
from tests.harness.browser import Browser
from tests.harness.site import Person, Site
from tests.harness.steps import sign_in

DOWN = saying(b"HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n")


async def disable(site: Site, association: str, identifier: str) -> Switched | Nobody | UnknownAssociation:
    """As the command does, away from the event loop."""
    return await asyncio.to_thread(site.services.accounts.disable, association, identifier)


@pytest.mark.parametrize("name", [CLUB.code, "monassociation", CLUB.id], ids=["code", "alias", "id"])
async def test_an_account_is_disabled_by_every_name_of_its_association(
    membership: Neighbour, site: Site, hugo: Person, browser: Browser, name: str
) -> None:
    assert membership.port
    await sign_in(browser, hugo)

    outcome = await disable(site, name, "HUGO@exemple.fr")

    assert isinstance(outcome, Switched)
    assert (outcome.changed, outcome.mailbox.login_key) == (True, hugo.email)
    await browser.open("/account")
    assert browser.path == "/"


@pytest.mark.parametrize("name", [CLUB.code, CLUB.alias, CLUB.id], ids=["code", "alias", "id"])
async def test_an_account_is_disabled_while_the_service_is_down(
    membership: Neighbour, site: Site, hugo: Person, browser: Browser, name: str
) -> None:
    await sign_in(browser, hugo)
    membership.misbehave(DOWN)

    outcome = await disable(site, name, hugo.email)

    assert isinstance(outcome, Switched)
    assert outcome.changed


async def test_an_account_is_disabled_while_the_service_refuses_the_person(
    membership: Neighbour, site: Site, hugo: Person, browser: Browser
) -> None:
    await sign_in(browser, hugo)
    membership.misbehave(answering(as_bytes(REFUSED)))

    outcome = await disable(site, CLUB.code, hugo.email)

    assert isinstance(outcome, Switched)


async def test_an_account_that_was_never_born_is_disabled_too(membership: Neighbour, site: Site, hugo: Person) -> None:
    membership.misbehave(answering(as_bytes(changed("email", "nora@exemple.fr"))))

    outcome = await disable(site, CLUB.code, "nora@exemple.fr")

    assert isinstance(outcome, Switched)
    assert (outcome.changed, outcome.mailbox.address) == (True, "nora@exemple.fr")
    assert hugo.email != outcome.mailbox.login_key


async def test_a_username_without_an_account_is_nobody_while_the_service_is_down(
    membership: Neighbour, site: Site, hugo: Person, browser: Browser
) -> None:
    await sign_in(browser, hugo)
    membership.misbehave(DOWN)
    site.write(lambda tx: give_credential(tx, CLUB, "jean.noir"))

    assert isinstance(await disable(site, CLUB.code, "nobody"), Nobody)
    assert isinstance(await disable(site, CLUB.code, "Jean.Noir"), Switched)


async def test_an_association_that_no_verdict_ever_named_is_unknown(membership: Neighbour, site: Site) -> None:
    membership.misbehave(DOWN)

    assert isinstance(await disable(site, "99999", "hugo@exemple.fr"), UnknownAssociation)


async def test_an_account_is_enabled_again(membership: Neighbour, site: Site, hugo: Person, browser: Browser) -> None:
    assert membership.port
    await disable(site, CLUB.code, hugo.email)

    await asyncio.to_thread(site.services.accounts.enable, CLUB.code, hugo.email)

    await sign_in(browser, hugo)
    assert browser.status == 200
    assert "erronées" not in browser.text
