"""Who may sign in (S1–S9), as the pages show it."""

from datetime import date

import pytest

from tests.factories import LAST_SEASON, SEASON, Club, make_club, start_season
from tests.fakes import FixedClock
from tests.harness.browser import Browser
from tests.harness.site import PASSWORD, Person, Site
from tests.harness.steps import ask_for_link, letter_with_link, set_password, sign_in
from tests.procedure.texts import S21, S34, S39


async def test_s1_a_member_of_the_current_season_signs_in(browser: Browser, hugo: Person) -> None:
    await sign_in(browser, hugo)

    assert browser.path == "/account"
    assert f"saison {SEASON}" in browser.text


async def test_s1_a_member_of_last_season_alone_does_not(site: Site, browser: Browser, club: Club) -> None:
    former = await site.add_person(club, "P9", "former@exemple.fr", password=PASSWORD, seasons=(LAST_SEASON,))

    await sign_in(browser, former)

    assert browser.alerts == [S39]


async def test_s1_the_association_decides_when_its_season_starts(
    site: Site, browser: Browser, other_browser: Browser, hugo: Person, clock: FixedClock
) -> None:
    await sign_in(browser, hugo)
    site.services.seasons.start("75012", "2027-2028")
    clock.advance(seconds=1)
    await browser.open("/account")
    await sign_in(other_browser, hugo)

    assert browser.path == "/", "signed out from the next request on"
    assert other_browser.alerts == [S39]


async def test_s1_the_end_of_a_season_cuts_nobody(browser: Browser, hugo: Person, clock: FixedClock) -> None:
    clock.advance(days=365)
    await sign_in(browser, hugo)

    assert browser.path == "/account", "2026-2027 ended in August, and no other one has started"


async def test_s1_grace_days_keep_last_seasons_members_in(site: Site, browser: Browser, clock: FixedClock) -> None:
    club = site.write(lambda tx: make_club(tx, season=LAST_SEASON, grace_days=15))
    late = await site.add_person(club, "P1", "late@exemple.fr", password=PASSWORD, seasons=(LAST_SEASON,))
    site.write(lambda tx: start_season(tx, club, SEASON, clock.now()))

    clock.advance(days=14)
    await sign_in(browser, late)
    arrived_at = browser.path
    clock.advance(days=2)
    await browser.open("/account")

    assert (arrived_at, browser.path) == ("/account", "/")


async def test_s1_a_guardian_enters_by_an_active_child(site: Site, browser: Browser, club: Club) -> None:
    await site.add_person(club, "C1", given_name="Lina", family_name="Petit", birth_date=date(2016, 5, 9))
    nora = await site.add_person(
        club, "P2", "nora@exemple.fr", password=PASSWORD, given_name="Nora", seasons=(), guardian_of=["C1"]
    )

    await sign_in(browser, nora)

    assert browser.path == "/account"
    assert "Responsable légal de Lina" in browser.text


async def test_s1_a_guardian_without_an_active_child_does_not(site: Site, browser: Browser, club: Club) -> None:
    await site.add_person(club, "C1", birth_date=date(2016, 5, 9), seasons=(LAST_SEASON,))
    nora = await site.add_person(club, "P2", "nora@exemple.fr", password=PASSWORD, seasons=(), guardian_of=["C1"])

    await sign_in(browser, nora)

    assert browser.alerts == [S39]


async def test_s1_a_guardian_whose_only_child_is_banned_does_not(site: Site, browser: Browser, club: Club) -> None:
    await site.add_person(club, "C1", birth_date=date(2016, 5, 9))
    nora = await site.add_person(club, "P2", "nora@exemple.fr", password=PASSWORD, seasons=(), guardian_of=["C1"])
    site.members.ban("75012", "C1")

    await sign_in(browser, nora)

    assert browser.alerts == [S39]


async def test_s2_a_ban_cuts_at_the_next_request(
    site: Site, browser: Browser, other_browser: Browser, hugo: Person
) -> None:
    await sign_in(browser, hugo)
    site.members.ban("75012", "P1")
    await browser.open("/account")
    await sign_in(other_browser, hugo)

    assert browser.path == "/"
    assert other_browser.alerts == [S39]


async def test_s2_a_ban_of_another_association_changes_nothing_here(site: Site, browser: Browser, hugo: Person) -> None:
    elsewhere = site.write(lambda tx: make_club(tx, "33000", "Ailleurs", name="Ailleurs"))
    await site.add_person(elsewhere, "P1", hugo.email, password=PASSWORD)
    site.members.ban("33000", "P1")

    await sign_in(browser, hugo)

    assert browser.path == "/account"


