"""Access that is taken away, by another process, is gone at the next request."""

from datetime import date

import pytest

from tests.factories import SEASON, Club
from tests.harness.browser import Browser
from tests.harness.live import LiveSite
from tests.harness.site import Person
from tests.harness.steps import NEW_PASSWORD
from tests.journeys.relying_party import RelyingParty
from tests.journeys.steps import choose_first_password, sign_in

S39 = "Les informations d'authentification fournies sont erronées. Merci de réessayer."


@pytest.mark.slow
async def test_a_ban_by_the_command_line_cuts_everything_at_once(
    site: LiveSite, browser: Browser, telephone: Browser, hugo: Person, boutique: RelyingParty, forum: RelyingParty
) -> None:
    await choose_first_password(site, browser, hugo)
    await browser.open(boutique.start(association="75012"))
    tokens = await boutique.finish(await sign_in(browser, hugo))
    await browser.open(forum.start())
    code_address = browser.address
    await telephone.open("/password/forgot?association=75012")
    await telephone.fill(identifier=hugo.email).submit("Envoyer")
    link = site.letter_to(hugo.email, count=3).link
    assert boutique.userinfo(tokens).status_code == 200

    site.command_line().do("members", "ban", "--association", "75012", "--external-id", "P1")

    assert boutique.userinfo(tokens).status_code == 401
    assert await boutique.refusal(tokens) == "invalid_grant"
    assert await forum.refusal_of_code(code_address) == "invalid_grant"
    assert (await telephone.open(link)).status == 410
    await browser.open(boutique.start(prompt="none"))
    assert browser.sent_away["error"] == "login_required"
    await browser.open(boutique.start(association="75012"))
    await sign_in(browser, hugo)
    assert browser.alerts == [S39]


async def test_a_new_season_keeps_members_in_and_former_ones_out(
    site: LiveSite, browser: Browser, telephone: Browser, club: Club, hugo: Person, boutique: RelyingParty
) -> None:
    stays = site.add_person(club, "P5", "stays@exemple.fr", given_name="Ana", seasons=(SEASON, "2027-2028"))
    await choose_first_password(site, browser, hugo)
    await choose_first_password(site, telephone, stays)
    await browser.open(boutique.start(association="75012"))
    hugos = await boutique.finish(await sign_in(browser, hugo))
    await telephone.open(boutique.start(association="75012"))
    anas = await boutique.finish(await sign_in(telephone, stays))

    site.operator.seasons.start("75012", "2027-2028")

    assert boutique.userinfo(hugos).status_code == 401
    assert await boutique.refusal(hugos) == "invalid_grant"
    await browser.open(boutique.start(prompt="none"))
    assert browser.sent_away["error"] == "login_required"
    assert boutique.userinfo(anas).json()["membership"]["season"]["label"] == "2027-2028"
    refreshed = await boutique.refresh(anas)
    assert boutique.access_claims(refreshed["access_token"])["membership"]["season"]["label"] == "2027-2028"
    await telephone.open(boutique.start(prompt="none"))
    assert "code" in telephone.sent_away


async def test_a_disabled_account_is_out_until_it_is_enabled(
    site: LiveSite, browser: Browser, hugo: Person, boutique: RelyingParty
) -> None:
    await choose_first_password(site, browser, hugo)
    await browser.open(boutique.start(association="75012"))
    tokens = await boutique.finish(await sign_in(browser, hugo))

    site.operator.accounts.disable("75012", hugo.email)
    assert boutique.userinfo(tokens).status_code == 401
    assert await boutique.refusal(tokens) == "invalid_grant"
    await browser.open(boutique.start(association="75012"))
    await sign_in(browser, hugo)
    assert browser.alerts == [S39]

    site.operator.accounts.enable("75012", hugo.email)
    again = await boutique.finish(await sign_in(browser, hugo))
    assert boutique.userinfo(again).status_code == 200
    assert boutique.userinfo(tokens).status_code == 401, "what was taken away does not come back"


async def test_a_new_password_ends_what_the_old_one_opened(
    site: LiveSite, browser: Browser, telephone: Browser, hugo: Person, boutique: RelyingParty
) -> None:
    await choose_first_password(site, browser, hugo)
    await browser.open(boutique.start(association="75012"))
    tokens = await boutique.finish(await sign_in(browser, hugo))

    await telephone.open("/password/forgot?association=75012")
    await telephone.fill(identifier=hugo.email).submit("Envoyer")
    await telephone.open(site.letter_to(hugo.email, count=3).link)
    await telephone.fill(password="un tout autre secret").submit("Valider")

    assert boutique.userinfo(tokens).status_code == 401
    assert await boutique.refusal(tokens) == "invalid_grant"
    await browser.open(boutique.start(association="75012"))
    await sign_in(browser, hugo, NEW_PASSWORD)
    assert browser.alerts == [S39]
    assert "code" in (await sign_in(browser, hugo, "un tout autre secret"))


async def test_a_guardian_is_out_with_the_last_child(
    site: LiveSite, browser: Browser, club: Club, boutique: RelyingParty
) -> None:
    site.add_person(club, "C1", given_name="Lina", birth_date=date(2016, 5, 9))
    site.add_person(club, "C2", given_name="Tom", birth_date=date(2018, 5, 9))
    nora = site.add_person(club, "P2", "nora@exemple.fr", given_name="Nora", seasons=(), guardian_of=["C1", "C2"])
    await choose_first_password(site, browser, nora)
    await browser.open(boutique.start(association="75012"))
    tokens = await boutique.finish(await sign_in(browser, nora))
    site.operator.members.ban("75012", "C1")
    one_left = boutique.userinfo(tokens).json()["membership"]["acting_for"]
    tokens = await boutique.refresh(tokens)
    site.operator.members.ban("75012", "C2")

    assert one_left == ["C2"]
    assert boutique.access_claims(tokens["access_token"])["membership"]["acting_for"] == ["C2"]
    assert boutique.userinfo(tokens).status_code == 401
    assert await boutique.refusal(tokens) == "invalid_grant"
