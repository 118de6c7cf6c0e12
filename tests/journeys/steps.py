"""What members do, over real connections."""

from tests.harness.browser import Browser
from tests.harness.live import LiveSite
from tests.harness.site import Person
from tests.harness.steps import NEW_PASSWORD


async def choose_first_password(site: LiveSite, browser: Browser, person: Person, password: str = NEW_PASSWORD) -> None:
    """Set a password by the mailed link."""
    await browser.open(f"/password/forgot?association={person.club.code}")
    await browser.fill(identifier=person.email).submit("Envoyer")
    await browser.open(site.letter_to(person.email).link)
    await browser.fill(password=password).submit("Valider")
    site.letter_to(person.email, count=2)  # that it was changed


async def sign_in(browser: Browser, person: Person, password: str = NEW_PASSWORD) -> str:
    """Sign in on the page that is open. Returns where it led."""
    await browser.fill(identifier=person.email, password=password).submit()
    return browser.address
