"""The authentication page (S10–S14)."""

import pytest

from tests.harness.browser import Browser
from tests.harness.site import Person
from tests.harness.steps import fill_login

pytestmark = pytest.mark.usefixtures("club")


async def test_s10_the_root_is_the_authentication_page(browser: Browser) -> None:
    await browser.open("/")

    assert browser.status == 200
    assert browser.heading == "Connexion"
    assert browser.value("association") == ""


@pytest.mark.parametrize("name", ["75012", "MonAssociation"])
async def test_s11_code_and_alias_in_the_address_fill_the_association_in(browser: Browser, name: str) -> None:
    await browser.open(f"/Login/{name}")

    assert browser.value("association") == name
    assert browser.title.startswith("Connexion – Mon association")


@pytest.mark.parametrize("path", ["/login/75012", "/Login/75012", "/LOGIN/75012", "/LogIn/75012"])
async def test_s11_the_address_is_understood_in_any_case(browser: Browser, path: str) -> None:
    await browser.open(path)

    assert browser.status == 200
    assert browser.value("association") == "75012"


@pytest.mark.parametrize("name", ["monassociation", "MONASSOCIATION", "MonAssociatiön", " -MonAssociation- "])
async def test_s11_a_member_signs_in_by_the_alias_however_it_is_written(
    browser: Browser, hugo: Person, name: str
) -> None:
    await fill_login(await browser.open(f"/Login/{name}"), hugo)

    assert browser.path == "/account"


async def test_s12_an_unknown_association_is_shown_as_typed(browser: Browser) -> None:
    await browser.open("/Login/Nulle%20Part")

    assert browser.status == 200
    assert browser.value("association") == "Nulle Part"
    assert browser.alerts == []


@pytest.mark.parametrize("path", ["/Login/75012/", "/Login//75012", "/Login", "/Login/", "//"])
async def test_s12_a_slash_too_many_or_too_few_is_not_found_and_leads_nowhere(browser: Browser, path: str) -> None:
    await browser.open(f"{browser.home}{path}")

    assert browser.status == 404
    assert browser.redirects == []


async def test_s13_the_screen_has_three_fields_with_their_labels(browser: Browser) -> None:
    await browser.open("/")

    labels = [browser.label(name) for name in ("association", "identifier", "password")]
    assert labels == ["Association", "Compte utilisateur / Email", "Mot de passe"]
    assert browser.field("password").get("type") == "password"


async def test_s14_the_screen_leads_to_the_forgotten_password(browser: Browser) -> None:
    await (await browser.open("/")).follow("Mot de passe oublié")

    assert browser.path == "/password/forgot"


async def test_s14_a_sign_in_works_without_any_script(browser: Browser, hugo: Person) -> None:
    await browser.open("/")
    browser.fill(association="MonAssociation", identifier="hugo@exemple.fr", password=hugo.password)
    await browser.submit("Se connecter")

    assert browser.path == "/account"
    assert [answer.status_code for answer in browser.redirects] == [303]
    assert "Hugo Martin" in browser.text
