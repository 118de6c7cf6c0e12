"""« Mot de Passe oublié » (S15–S23)."""

import pytest

from tests.harness.application import Application
from tests.harness.browser import Browser
from tests.harness.site import Person, Site
from tests.harness.steps import ask_for_link
from tests.procedure.texts import S16, S20, S21, S22, S23

pytestmark = pytest.mark.usefixtures("club")


async def test_s15_the_title_is_the_procedures(browser: Browser) -> None:
    await browser.open("/password/forgot")

    assert browser.heading == "Mot de Passe oublié"
    assert browser.title.startswith("Mot de Passe oublié")


async def test_s15_the_association_of_the_address_comes_along(browser: Browser) -> None:
    await (await browser.open("/Login/MonAssociation")).follow("Mot de passe oublié")

    assert browser.value("association") == "MonAssociation"


async def test_s15_what_was_typed_comes_along_but_never_the_password(browser: Browser, hugo: Person) -> None:
    await browser.open("/")
    browser.fill(association="MonAssociation", identifier=hugo.email, password="pas le bon mot")
    await browser.submit()
    await browser.follow("Mot de passe oublié")

    assert browser.value("association") == "MonAssociation"
    assert browser.value("identifier") == hugo.email
    assert "pas le bon mot" not in browser.html


async def test_s15_a_page_with_script_posts_what_was_typed_ahead(site: Site, browser: Browser) -> None:
    await browser.open("/password/forgot")
    await browser.submit(forged={"association": "75012", "identifier": "nora@exemple.fr", "prefill": "1"})

    assert browser.value("association") == "75012"
    assert browser.value("identifier") == "nora@exemple.fr"
    assert browser.alerts == []
    assert await site.letters() == []


async def test_s16_the_instructions_are_the_procedures(browser: Browser) -> None:
    await browser.open("/password/forgot")

    assert S16 in browser.text


async def test_s17_the_association_has_a_label_a_document_and_a_hint_for_password_managers(browser: Browser) -> None:
    await browser.open("/password/forgot")

    box = browser.field("association")
    assert browser.label("association") == "Association"
    assert box.get("autocomplete") == "organization"
    assert "M6 3h8l4 4v14H6z" in browser.html, "the icon of a document"


async def test_s18_the_identifier_has_a_label_a_person_and_a_hint_for_password_managers(browser: Browser) -> None:
    await browser.open("/password/forgot")

    box = browser.field("identifier")
    assert browser.label("identifier") == "Compte utilisateur / Email"
    assert box.get("autocomplete") == "username"
    assert '<circle cx="12" cy="8" r="4"/>' in browser.html, "the icon of a person"


async def test_s19_the_button_says_envoyer(browser: Browser) -> None:
    await browser.open("/password/forgot")

    assert browser.buttons == ["Envoyer"]


async def test_s20_the_way_back_keeps_the_association(browser: Browser) -> None:
    await (await browser.open("/Login/MonAssociation")).follow("Mot de passe oublié")
    await browser.follow(S20)

    assert browser.path == "/Login/MonAssociation"
    assert browser.value("association") == "MonAssociation"


async def test_s20_the_way_back_keeps_the_applications_request(
    browser: Browser, hugo: Person, boutique: Application
) -> None:
    await (await browser.open(boutique.request())).follow("Mot de passe oublié")
    await browser.follow(S20)
    await browser.fill(association="75012", identifier=hugo.email, password=hugo.password).submit()

    assert browser.sent_away["state"] == "state-of-the-application"
    assert "code" in browser.sent_away


async def test_s21_an_email_is_sent_and_the_authentication_page_says_so(
    site: Site, browser: Browser, nora: Person
) -> None:
    await ask_for_link(browser, "MonAssociation", nora.email)

    assert browser.heading == "Connexion"
    assert browser.statuses == [S21]
    assert [answer.status_code for answer in browser.redirects] == [303]
    assert [letter.to for letter in await site.letters()] == [nora.email]


async def test_s21_association_and_identifier_are_still_there(browser: Browser, nora: Person) -> None:
    await ask_for_link(browser, "MonAssociation", nora.email.title())

    assert browser.value("association") == "MonAssociation"
    assert browser.value("identifier") == "Nora@Exemple.Fr"


async def test_s22_the_page_explains_unwanted_mail_as_help_not_as_an_error(browser: Browser, nora: Person) -> None:
    await ask_for_link(browser, "75012", nora.email)

    assert S22 in browser.text
    assert browser.alerts == []


async def test_s23_the_page_asks_to_look_there_before_asking_the_club(browser: Browser, nora: Person) -> None:
    await ask_for_link(browser, "75012", nora.email)

    assert S23 in browser.text
    assert S22 not in "".join(browser.statuses)
