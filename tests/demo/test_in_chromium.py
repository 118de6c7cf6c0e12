"""The demonstration in a real browser: a mail's button leads out of its frame, pages fit small screens and axe."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.demo.running import Running
from tests.pages.gallery import CHROMIUM, CHROMIUM_OPTIONS

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

NEW_PASSWORD = "la rivière coule sous le vent"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_OPTIONS])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab on the narrowest screen there is, into which axe may be brought in spite of the policy."""
    with chromium.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True) as context:
        yield context.new_page()


def broken_rules(page: Page) -> list[str]:
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    return [rule["id"] for rule in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("path", ["/", "/?fin=acces", "/comptes", "/callback"])
def test_the_applications_pages_fit_and_break_no_rule(demonstration: Running, page: Page, path: str) -> None:
    page.goto(demonstration.addresses.application + path)

    assert broken_rules(page) == []


def test_a_mail_is_opened_and_its_button_leads_back_into_the_application(demonstration: Running, page: Page) -> None:
    page.goto(f"{demonstration.addresses.application}/comptes")
    page.get_by_role("link", name="Essayer avec karim@exemple.fr").click()
    page.get_by_role("link", name="Première connexion ?").click()
    page.get_by_role("button", name="Envoyer").click()
    page.wait_for_url("**/Login/**")

    open_newest_mail(page, demonstration, "karim@exemple.fr")
    in_mail = broken_rules(page)
    page.frame_locator("iframe").get_by_role("link", name="Définir mon mot de passe").click()
    page.locator("#password").fill(NEW_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/Login/**")
    page.locator("#password").fill(NEW_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/moi")

    assert in_mail == []
    assert page.get_by_role("heading", level=1).inner_text() == "Karim Benali"
    assert broken_rules(page) == []


def open_newest_mail(page: Page, demonstration: Running, recipient: str) -> None:
    """Look until it is there: mail takes its time."""
    mail = page.locator(".mails a", has_text=recipient).first
    page.goto(demonstration.addresses.mailbox)
    for _ in range(100):
        if mail.is_visible():
            break
        page.wait_for_timeout(100)
        page.reload()
    mail.click()
    page.wait_for_url("**/messages/*")
