"""The mailed link (S24–S27) and the code beside it."""

import re

import pytest

from tests.fakes import FixedClock
from tests.harness.browser import Browser
from tests.harness.site import PASSWORD, Person, Site
from tests.harness.steps import NEW_PASSWORD, ask_for_link, letter_with_link, set_password, sign_in
from tests.procedure.texts import S32

DEAD = "Ce lien n'est plus valable"


async def test_s24_the_letter_holds_one_link_to_the_public_address(site: Site, browser: Browser, nora: Person) -> None:
    letter = await letter_with_link(site, browser, nora)

    assert re.fullmatch(r"http://127\.0\.0\.1:8400/password/reset\?token=[\w-]{43,}", letter.link)
    assert "Ce lien ne sert qu'une fois." in letter.words


async def test_s24_the_links_host_is_never_the_requests(site: Site, browser: Browser, nora: Person) -> None:
    browser.headers["x-forwarded-host"] = "evil.example"
    letter = await letter_with_link(site, browser, nora)
    browser.headers["host"] = "evil.example"
    await browser.open("/password/forgot")

    assert letter.link.startswith("http://127.0.0.1:8400/")
    assert browser.status == 400


async def test_s25_the_link_works_one_second_before_24_hours(
    site: Site, browser: Browser, nora: Person, clock: FixedClock
) -> None:
    letter = await letter_with_link(site, browser, nora)
    clock.advance(hours=24, seconds=-1)
    await set_password(browser, letter.link)

    assert browser.statuses == [S32]


async def test_s25_the_link_is_refused_at_24_hours(
    site: Site, browser: Browser, nora: Person, clock: FixedClock
) -> None:
    letter = await letter_with_link(site, browser, nora)
    clock.advance(hours=24)
    await browser.open(letter.link)

    assert browser.status == 410
    assert browser.heading == DEAD


async def test_s25_a_form_opened_in_time_is_refused_once_24_hours_are_over(
    site: Site, browser: Browser, nora: Person, clock: FixedClock
) -> None:
    letter = await letter_with_link(site, browser, nora)
    clock.advance(hours=24, seconds=-1)
    await browser.open(letter.link)
    clock.advance(seconds=1)
    await browser.fill(password=NEW_PASSWORD).submit()

    assert (browser.status, browser.heading) == (410, DEAD)


async def test_s25_the_opened_form_ends_after_15_minutes_and_the_link_opens_it_again(
    site: Site, browser: Browser, nora: Person, clock: FixedClock
) -> None:
    letter = await letter_with_link(site, browser, nora)
    await browser.open(letter.link)
    clock.advance(minutes=15)
    await browser.fill(password=NEW_PASSWORD).submit()
    late = browser.status
    await set_password(browser, letter.link)

    assert late == 410
    assert browser.statuses == [S32]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_s25_looking_at_the_link_consumes_nothing(
    site: Site, browser: Browser, other_browser: Browser, nora: Person, method: str
) -> None:
    letter = await letter_with_link(site, browser, nora)
    await other_browser.open(letter.link, method=method)
    await other_browser.open(letter.link, method=method)
    seen = other_browser.status
    await set_password(browser, letter.link)

    assert seen == 200
    assert browser.statuses == [S32]


async def test_s25_the_link_leaves_the_address_bar_and_the_referrer(site: Site, browser: Browser, nora: Person) -> None:
    letter = await letter_with_link(site, browser, nora)
    await browser.open(letter.link)

    assert browser.address == f"{site.address}/password/reset"
    assert browser.answer is not None
    assert browser.answer.headers["referrer-policy"] == "no-referrer"
    assert browser.answer.headers["cache-control"] == "no-store"
    assert letter.link.partition("token=")[2] not in browser.html


async def test_s25_the_link_is_of_one_use(site: Site, browser: Browser, other_browser: Browser, nora: Person) -> None:
    letter = await letter_with_link(site, browser, nora)
    await set_password(browser, letter.link)
    await other_browser.open(letter.link)

    assert (other_browser.status, other_browser.heading) == (410, DEAD)


