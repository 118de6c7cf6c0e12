"""What an application is answered, by what is live in the browser (design: « Several sessions live in one browser »;
OpenID Connect Core §3.1.2).
"""

from urllib.parse import parse_qsl

import pytest

from idp.associations.service import Description
from tests.factories import Club, make_club
from tests.fakes import FixedClock
from tests.harness.application import Application, claims_of
from tests.harness.browser import Browser
from tests.harness.site import PASSWORD, Person, Site
from tests.harness.steps import fill_login, sign_in


@pytest.fixture
async def elsewhere(site: Site) -> Person:
    """A member of another association."""
    other = site.write(lambda tx: make_club(tx, "33000", "Ailleurs", name="Ailleurs"))
    return await site.add_person(other, "P7", "ana@exemple.fr", password=PASSWORD, given_name="Ana")


@pytest.fixture
async def family(site: Site, club: Club) -> Person:
    """A mailbox of two: Ana and Ben."""
    await site.add_person(club, "P3", "famille@exemple.fr", password=PASSWORD, given_name="Ana")
    return await site.add_person(club, "P4", "famille@exemple.fr", password=PASSWORD, given_name="Ben")


async def id_token_of(application: Application, browser: Browser) -> dict[str, object]:
    """Trade the code that the browser was sent away with."""
    return claims_of((await application.trade(browser.sent_away["code"])).json()["id_token"])


async def test_a_live_session_answers_without_any_page(browser: Browser, hugo: Person, boutique: Application) -> None:
    await sign_in(browser, hugo)
    await browser.open(boutique.request())

    assert "code" in browser.sent_away
    assert len(browser.redirects) == 1


async def test_one_sign_in_serves_a_second_application(
    site: Site, browser: Browser, hugo: Person, boutique: Application
) -> None:
    forum = site.register("Forum")
    await fill_login(await browser.open(boutique.request(association="75012")), hugo)
    first = await id_token_of(boutique, browser)
    await browser.open(forum.request())
    second = await id_token_of(forum, browser)

    assert (first["sub"], first["sid"]) == (second["sub"], second["sid"])


async def test_every_answer_to_an_application_is_a_303_with_state_and_issuer(
    browser: Browser, hugo: Person, boutique: Application
) -> None:
    await fill_login(await browser.open(boutique.request(association="75012")), hugo)

    assert [answer.status_code for answer in browser.redirects] == [303]
    assert set(browser.sent_away) == {"code", "state", "iss"}


async def test_without_a_session_a_silent_request_is_answered_login_required(
    browser: Browser, boutique: Application
) -> None:
    await browser.open(boutique.request(prompt="none"))

    assert browser.sent_away["error"] == "login_required"
    assert browser.sent_away["state"] == "state-of-the-application"


async def test_a_session_answers_a_silent_request(browser: Browser, hugo: Person, boutique: Application) -> None:
    await sign_in(browser, hugo)
    await browser.open(boutique.request(prompt="none"))

    assert "code" in browser.sent_away


async def test_a_request_that_names_an_association_takes_its_session(
    browser: Browser, hugo: Person, elsewhere: Person, boutique: Application
) -> None:
    await sign_in(browser, hugo)
    await sign_in(browser, elsewhere)
    await browser.open(boutique.request(association="MonAssociation", prompt="none"))
    told = await boutique.trade(browser.sent_away["code"])

    assert (await boutique.userinfo(told.json()["access_token"])).json()["email"] == hugo.email


async def test_every_name_of_an_association_takes_its_session(
    site: Site, browser: Browser, hugo: Person, boutique: Application
) -> None:
    site.services.associations.edit("75012", Description(aliases=("MonAssociation", "Autre nom")))
    await sign_in(browser, hugo)
    await browser.open(boutique.request(association="autre nom", prompt="none"))

    assert "code" in browser.sent_away


async def test_a_request_for_an_association_without_a_session_asks_for_a_sign_in(
    browser: Browser, hugo: Person, elsewhere: Person, boutique: Application
) -> None:
    await sign_in(browser, hugo)
    await browser.open(boutique.request(association=elsewhere.club.code))

    assert browser.path == "/Login/33000"


async def test_several_sessions_and_no_association_named_is_for_the_person_to_decide(
    browser: Browser, hugo: Person, elsewhere: Person, boutique: Application
) -> None:
    await sign_in(browser, hugo)
    await sign_in(browser, elsewhere)
    await browser.open(boutique.request())
    choices = browser.buttons
    await browser.submit("Ana Martin")
    told = await boutique.trade(browser.sent_away["code"])

    assert [label.split(" Personne")[0] for label in choices[:2]] == ["Ana Martin", "Hugo Martin"]
    assert "Mon association" in choices[1]
    assert (await boutique.userinfo(told.json()["access_token"])).json()["email"] == elsewhere.email