async def test_s2_a_ban_survives_the_season(site: Site, browser: Browser, club: Club) -> None:
    banned = await site.add_person(club, "P9", "b@exemple.fr", password=PASSWORD, seasons=(SEASON, "2027-2028"))
    site.members.ban("75012", "P9")
    site.services.seasons.start("75012", "2027-2028")

    await sign_in(browser, banned)

    assert browser.alerts == [S39]


async def test_s2_a_lifted_ban_lets_in_again(site: Site, browser: Browser, hugo: Person) -> None:
    site.members.ban("75012", "P1")
    site.members.unban("75012", "P1")

    await sign_in(browser, hugo)

    assert browser.path == "/account"


@pytest.mark.parametrize("name", ["75012", "MonAssociation", " monassociation- "])
async def test_s3_s4_code_and_alias_lead_to_the_same_association(
    site: Site, browser: Browser, nora: Person, name: str
) -> None:
    await ask_for_link(browser, name, nora.email)

    assert browser.statuses == [S21]
    assert [letter.to for letter in await site.letters()] == [nora.email]


@pytest.mark.parametrize("name", ["Mon association", "Mon-Association", "7501 2"])
async def test_s4_inner_spaces_and_hyphens_count(browser: Browser, nora: Person, name: str) -> None:
    await ask_for_link(browser, name, nora.email)

    assert browser.alerts == [S34.format(email=nora.email, association=name)]


async def test_s5_another_identifier_leads_to_the_same_account(site: Site, browser: Browser, club: Club) -> None:
    hugo = await site.add_person(club, "P1", "hugo@exemple.fr", password=PASSWORD, username="hmartin")

    await browser.open("/Login/75012")
    await browser.fill(identifier="HMartin", password=hugo.password).submit()

    assert browser.path == "/account"
    assert hugo.email in browser.text


@pytest.mark.parametrize("typed", [" Nora@Exemple.FR ", "ｎｏｒａ@exemple.fr", "NORA@EXEMPLE.FR"])
async def test_s6_s7_the_email_is_compared_without_case_or_width(
    site: Site, browser: Browser, nora: Person, typed: str
) -> None:
    await ask_for_link(browser, "75012", typed)

    assert browser.statuses == [S21]
    assert [letter.to for letter in await site.letters()] == [nora.email], "the profile's address, not the typed one"


async def test_s6_an_email_that_is_not_the_profiles_opens_nothing(browser: Browser, nora: Person) -> None:
    await ask_for_link(browser, nora.club.code, "nora.petit@exemple.fr")

    assert browser.alerts == [S34.format(email="nora.petit@exemple.fr", association="75012")]


async def test_s8_a_member_has_an_account_before_anybody_made_one(site: Site, browser: Browser, nora: Person) -> None:
    letter = await letter_with_link(site, browser, nora)
    await set_password(browser, letter.link, "une lampe verte dehors")
    await sign_in(browser, nora, "une lampe verte dehors")

    assert browser.path == "/account"
    assert "Nora Petit" in browser.text


async def test_s9_the_first_password_is_set_in_the_same_way_with_its_own_words(
    site: Site, browser: Browser, nora: Person, hugo: Person
) -> None:
    first = await letter_with_link(site, browser, nora)
    again = await letter_with_link(site, browser, hugo)

    assert first.subject == "Définir votre mot de passe – Mon association"
    assert again.subject == "Réinitialiser votre mot de passe – Mon association"
    assert "Définir mon mot de passe" in first.html
    assert "Réinitialiser mon mot de passe" in again.html


async def test_one_mailbox_of_a_family_asks_who_it_is(site: Site, browser: Browser, club: Club) -> None:
    await site.add_person(club, "P1", "famille@exemple.fr", password=PASSWORD, given_name="Ana")
    family = await site.add_person(club, "P2", "famille@exemple.fr", password=PASSWORD, given_name="Ben")

    await sign_in(browser, family)
    heading = browser.heading
    await browser.submit("Ben Martin")

    assert heading == "Qui êtes-vous ?"
    assert browser.path == "/account"
    assert "Connexion au nom de Ben Martin" in browser.text


async def test_two_guardians_of_one_child_never_see_each_others_facts(site: Site, browser: Browser, club: Club) -> None:
    await site.add_person(club, "C1", given_name="Lina", birth_date=date(2016, 5, 9))
    nora = await site.add_person(
        club, "P2", "nora@exemple.fr", password=PASSWORD, given_name="Nora", seasons=(), guardian_of=["C1"]
    )
    await site.add_person(
        club, "P3", "paul@exemple.fr", password=PASSWORD, given_name="Paul", seasons=(), guardian_of=["C1"]
    )

    await sign_in(browser, nora)

    assert "Nora" in browser.html
    assert "Lina" in browser.html
    assert "paul" not in browser.html.casefold()
