"""What people do on the pages, named as they would name it."""

from tests.harness.browser import Browser
from tests.harness.letters import ReadLetter
from tests.harness.site import Person, Site

NEW_PASSWORD = "une lampe verte dehors"


async def sign_in(browser: Browser, person: Person, password: str = "") -> Browser:
    """Open the club's authentication page and sign in there."""
    await browser.open(f"/Login/{person.club.code}")
    return await fill_login(browser, person, password)


async def fill_login(browser: Browser, person: Person, password: str = "") -> Browser:
    """Sign in on the authentication page that is open."""
    return await browser.fill(identifier=person.email, password=password or person.password).submit()


async def ask_for_link(browser: Browser, association: str, identifier: str) -> Browser:
    """Go through « Mot de passe oublié » from the authentication page."""
    await (await browser.open("/")).follow("Mot de passe oublié")
    return await browser.fill(association=association, identifier=identifier).submit("Envoyer")


async def letter_with_link(site: Site, browser: Browser, person: Person) -> ReadLetter:
    """Ask for a link, and return the letter that brings it."""
    await ask_for_link(browser, person.club.code, person.email)
    return await site.letter_to(person.email)


async def set_password(browser: Browser, link: str, password: str = NEW_PASSWORD) -> Browser:
    """Open a mailed link and choose a password."""
    await browser.open(link)
    return await browser.fill(password=password).submit("Valider")
