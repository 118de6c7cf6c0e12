"""An application's request that waits while its member signs in: bound to an association, kept to the end (S15–S27)."""

import pytest

from idp.settings import Login
from tests.factories import Club, make_club
from tests.fakes import FixedClock
from tests.harness.application import Application
from tests.harness.browser import Browser
from tests.harness.site import PASSWORD, Person, Site
from tests.harness.steps import NEW_PASSWORD, letter_with_link, set_password, sign_in
from tests.procedure.texts import S20, S32, S34, S39

HOME = "https://boutique.example/entrer?iss=http%3A%2F%2F127.0.0.1%3A8400"


@pytest.fixture
async def elsewhere(site: Site) -> Person:
    """A member of another association."""
    other = site.write(lambda tx: make_club(tx, "33000", "Ailleurs", name="Ailleurs"))
    return await site.add_person(other, "P7", "ana@exemple.fr", password=PASSWORD)


async def test_the_page_names_the_application_that_waits(browser: Browser, boutique: Application) -> None:
    await browser.open(boutique.request())

    assert browser.path == "/"
    assert "pour continuer vers Boutique" in browser.text


async def test_the_association_that_an_application_named_is_read_only(
    browser: Browser, boutique: Application, club: Club
) -> None:
    await browser.open(boutique.request(association=club.alias))

    assert browser.path == "/Login/MonAssociation"
    assert browser.value("association") == "MonAssociation"
    assert browser.field("association").has("readonly")


async def test_an_unknown_association_is_shown_not_refused(browser: Browser, boutique: Application) -> None:
    await browser.open(boutique.request(association="Nulle Part"))

    assert browser.status == 200
    assert browser.value("association") == "Nulle Part"


async def test_a_posted_association_is_ignored_where_one_is_bound(
    browser: Browser, boutique: Application, hugo: Person, elsewhere: Person
) -> None:
    await browser.open(boutique.request(association=hugo.club.code))
    browser.fill(identifier=elsewhere.email, password=elsewhere.password)
    await browser.submit(forged={"association": elsewhere.club.code})

    assert browser.alerts == [S39]
    assert browser.value("association") == "75012"


async def test_an_association_in_the_address_is_ignored_where_one_is_bound(
    browser: Browser, boutique: Application, hugo: Person, elsewhere: Person
) -> None:
    await browser.open(boutique.request(association=hugo.club.code))
    await browser.open(f"/Login/{elsewhere.club.code}?request={browser.query['request']}")
    shown = browser.value("association")
    await browser.fill(identifier=hugo.email, password=hugo.password).submit()

    assert shown == "75012"
    assert "code" in browser.sent_away


async def test_a_posted_association_is_ignored_on_the_forgotten_page_too(
    site: Site, browser: Browser, boutique: Application, hugo: Person, elsewhere: Person
) -> None:
    await (await browser.open(boutique.request(association=hugo.club.code))).follow("Mot de passe oublié")
    await browser.fill(identifier=elsewhere.email).submit(forged={"association": elsewhere.club.code})

    assert browser.alerts == [S34.format(email=elsewhere.email, association="75012")]
    assert await site.letters() == []


async def test_a_login_hint_fills_the_identifier_and_changes_no_association(
    browser: Browser, boutique: Application, club: Club, elsewhere: Person
) -> None:
    await browser.open(boutique.request(association=club.code, login_hint=elsewhere.email))

    assert browser.value("association") == "75012"
    assert browser.value("identifier") == elsewhere.email


async def test_a_second_tab_for_another_association_changes_nothing_in_the_first(
    site: Site, browser: Browser, boutique: Application, hugo: Person, elsewhere: Person
) -> None:
    forum = site.register("Forum")
    await browser.open(boutique.request(association=hugo.club.code, state="first"))
    first = browser.address
    await browser.open(forum.request(association=elsewhere.club.code, state="second"))
    second = browser.address

    await (await browser.open(first)).fill(identifier=hugo.email, password=hugo.password).submit()
    sent_first = (browser.address.partition("?")[0], browser.sent_away["state"])
    await (await browser.open(second)).fill(identifier=elsewhere.email, password=elsewhere.password).submit()

    assert sent_first == (boutique.callback, "first")
    assert (browser.address.partition("?")[0], browser.sent_away["state"]) == (forum.callback, "second")