async def test_s25_of_two_open_forms_one_is_taken(
    site: Site, browser: Browser, other_browser: Browser, nora: Person
) -> None:
    letter = await letter_with_link(site, browser, nora)
    await browser.open(letter.link)
    await other_browser.open(letter.link)
    await browser.fill(password=NEW_PASSWORD).submit()
    await other_browser.fill(password="un autre choix tardif").submit()
    await sign_in(browser, nora, NEW_PASSWORD)

    assert other_browser.status == 410
    assert browser.path == "/account"


async def test_s25_three_links_live_and_a_fourth_pushes_the_first_out(
    site: Site, browser: Browser, nora: Person, clock: FixedClock
) -> None:
    letters = []
    for _ in range(4):
        letters.append(await letter_with_link(site, browser, nora))
        clock.advance(minutes=1)

    opened = [(await browser.open(letter.link)).status for letter in letters]

    assert opened == [410, 200, 200, 200]


async def test_s25_the_use_of_one_link_cancels_the_others(
    site: Site, browser: Browser, nora: Person, clock: FixedClock
) -> None:
    first = await letter_with_link(site, browser, nora)
    clock.advance(minutes=1)
    second = await letter_with_link(site, browser, nora)
    await set_password(browser, second.link)
    await browser.open(first.link)

    assert browser.status == 410


async def test_s25_a_ban_cancels_the_link(site: Site, browser: Browser, nora: Person) -> None:
    letter = await letter_with_link(site, browser, nora)
    site.members.ban("75012", nora.id)
    site.members.unban("75012", nora.id)
    await browser.open(letter.link)

    assert browser.status == 410, "cancelled for good, not only while the ban lasts"


async def test_s25_disabling_the_account_cancels_the_link(site: Site, browser: Browser, nora: Person) -> None:
    letter = await letter_with_link(site, browser, nora)
    site.accounts.disable("75012", nora.email)
    site.accounts.enable("75012", nora.email)
    await browser.open(letter.link)

    assert browser.status == 410


async def test_s25_eligibility_is_asked_again_when_the_form_is_opened(
    site: Site, browser: Browser, nora: Person
) -> None:
    letter = await letter_with_link(site, browser, nora)
    site.services.seasons.start("75012", "2027-2028")
    await browser.open(letter.link)

    assert browser.status == 410


async def test_s25_eligibility_is_asked_again_when_the_form_is_sent(
    site: Site, browser: Browser, hugo: Person, other_browser: Browser
) -> None:
    letter = await letter_with_link(site, browser, hugo)
    await browser.open(letter.link)
    site.services.seasons.start("75012", "2027-2028")
    await browser.fill(password=NEW_PASSWORD).submit()
    site.services.seasons.start("75012", "2026-2027")
    await sign_in(other_browser, hugo, PASSWORD)

    assert browser.status == 410
    assert other_browser.path == "/account", "the old password is still the one"


@pytest.mark.parametrize("token", ["", "rl_nothing", "%00", "a" * 3000, "rf_" + "A" * 43, "'; drop table reset_link"])
async def test_s25_what_is_no_link_of_ours_opens_nothing(browser: Browser, token: str) -> None:
    await browser.open(f"/password/reset?token={token}")

    assert (browser.status, browser.heading) == (410, DEAD)


async def test_s26_a_dead_link_offers_a_new_one_with_what_was_typed(site: Site, browser: Browser, nora: Person) -> None:
    letter = await letter_with_link(site, browser, nora)
    await set_password(browser, letter.link)
    await browser.open(letter.link)
    await browser.follow("Recevoir un nouveau lien")

    assert browser.path == "/password/forgot"
    assert (browser.value("association"), browser.value("identifier")) == ("MonAssociation", nora.email)


async def test_s26_a_dead_link_says_nothing_of_the_account(
    site: Site, browser: Browser, other_browser: Browser, nora: Person
) -> None:
    letter = await letter_with_link(site, browser, nora)
    await set_password(browser, letter.link)
    await other_browser.open(letter.link)

    assert "nora" not in other_browser.html
    assert "Mon association" not in other_browser.html
    assert "24 heures" in other_browser.text


async def test_s27_a_second_link_never_goes_to_an_address_that_was_typed(
    site: Site, browser: Browser, nora: Person
) -> None:
    await ask_for_link(browser, "75012", f"{nora.email},evil@exemple.org")
    await ask_for_link(browser, "75012", nora.email)

    assert [letter.to for letter in await site.letters()] == [nora.email]
