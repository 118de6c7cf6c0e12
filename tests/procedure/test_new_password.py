"""« Réinitialisation du mot de passe » (S28–S33)."""

import pytest

from tests.fakes import FixedClock
from tests.harness.browser import Browser
from tests.harness.site import PASSWORD, Person, Site
from tests.harness.steps import NEW_PASSWORD, fill_login, letter_with_link, set_password, sign_in
from tests.procedure.texts import S29, S32, S39


@pytest.fixture
async def form(site: Site, browser: Browser, hugo: Person) -> Browser:
    """Hugo's browser, where the mailed link was opened."""
    letter = await letter_with_link(site, browser, hugo)
    return await browser.open(letter.link)


async def test_s28_the_title_is_the_procedures(form: Browser) -> None:
    assert form.heading == "Réinitialisation du mot de passe"
    assert form.title.startswith("Réinitialisation du mot de passe")


async def test_s29_the_instruction_is_the_procedures(form: Browser) -> None:
    assert S29 in form.text


async def test_s30_the_button_says_valider(form: Browser) -> None:
    assert form.buttons == ["Valider"]


async def test_s30_there_is_one_field_and_none_to_retype(form: Browser) -> None:
    boxes = [name for name, box in form.form().fields.items() if box.get("type") == "password"]

    assert boxes == ["password"]
    assert form.field("password").get("autocomplete") == "new-password"
    assert "Afficher" in form.html


async def test_s31_the_policy_is_shown_before_typing(form: Browser) -> None:
    described = form.field("password").get("aria-describedby")

    assert described == "policy"
    assert "12 caractères au moins." in form.text


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ("trop court", "Ce mot de passe est trop court : il faut 12 caractères au moins."),
        ("a" * 257, "Ce mot de passe est trop long : 256 caractères au plus."),
        ("", "Ce mot de passe est trop court : il faut 12 caractères au moins."),
        ("hugo martin 1990", "Ce mot de passe contient votre nom, votre email"),
        ("monassociation", "Ce mot de passe contient votre nom, votre email, le nom de votre association"),
        ("abcdefabcdef", "Ce mot de passe est t"),
    ],
)
async def test_s31_a_refusal_says_why(form: Browser, choice: str, reason: str) -> None:
    await form.fill(password=choice).submit()

    assert form.status == 200
    assert [alert for alert in form.alerts if alert.startswith(reason)] != [], form.alerts
    assert form.is_wrong("password")
    assert form.value("password") == ""


async def test_s31_a_refusal_leaves_the_link_alive(form: Browser) -> None:
    await form.fill(password="trop court").submit()
    await form.fill(password=NEW_PASSWORD).submit()

    assert form.statuses == [S32]


async def test_s31_any_text_may_be_a_password(form: Browser, hugo: Person) -> None:
    choice = " ünï 🏊 & <b> %00 + ça \\ "
    await form.fill(password=choice).submit()
    await sign_in(form, hugo, choice)

    assert form.path == "/account"


async def test_s32_the_authentication_page_confirms_with_fields_filled_in(form: Browser, hugo: Person) -> None:
    await form.fill(password=NEW_PASSWORD).submit()

    assert form.heading == "Connexion"
    assert form.statuses == [S32]
    assert (form.value("association"), form.value("identifier")) == ("MonAssociation", hugo.email)


async def test_s32_the_fields_are_filled_in_on_another_device_too(
    site: Site, browser: Browser, other_browser: Browser, hugo: Person
) -> None:
    letter = await letter_with_link(site, browser, hugo)
    await set_password(other_browser, letter.link)

    assert (other_browser.value("association"), other_browser.value("identifier")) == ("MonAssociation", hugo.email)
    assert other_browser.field("password").has("autofocus")


async def test_s33_nobody_is_signed_in_by_setting_a_password(form: Browser) -> None:
    await form.fill(password=NEW_PASSWORD).submit()
    await form.open("/account")

    assert form.path == "/"


async def test_s33_then_one_signs_in(form: Browser, hugo: Person) -> None:
    await form.fill(password=NEW_PASSWORD).submit()
    await form.fill(password=NEW_PASSWORD).submit()

    assert form.path == "/account"
    assert "Hugo Martin" in form.text
    assert hugo.password != NEW_PASSWORD


async def test_s33_the_old_password_is_worth_nothing(form: Browser, hugo: Person) -> None:
    await form.fill(password=NEW_PASSWORD).submit()
    await fill_login(form, hugo, PASSWORD)

    assert form.alerts == [S39]


async def test_s33_all_sessions_of_the_account_end(
    site: Site, browser: Browser, other_browser: Browser, hugo: Person
) -> None:
    await sign_in(other_browser, hugo)
    letter = await letter_with_link(site, browser, hugo)
    await set_password(browser, letter.link)
    await other_browser.open("/account")

    assert other_browser.path == "/"


async def test_s33_a_mail_says_that_the_password_changed(
    site: Site, form: Browser, hugo: Person, clock: FixedClock
) -> None:
    clock.advance(minutes=5)
    await form.fill(password=NEW_PASSWORD).submit()
    letter = await site.letter_to(hugo.email)

    assert letter.subject.startswith("Votre mot de passe a été modifié")
    assert "15 h 10" in letter.words or "15:10" in letter.words or "15h10" in letter.words
    assert NEW_PASSWORD not in letter.text + letter.html
