"""The short code of the letter, for those who read mail on another device (« The link »)."""

import pytest

from tests.fakes import FixedClock
from tests.harness.browser import Browser
from tests.harness.letters import ReadLetter
from tests.harness.site import Person, Site
from tests.harness.steps import NEW_PASSWORD, ask_for_link, letter_with_link, set_password, sign_in
from tests.procedure.texts import S32

WRONG = "2222 2222"
REFUSED = (
    "Ce code ne convient pas : il est mal saisi, il a expiré ou il a déjà servi. "
    "Après cinq essais, demandez un nouvel email."
)


async def type_code(browser: Browser, code: str) -> Browser:
    """Type a code on the page that S21's page leads to."""
    await browser.open("/password/code")
    return await browser.fill(code=code).submit("Continuer")


@pytest.fixture
async def letter(site: Site, browser: Browser, nora: Person) -> ReadLetter:
    """The letter that Nora's browser asked for."""
    return await letter_with_link(site, browser, nora)


async def test_the_page_of_the_sent_mail_leads_to_the_code(browser: Browser, nora: Person) -> None:
    await ask_for_link(browser, "75012", nora.email)
    await browser.follow("J'ai reçu un code par email")

    assert browser.path == "/password/code"
    assert browser.label("code") == "Code"


async def test_the_code_has_eight_characters_without_look_alikes(letter: ReadLetter) -> None:
    code = letter.code.replace(" ", "")

    assert len(code) == 8
    assert set(code).isdisjoint("01IOLS")
    assert code not in letter.link


async def test_the_code_opens_the_form_and_sets_the_password(
    browser: Browser, nora: Person, letter: ReadLetter
) -> None:
    await type_code(browser, letter.code)
    opened_at = browser.path
    await browser.fill(password=NEW_PASSWORD).submit("Valider")
    told = browser.statuses
    await sign_in(browser, nora, NEW_PASSWORD)

    assert opened_at == "/password/reset"
    assert told == [S32]
    assert browser.path == "/account"


@pytest.mark.parametrize("spelling", ["{}{}", "{} {}", " {}-{} ", "\t{} {}\r\n", "{}\N{NO-BREAK SPACE}{}"])
async def test_the_code_is_understood_however_it_is_typed(browser: Browser, letter: ReadLetter, spelling: str) -> None:
    await type_code(browser, spelling.format(*letter.code.lower().split()))

    assert browser.path == "/password/reset"


async def test_a_wrong_code_is_refused_in_a_list(browser: Browser, letter: ReadLetter) -> None:
    assert letter.code != WRONG
    await type_code(browser, WRONG)

    assert browser.status == 200
    assert browser.alerts == [REFUSED]
    assert browser.is_wrong("code")


async def test_the_page_answers_alike_without_a_live_code(
    browser: Browser, other_browser: Browser, letter: ReadLetter
) -> None:
    assert letter.code != WRONG
    await browser.open("/password/code?association=75012")
    await browser.fill(code=WRONG).submit()
    await other_browser.open("/password/code?association=75012")
    await other_browser.fill(code=WRONG).submit()

    assert (browser.status, browser.text) == (other_browser.status, other_browser.text)


async def test_the_fifth_try_may_be_the_right_one(browser: Browser, letter: ReadLetter) -> None:
    for _ in range(4):
        await type_code(browser, WRONG)
    await type_code(browser, letter.code)

    assert browser.path == "/password/reset"


async def test_the_sixth_try_is_refused_even_if_right(browser: Browser, letter: ReadLetter) -> None:
    for _ in range(5):
        await type_code(browser, WRONG)
    await type_code(browser, letter.code)

    assert browser.alerts == [REFUSED]


async def test_five_tries_leave_the_link_alive(browser: Browser, letter: ReadLetter) -> None:
    for _ in range(6):
        await type_code(browser, WRONG)
    await set_password(browser, letter.link)

    assert browser.statuses == [S32]


async def test_the_code_works_in_the_browser_that_asked_alone(other_browser: Browser, letter: ReadLetter) -> None:
    await type_code(other_browser, letter.code)

    assert other_browser.alerts == [REFUSED]


async def test_another_browsers_tries_cost_the_code_nothing(
    browser: Browser, other_browser: Browser, letter: ReadLetter
) -> None:
    for _ in range(6):
        await type_code(other_browser, WRONG)
    await type_code(browser, letter.code)

    assert browser.path == "/password/reset"


async def test_the_code_lives_as_long_as_its_link(browser: Browser, letter: ReadLetter, clock: FixedClock) -> None:
    clock.advance(hours=24)
    await type_code(browser, letter.code)

    assert browser.alerts == [REFUSED]


async def test_the_code_works_one_second_before_the_links_end(
    browser: Browser, letter: ReadLetter, clock: FixedClock
) -> None:
    clock.advance(hours=24, seconds=-1)
    await type_code(browser, letter.code)

    assert browser.path == "/password/reset"


async def test_the_form_that_a_code_opened_ends_after_15_minutes(
    browser: Browser, letter: ReadLetter, clock: FixedClock
) -> None:
    await type_code(browser, letter.code)
    form = browser.jar.value("127.0.0.1", "idp_reset")
    clock.advance(minutes=15)
    browser.jar.plant("127.0.0.1", "idp_reset", form)
    await browser.fill(password=NEW_PASSWORD).submit()

    assert browser.status == 410


async def test_the_code_dies_with_its_link(browser: Browser, other_browser: Browser, letter: ReadLetter) -> None:
    await set_password(other_browser, letter.link)
    await type_code(browser, letter.code)

    assert browser.alerts == [REFUSED]


async def test_a_ban_cancels_the_code(site: Site, browser: Browser, nora: Person, letter: ReadLetter) -> None:
    site.members.ban("75012", nora.id)
    site.members.unban("75012", nora.id)
    await type_code(browser, letter.code)

    assert browser.alerts == [REFUSED]


async def test_the_code_is_no_link_and_the_link_no_code(browser: Browser, letter: ReadLetter) -> None:
    await browser.open(f"/password/reset?token={letter.code.replace(' ', '')}")
    as_link = browser.status
    await type_code(browser, letter.link.partition("token=")[2][:32])

    assert as_link == 410
    assert browser.alerts == [REFUSED]