async def test_the_tokens_of_a_second_tab_are_its_own_members(
    browser: Browser, boutique: Application, hugo: Person, elsewhere: Person
) -> None:
    await browser.open(boutique.request(association=hugo.club.code))
    first = browser.address
    await sign_in(browser, elsewhere)
    await (await browser.open(first)).fill(identifier=hugo.email, password=hugo.password).submit()
    tokens = (await boutique.trade(browser.sent_away["code"])).json()
    told = (await boutique.userinfo(tokens["access_token"])).json()

    assert told["email"] == hugo.email
    assert told["membership"]["association"]["code"] == "75012"


async def test_the_back_button_after_the_answer_asks_for_a_sign_in_and_leads_home(
    browser: Browser, boutique: Application, hugo: Person
) -> None:
    await browser.open(boutique.request(association="75012"))
    page = browser.address
    await browser.fill(identifier=hugo.email, password=hugo.password).submit()
    await browser.open(page)
    await browser.fill(identifier=hugo.email, password=hugo.password).submit()

    assert browser.address == HOME


async def test_a_request_waits_an_hour_and_then_leads_home(
    browser: Browser, boutique: Application, hugo: Person, clock: FixedClock
) -> None:
    await browser.open(boutique.request(association="75012"))
    page = browser.address
    clock.advance(minutes=60)
    await browser.open(page)
    await browser.fill(identifier=hugo.email, password=hugo.password).submit()

    assert browser.address == HOME


async def test_a_requests_address_is_worth_nothing_in_another_browser(
    browser: Browser, other_browser: Browser, boutique: Application, hugo: Person
) -> None:
    await browser.open(boutique.request(association="75012"))
    await other_browser.open(browser.address)
    await other_browser.fill(identifier=hugo.email, password=hugo.password).submit()

    assert "code" not in other_browser.sent_away
    assert other_browser.address == HOME


async def test_after_the_new_password_in_the_same_browser_the_request_goes_on(
    site: Site, browser: Browser, boutique: Application, nora: Person
) -> None:
    await (await browser.open(boutique.request(association="75012"))).follow("Mot de passe oublié")
    await browser.fill(identifier=nora.email).submit("Envoyer")
    await set_password(browser, (await site.letter_to(nora.email)).link)
    told, waiting = browser.statuses, "pour continuer vers Boutique" in browser.text
    await browser.fill(password=NEW_PASSWORD).submit()

    assert told == [S32]
    assert waiting
    assert browser.sent_away["state"] == "state-of-the-application"
    assert (await boutique.trade(browser.sent_away["code"])).status_code == 200


async def test_after_the_new_password_on_another_device_one_is_led_home(
    site: Site, browser: Browser, other_browser: Browser, boutique: Application, nora: Person
) -> None:
    await (await browser.open(boutique.request(association="75012"))).follow("Mot de passe oublié")
    await browser.fill(identifier=nora.email).submit("Envoyer")
    await set_password(other_browser, (await site.letter_to(nora.email)).link)
    await other_browser.fill(password=NEW_PASSWORD).submit()

    assert other_browser.address == HOME


async def test_after_the_code_of_the_letter_the_request_goes_on(
    site: Site, browser: Browser, boutique: Application, nora: Person
) -> None:
    await (await browser.open(boutique.request(association="75012"))).follow("Mot de passe oublié")
    await browser.fill(identifier=nora.email).submit("Envoyer")
    await browser.follow("J'ai reçu un code par email")
    await browser.fill(code=(await site.letter_to(nora.email)).code).submit("Continuer")
    await browser.fill(password=NEW_PASSWORD).submit("Valider")
    await browser.fill(password=NEW_PASSWORD).submit()

    assert "code" in browser.sent_away


async def test_a_link_that_has_expired_still_leads_to_its_association_and_application(
    site: Site, browser: Browser, other_browser: Browser, boutique: Application, nora: Person, clock: FixedClock
) -> None:
    await (await browser.open(boutique.request(association="75012"))).follow("Mot de passe oublié")
    await browser.fill(identifier=nora.email).submit("Envoyer")
    letter = await site.letter_to(nora.email)
    clock.advance(hours=24)
    await other_browser.open(letter.link)
    await other_browser.follow("Recevoir un nouveau lien")
    filled_in = other_browser.value("association"), other_browser.value("identifier")
    await other_browser.fill(identifier=nora.email).submit("Envoyer")
    await set_password(other_browser, (await site.letter_to(nora.email)).link)
    await other_browser.fill(password=NEW_PASSWORD).submit()

    assert filled_in == ("75012", "")
    assert other_browser.address == HOME


