"""What happens when two do it at once: one account is born, one password is set, five tries are five (S8, S25)."""

import anyio
import pytest
from sqlalchemy import func, select

from idp.accounts.passwords import PlainPassword
from idp.accounts.tables import Credential
from idp.recovery.asking import Ask, Sent
from idp.recovery.setting import Changed, Dead, Sender
from idp.recovery.tables import ResetLink
from idp.store.secrets import Kind, TokenHash
from idp.store.tables import table_of
from idp.throttle.known_browsers import Renewal
from tests.harness.browser import Browser
from tests.harness.site import Person, Site
from tests.harness.steps import letter_with_link

pytestmark = pytest.mark.timeout(60)


async def test_s8_two_first_requests_at_once_make_one_account(site: Site, nora: Person) -> None:
    outcomes: list[object] = []

    async def ask() -> None:
        outcomes.append(await site.services.ask_for_link.ask(Ask("75012", nora.email, source="203.0.113.9")))

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(ask)

    live = select(func.count()).select_from(table_of(ResetLink)).where(table_of(ResetLink).c.cancelled_at.is_(None))
    accounts = select(func.count()).select_from(table_of(Credential))
    assert outcomes == [Sent()] * 8
    assert site.read(lambda tx: tx.execute(accounts).scalar_one()) == 1
    assert site.read(lambda tx: tx.execute(live).scalar_one()) == 3


async def test_s25_of_ten_submits_of_one_link_one_sets_the_password(site: Site, browser: Browser, nora: Person) -> None:
    token = (await letter_with_link(site, browser, nora)).link.partition("token=")[2]
    outcomes: list[object] = []

    async def submit(number: int) -> None:
        password = PlainPassword(f"une lampe verte dehors {number}")
        by = Sender(known=Renewal(None, TokenHash(f"browser-{number}")))
        outcomes.append(await site.services.set_password.submit(token, password, by))

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(submit, number)

    assert sum(isinstance(outcome, Changed) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Dead) for outcome in outcomes) == 9
    assert len([letter for letter in await site.letters() if "modifié" in letter.subject]) == 1


async def test_s25_twenty_tries_at_once_are_five(site: Site, browser: Browser, nora: Person) -> None:
    code = (await letter_with_link(site, browser, nora)).code
    secret = browser.jar.value("127.0.0.1", "idp_browser")
    browser_hash = site.services.mint.hash(Kind.BROWSER, secret)

    async def guess() -> None:
        await site.services.type_code.try_code(browser_hash, "22222222")

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(guess)

    tries = select(table_of(ResetLink).c.code_tries)
    assert site.read(lambda tx: tx.execute(tries).scalar_one()) == 5
    assert await site.services.type_code.try_code(browser_hash, code) is None