async def test_several_sessions_answer_a_silent_request_account_selection_required(
    browser: Browser, hugo: Person, elsewhere: Person, boutique: Application
) -> None:
    await sign_in(browser, hugo)
    await sign_in(browser, elsewhere)
    await browser.open(boutique.request(prompt="none"))

    assert browser.sent_away["error"] == "account_selection_required"


async def test_a_silent_request_of_who_has_not_said_who_they_are_is_for_them_to_decide(
    browser: Browser, family: Person, boutique: Application
) -> None:
    await sign_in(browser, family)
    await browser.open(boutique.request(prompt="none"))

    assert browser.sent_away["error"] == "account_selection_required"


async def test_prompt_login_asks_again_whatever_is_live(browser: Browser, hugo: Person, boutique: Application) -> None:
    await sign_in(browser, hugo)
    await browser.open(boutique.request(prompt="login", association="75012"))
    asked_at = browser.path
    await fill_login(browser, hugo)

    assert asked_at == "/Login/75012"
    assert "code" in browser.sent_away


async def test_prompt_login_is_not_met_by_a_sign_in_of_before(
    browser: Browser, hugo: Person, boutique: Application, clock: FixedClock
) -> None:
    await sign_in(browser, hugo)
    clock.advance(seconds=1)
    await browser.open(boutique.request(prompt="login"))
    await browser.open(f"/person?request={browser.query['request']}")

    assert not browser.has_left, "the session of before the request must not answer it"


async def test_max_age_asks_again_when_the_sign_in_is_older(
    browser: Browser, hugo: Person, boutique: Application, clock: FixedClock
) -> None:
    await sign_in(browser, hugo)
    clock.advance(seconds=60)
    await browser.open(boutique.request(max_age="60"))
    still_fresh = browser.has_left
    clock.advance(seconds=1)
    await browser.open(boutique.request(max_age="60"))

    assert still_fresh
    assert browser.path == "/"


@pytest.mark.parametrize("freshness", [{"max_age": "0"}, {"max_age": "5"}, {"prompt": "login", "max_age": "0"}])
async def test_a_sign_in_made_for_the_request_meets_any_max_age(
    browser: Browser, family: Person, boutique: Application, clock: FixedClock, freshness: dict[str, str | None]
) -> None:
    await browser.open(boutique.request(association="75012", **freshness))
    await fill_login(browser, family)
    clock.advance(seconds=20)
    await browser.submit("Ben Martin")

    assert "code" in browser.sent_away
    assert (await id_token_of(boutique, browser))["auth_time"] == int(clock.now().timestamp()) - 20


async def test_a_silent_request_with_max_age_zero_is_answered_login_required(
    browser: Browser, hugo: Person, boutique: Application, clock: FixedClock
) -> None:
    await sign_in(browser, hugo)
    clock.advance(seconds=1)
    await browser.open(boutique.request(max_age="0", prompt="none"))

    assert browser.sent_away["error"] == "login_required"


async def test_select_account_shows_every_person_of_the_mailbox(
    browser: Browser, family: Person, boutique: Application
) -> None:
    await sign_in(browser, family)
    await browser.submit("Ben Martin")
    await browser.open(boutique.request(prompt="select_account"))

    assert browser.heading == "Qui êtes-vous ?"
    assert browser.buttons[:2] == ["Ana Martin", "Ben Martin Personne actuelle"]


async def test_select_account_with_one_person_shows_no_choice(
    browser: Browser, hugo: Person, boutique: Application
) -> None:
    await sign_in(browser, hugo)
    await browser.open(boutique.request(prompt="select_account"))

    assert "code" in browser.sent_away


async def test_select_account_shows_only_the_named_associations_persons(
    browser: Browser, family: Person, elsewhere: Person, boutique: Application
) -> None:
    await sign_in(browser, elsewhere)
    await sign_in(browser, family)
    await browser.open(boutique.request(prompt="select_account", association="75012"))

    assert browser.buttons == ["Ana Martin", "Ben Martin", "Annuler et revenir à Boutique"]


async def test_changing_person_opens_a_new_session_with_the_same_auth_time(
    browser: Browser, family: Person, boutique: Application, clock: FixedClock
) -> None:
    await fill_login(await browser.open(boutique.request(association="75012")), family)
    await browser.submit("Ana Martin")
    ana = await id_token_of(boutique, browser)
    clock.advance(minutes=5)
    await browser.open(boutique.request(prompt="select_account"))
    await browser.submit("Ben Martin")
    ben = await id_token_of(boutique, browser)

    assert ana["sid"] != ben["sid"]
    assert ana["sub"] != ben["sub"]
    assert ana["auth_time"] == ben["auth_time"]


async def test_an_application_keeps_its_person_when_another_is_chosen(
    browser: Browser, family: Person, boutique: Application
) -> None:
    await fill_login(await browser.open(boutique.request(association="75012")), family)
    await browser.submit("Ana Martin")
    tokens = (await boutique.trade(browser.sent_away["code"])).json()
    await browser.open("/person")
    await browser.submit("Ben Martin")
    refreshed = (await boutique.refresh(tokens["refresh_token"])).json()

    assert (await boutique.userinfo(refreshed["access_token"])).json()["given_name"] == "Ana"