async def test_a_used_link_still_leads_to_the_request_that_waits_in_this_browser(
    site: Site, browser: Browser, boutique: Application, nora: Person
) -> None:
    await (await browser.open(boutique.request(association="MonAssociation"))).follow("Mot de passe oublié")
    await browser.fill(identifier=nora.email).submit("Envoyer")
    letter = await site.letter_to(nora.email)
    await set_password(browser, letter.link)
    await browser.open(letter.link)
    await browser.follow(S20)
    await browser.fill(password=NEW_PASSWORD).submit()

    assert "code" in browser.sent_away


async def test_cancel_answers_the_application(browser: Browser, boutique: Application) -> None:
    await browser.open(boutique.request())
    await browser.submit("Annuler et revenir à Boutique")

    assert browser.address.startswith(boutique.callback)
    assert browser.sent_away == {
        "error": "access_denied",
        "state": "state-of-the-application",
        "iss": "http://127.0.0.1:8400",
    }


async def test_cancel_on_who_are_you_answers_the_application(
    site: Site, browser: Browser, boutique: Application, club: Club
) -> None:
    await site.add_person(club, "P1", "famille@exemple.fr", password=PASSWORD, given_name="Ana")
    await site.add_person(club, "P2", "famille@exemple.fr", password=PASSWORD, given_name="Ben")
    await browser.open(boutique.request(association="75012"))
    await browser.fill(identifier="famille@exemple.fr", password=PASSWORD).submit()
    await browser.submit("Annuler et revenir à Boutique")

    assert browser.sent_away["error"] == "access_denied"


async def test_a_cancelled_request_is_answered_once(browser: Browser, boutique: Application, hugo: Person) -> None:
    await browser.open(boutique.request(association="75012"))
    page = browser.address
    await browser.submit("Annuler et revenir à Boutique")
    await browser.open(page)
    await browser.fill(identifier=hugo.email, password=hugo.password).submit()

    assert browser.address == HOME


async def test_the_way_back_from_the_forgotten_page_may_still_cancel(browser: Browser, boutique: Application) -> None:
    await (await browser.open(boutique.request(association="75012"))).follow("Mot de passe oublié")
    await browser.follow(S20)
    await browser.submit("Annuler et revenir à Boutique")

    assert browser.sent_away["error"] == "access_denied"


async def test_a_sign_in_that_nobody_waits_for_ends_at_the_account(browser: Browser, hugo: Person) -> None:
    await sign_in(browser, hugo)

    assert browser.path == "/account"


async def test_a_sign_in_that_nobody_waits_for_leads_to_the_default_application(
    site: Site, browser: Browser, hugo: Person
) -> None:
    site.register("Boutique", default_for=("MonAssociation",))
    await sign_in(browser, hugo)

    assert browser.address == HOME


async def test_the_default_application_of_one_association_is_not_anothers(
    site: Site, browser: Browser, elsewhere: Person, club: Club
) -> None:
    site.register("Boutique", default_for=(club.code,))
    await sign_in(browser, elsewhere)

    assert browser.path == "/account"


async def test_an_application_for_one_association_refuses_the_members_of_others(
    site: Site, browser: Browser, hugo: Person, elsewhere: Person
) -> None:
    shop = site.register("Boutique", only_associations=(hugo.club.alias,))
    await browser.open(shop.request())
    await browser.fill(association="33000", identifier=elsewhere.email, password=elsewhere.password).submit()

    assert browser.sent_away["error"] == "access_denied"


async def test_the_letter_of_a_request_speaks_the_applications_language(
    site: Site, browser: Browser, boutique: Application, nora: Person
) -> None:
    await browser.open(boutique.request(association="75012", ui_locales="en"))
    await browser.follow("Forgotten password")
    await browser.fill(identifier=nora.email).submit()
    letter = await site.letter_to(nora.email)

    assert letter.message["Content-Language"] == "en"


@pytest.mark.parametrize("sections", [{"login": Login(default_application="c_none")}], indirect=True)
async def test_a_default_application_that_is_none_leads_to_the_account(browser: Browser, hugo: Person) -> None:
    await sign_in(browser, hugo)

    assert browser.path == "/account"


async def test_a_link_asked_for_without_an_application_leads_to_the_account(
    site: Site, browser: Browser, nora: Person
) -> None:
    letter = await letter_with_link(site, browser, nora)
    await set_password(browser, letter.link)
    await browser.fill(password=NEW_PASSWORD).submit()

    assert browser.path == "/account"
