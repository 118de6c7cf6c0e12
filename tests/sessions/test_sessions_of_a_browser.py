"""Sessions of a browser: how long they live, what renews and what ends them, what a cookie is worth."""

import pytest

from tests.factories import Club
from tests.fakes import FixedClock
from tests.harness.application import Application, claims_of
from tests.harness.browser import Browser
from tests.harness.site import PASSWORD, Person, Site
from tests.harness.steps import fill_login, sign_in

HOST = "127.0.0.1"


async def test_a_session_that_nobody_uses_ends_after_twelve_hours(
    browser: Browser, hugo: Person, boutique: Application, clock: FixedClock
) -> None:
    await sign_in(browser, hugo)
    clock.advance(hours=12)
    await browser.open(boutique.request(prompt="none"))

    assert browser.sent_away["error"] == "login_required"


async def test_a_session_in_use_lives_on(
    browser: Browser, hugo: Person, boutique: Application, clock: FixedClock
) -> None:
    await sign_in(browser, hugo)
    clock.advance(hours=11)
    await browser.open(boutique.request(prompt="none"))
    clock.advance(hours=11)
    await browser.open(boutique.request(prompt="none"))

    assert "code" in browser.sent_away


async def test_a_session_ends_after_thirty_days_however_it_is_used(
    browser: Browser, hugo: Person, boutique: Application, clock: FixedClock
) -> None:
    await sign_in(browser, hugo)
    for _ in range(60):
        clock.advance(hours=11, minutes=59)
        await browser.open(boutique.request(prompt="none"))
    before = browser.sent_away
    clock.advance(hours=2)
    await browser.open(boutique.request(prompt="none"))

    assert "code" in before
    assert browser.sent_away["error"] == "login_required"


async def test_a_second_sign_in_of_the_same_person_keeps_the_session_and_moves_its_time(
    browser: Browser, hugo: Person, boutique: Application, clock: FixedClock
) -> None:
    await fill_login(await browser.open(boutique.request(association="75012")), hugo)
    first = claims_of((await boutique.trade(browser.sent_away["code"])).json()["id_token"])
    clock.advance(minutes=5)
    await fill_login(await browser.open(boutique.request(association="75012", prompt="login")), hugo)
    second = claims_of((await boutique.trade(browser.sent_away["code"])).json()["id_token"])

    assert first["sid"] == second["sid"]
    assert second["auth_time"] == first["auth_time"] + 300


async def test_a_session_that_has_ended_by_time_is_not_revived_by_the_next_sign_in(
    browser: Browser, hugo: Person, boutique: Application, clock: FixedClock
) -> None:
    await fill_login(await browser.open(boutique.request(association="75012")), hugo)
    first = claims_of((await boutique.trade(browser.sent_away["code"])).json()["id_token"])
    clock.advance(hours=13)
    await fill_login(await browser.open(boutique.request(association="75012")), hugo)
    second = claims_of((await boutique.trade(browser.sent_away["code"])).json()["id_token"])

    assert first["sid"] != second["sid"]


async def test_the_browsers_cookie_is_renewed_at_each_sign_in(browser: Browser, hugo: Person) -> None:
    await browser.open("/Login/75012")
    before = browser.jar.value(HOST, "idp_browser")
    await fill_login(browser, hugo)
    after = browser.jar.value(HOST, "idp_browser")
    await sign_in(browser, hugo)

    assert before
    assert len({before, after, browser.jar.value(HOST, "idp_browser")}) == 3


async def test_a_cookie_of_before_the_sign_in_is_worth_nothing_after_it(
    browser: Browser, other_browser: Browser, hugo: Person
) -> None:
    await other_browser.open("/Login/75012")
    planted = other_browser.jar.value(HOST, "idp_browser")
    browser.jar.plant(HOST, "idp_browser", planted)
    await sign_in(browser, hugo)
    await other_browser.open("/account")

    assert browser.path == "/account"
    assert other_browser.path == "/"


async def test_a_form_of_before_the_sign_in_in_another_tab_has_expired(browser: Browser, hugo: Person) -> None:
    await browser.open("/Login/75012")
    old = browser.value("csrf_token")
    await fill_login(browser, hugo)
    await browser.open("/Login/75012")
    await browser.fill(identifier=hugo.email, password=hugo.password).submit(forged={"csrf_token": old})

    assert browser.status == 403
    assert browser.heading == "Cette page a expiré"


@pytest.mark.parametrize("page", ["/account", "/account/"])
async def test_without_a_session_the_account_leads_to_the_authentication_page_or_nowhere(
    browser: Browser, page: str
) -> None:
    await browser.open(page)

    assert (browser.path, browser.status) in {("/", 200), ("/account/", 404)}


async def test_looking_at_the_logout_page_signs_nobody_out(browser: Browser, hugo: Person) -> None:
    await sign_in(browser, hugo)
    await browser.open("/logout")
    asked = browser.heading
    await browser.open("/account")

    assert asked == "Voulez-vous vous déconnecter ?"
    assert browser.path == "/account"


async def test_logout_ends_every_session_of_the_browser_and_what_they_gave(
    browser: Browser, hugo: Person, boutique: Application
) -> None:
    await fill_login(await browser.open(boutique.request(association="75012")), hugo)
    tokens = (await boutique.trade(browser.sent_away["code"])).json()
    await (await browser.open("/account")).submit("Se déconnecter")
    told = browser.heading
    await browser.open(boutique.request(prompt="none"))

    assert told == "Déconnexion effectuée"
    assert browser.sent_away["error"] == "login_required"
    assert (await boutique.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await boutique.userinfo(tokens["access_token"])).status_code == 401


async def test_logout_leaves_other_browsers_alone(browser: Browser, other_browser: Browser, hugo: Person) -> None:
    await sign_in(browser, hugo)
    await sign_in(other_browser, hugo)
    await (await browser.open("/account")).submit("Se déconnecter")
    await other_browser.open("/account")

    assert other_browser.path == "/account"


async def test_logout_forgets_what_was_typed(browser: Browser, hugo: Person) -> None:
    await fill_login(await browser.open("/Login/75012"), hugo, "pas le bon mot")
    await fill_login(browser, hugo)
    await (await browser.open("/account")).submit("Se déconnecter")
    await browser.follow("Se connecter à nouveau")

    assert browser.value("identifier") == ""


async def test_without_a_session_the_logout_page_says_so(browser: Browser) -> None:
    await browser.open("/logout")

    assert browser.heading == "Déconnexion effectuée"


async def test_the_account_page_shows_the_persons_applications(
    site: Site, browser: Browser, club: Club, boutique: Application, clock: FixedClock
) -> None:
    ana = await site.add_person(club, "P3", "famille@exemple.fr", password=PASSWORD, given_name="Ana")
    await site.add_person(club, "P4", ana.email, password=PASSWORD, given_name="Ben")
    await fill_login(await browser.open(boutique.request(association="75012")), ana)
    await browser.submit("Ana Martin")
    await boutique.trade(browser.sent_away["code"])
    await browser.open("/account")
    anas = browser.text
    clock.advance(minutes=1)
    await browser.follow("Changer de personne")
    await browser.submit("Ben Martin")

    assert "Connexion au nom de Ana Martin" in anas
    assert "Boutique" in anas
    assert "Connexion au nom de Ben Martin" in browser.text
    assert "Boutique" not in browser.text