async def test_who_are_you_is_not_shown_where_one_of_two_is_banned(
    site: Site, browser: Browser, family: Person, boutique: Application
) -> None:
    site.members.ban("75012", "P3")
    await fill_login(await browser.open(boutique.request(association="75012")), family)

    assert "code" in browser.sent_away


async def test_who_are_you_is_over_once_the_other_person_is_banned(
    site: Site, browser: Browser, family: Person, boutique: Application
) -> None:
    await fill_login(await browser.open(boutique.request(association="75012")), family)
    site.members.ban("75012", "P3")
    await browser.reload()

    assert "code" in browser.sent_away


async def test_a_banned_person_cannot_be_chosen_on_a_page_that_was_open(
    site: Site, browser: Browser, family: Person
) -> None:
    await sign_in(browser, family)
    site.members.ban("75012", "P3")
    await browser.submit("Ana Martin")

    assert "Ben Martin" in browser.text
    assert "Ana Martin" not in browser.text


@pytest.mark.parametrize("forged", ["", "a-75012/P1", "a-33000/P7", "a-75012/P99", "P3", "a-75012/"])
async def test_a_person_of_another_mailbox_cannot_be_chosen(
    browser: Browser, hugo: Person, family: Person, forged: str
) -> None:
    await sign_in(browser, family)
    await browser.submit("Ana Martin", forged={"person": forged})

    assert browser.heading == "Qui êtes-vous ?"
    assert hugo.email not in browser.html


async def test_without_a_session_who_are_you_leads_to_the_authentication_page(browser: Browser) -> None:
    await browser.open("/person")

    assert browser.path == "/"


async def test_a_ban_between_sign_in_and_application_shows_the_page(
    site: Site, browser: Browser, hugo: Person, boutique: Application
) -> None:
    await sign_in(browser, hugo)
    site.members.ban("75012", hugo.id)
    await browser.open(boutique.request(association="75012"))

    assert browser.path == "/Login/75012"


async def test_a_ban_answers_a_silent_request_login_required(
    site: Site, browser: Browser, hugo: Person, boutique: Application
) -> None:
    await sign_in(browser, hugo)
    site.members.ban("75012", hugo.id)
    await browser.open(boutique.request(prompt="none"))

    assert browser.sent_away["error"] == "login_required"


async def test_a_new_season_notices_nobody_who_is_still_a_member(
    site: Site, browser: Browser, club: Club, boutique: Application
) -> None:
    stays = await site.add_person(club, "P5", "stays@exemple.fr", password=PASSWORD, seasons=("2026-2027", "2027-2028"))
    await sign_in(browser, stays)
    site.services.seasons.start("75012", "2027-2028")
    await browser.open(boutique.request(prompt="none"))
    told = await boutique.trade(browser.sent_away["code"])
    userinfo = (await boutique.userinfo(told.json()["access_token"])).json()

    assert userinfo["membership"]["season"]["label"] == "2027-2028"


async def test_a_third_party_application_is_not_answered_without_consent(
    site: Site, browser: Browser, hugo: Person
) -> None:
    stranger = site.register("Stranger", trusted=False)
    await fill_login(await browser.open(stranger.request(association="75012")), hugo)

    assert not browser.has_left or "code" not in browser.sent_away


async def test_a_request_by_a_form_of_another_site_finds_who_is_signed_in(
    browser: Browser, hugo: Person, boutique: Application
) -> None:
    await sign_in(browser, hugo)
    await browser.arrive_by_form("/authorize", dict(parse_qsl(boutique.request(prompt="none").partition("?")[2])))
    answered = browser.sent_away
    await browser.open("/account")

    assert "code" in answered
    assert browser.path == "/account", "still signed in"


async def test_a_request_by_a_form_of_another_site_shows_the_page_to_who_is_not(
    browser: Browser, hugo: Person, boutique: Application
) -> None:
    parameters = dict(parse_qsl(boutique.request(association="75012").partition("?")[2]))
    await browser.arrive_by_form("/authorize", parameters)
    await fill_login(browser, hugo)

    assert "code" in browser.sent_away


async def test_a_wrong_request_by_a_form_is_refused_without_a_redirect_or_a_cookie(browser: Browser) -> None:
    await browser.arrive_by_form("/authorize", {"client_id": "c_none", "redirect_uri": "https://evil.example/"})

    assert browser.status == 400
    assert browser.redirects == []
    assert browser.jar.value("127.0.0.1", "idp_browser") == ""


@pytest.mark.parametrize("path", ["/", "/Login/75012", "/logout", "/person", "/password/forgot", "/password/code"])
async def test_a_form_of_another_site_signs_nobody_out(browser: Browser, hugo: Person, path: str) -> None:
    await sign_in(browser, hugo)
    await browser.arrive_by_form(path, {"csrf_token": "x"})
    refused = browser.status
    await browser.open("/account")

    assert refused == 403
    assert browser.path == "/account"
