"""What the procedure says when it doesn't go through (S34–S41)."""

from collections.abc import Awaitable, Callable

import pytest

from idp.settings import Login
from tests.factories import LAST_SEASON, Club, make_club
from tests.harness.browser import Browser
from tests.harness.site import PASSWORD, Person, Site
from tests.harness.steps import ask_for_link, fill_login, sign_in
from tests.procedure.texts import S21, S34, S34_DISCREET, S39

DISCREET = {"login": Login(disclosure="discreet")}


async def banned(site: Site, club: Club) -> Person:
    person = await site.add_person(club, "P9", "banned@exemple.fr", password=PASSWORD)
    site.members.ban(club.code, person.id)
    return person


async def disabled(site: Site, club: Club) -> Person:
    person = await site.add_person(club, "P9", "disabled@exemple.fr", password=PASSWORD)
    site.accounts.disable(club.code, person.email)
    return person


async def former(site: Site, club: Club) -> Person:
    return await site.add_person(club, "P9", "former@exemple.fr", password=PASSWORD, seasons=(LAST_SEASON,))


async def stranger(_site: Site, club: Club) -> Person:
    return Person(club, "", "stranger@exemple.fr", PASSWORD)


async def of_no_club(site: Site, club: Club) -> Person:
    await site.add_person(club, "P9", "here@exemple.fr", password=PASSWORD)
    return Person(Club("", "99999", None, None), "", "here@exemple.fr", PASSWORD)


async def of_another_club(site: Site, club: Club) -> Person:
    elsewhere = site.write(lambda tx: make_club(tx, "33000", "Ailleurs"))
    await site.add_person(elsewhere, "P9", "there@exemple.fr", password=PASSWORD)
    return Person(club, "", "there@exemple.fr", PASSWORD)


async def newcomer(site: Site, club: Club) -> Person:
    return await site.add_person(club, "P9", "newcomer@exemple.fr")


async def mistyping(site: Site, club: Club) -> Person:
    person = await site.add_person(club, "P9", "right@exemple.fr", password="un tout autre secret")
    return Person(club, person.id, person.email, PASSWORD)


Case = Callable[[Site, Club], Awaitable[Person]]
NO_ACCOUNT = [banned, disabled, former, stranger, of_no_club, of_another_club]


@pytest.mark.parametrize("case", NO_ACCOUNT)
async def test_s34_to_s38_one_text_for_every_cause_with_what_was_typed(
    site: Site, browser: Browser, club: Club, case: Case
) -> None:
    person = await case(site, club)

    await ask_for_link(browser, person.club.code, person.email)

    assert browser.status == 200
    assert browser.alerts == [S34.format(email=person.email, association=person.club.code)]
    assert await site.letters() == []


async def test_s34_the_values_are_shown_as_typed(browser: Browser, club: Club) -> None:
    await ask_for_link(browser, f" {club.alias} ", "<b>Test@MonAssociation.fr")

    (alert,) = browser.alerts
    assert "L'email [<b>Test@MonAssociation.fr] pour l'association [ MonAssociation ]" in alert
    assert browser.value("identifier") == "<b>Test@MonAssociation.fr"
    assert browser.is_wrong("association")
    assert browser.is_wrong("identifier")


@pytest.mark.parametrize("sections", [DISCREET], indirect=True)
@pytest.mark.parametrize("case", [*NO_ACCOUNT, newcomer])
async def test_s34_discreet_answers_the_same_to_everybody(site: Site, browser: Browser, club: Club, case: Case) -> None:
    person = await case(site, club)

    await ask_for_link(browser, "75012", person.email)

    assert browser.path == "/Login/75012"
    assert [answer.status_code for answer in browser.redirects] == [303]
    assert browser.statuses == [S34_DISCREET]
    assert browser.alerts == []


@pytest.mark.parametrize("sections", [DISCREET], indirect=True)
async def test_s34_discreet_sends_to_those_who_have_an_account(site: Site, browser: Browser, nora: Person) -> None:
    await ask_for_link(browser, "75012", nora.email)
    await ask_for_link(browser, "75012", "none@exemple.fr")

    assert [letter.to for letter in await site.letters()] == [nora.email]


@pytest.mark.parametrize("sections", [DISCREET], indirect=True)
async def test_s34_discreet_answers_have_the_same_headers_and_size(
    browser: Browser, other_browser: Browser, nora: Person
) -> None:
    await ask_for_link(browser, "75012", nora.email)
    await ask_for_link(other_browser, "75012", "nobo@exemple.fr")

    hit, miss = browser.redirects[0], other_browser.redirects[0]
    assert list(hit.headers) == list(miss.headers)
    assert [len(value) for value in hit.headers.values()] == [len(value) for value in miss.headers.values()]
    assert len(hit.content) == len(miss.content)
    assert len(nora.email) == len("nobo@exemple.fr")


async def test_s34_an_association_may_be_discreet_where_others_are_not(
    site: Site, browser: Browser, other_browser: Browser, club: Club
) -> None:
    site.write(lambda tx: make_club(tx, "33000", "Discrète", disclosure="discreet"))

    await ask_for_link(browser, "discrete", "none@exemple.fr")
    await ask_for_link(other_browser, club.code, "none@exemple.fr")

    assert browser.statuses == [S34_DISCREET]
    assert other_browser.alerts == [S34.format(email="none@exemple.fr", association="75012")]


@pytest.mark.parametrize("sections", [DISCREET], indirect=True)
async def test_s34_an_association_may_be_explicit_where_others_are_not(
    site: Site, browser: Browser, other_browser: Browser
) -> None:
    club = site.write(lambda tx: make_club(tx, "33000", "Claire", disclosure="explicit"))
    await site.add_person(club, "P1", "in@exemple.fr")

    await ask_for_link(browser, "33000", "none@exemple.fr")
    await ask_for_link(other_browser, "33000", "in@exemple.fr")

    assert browser.alerts == [S34.format(email="none@exemple.fr", association="33000")]
    assert other_browser.statuses == [S21]


@pytest.mark.parametrize("case", [*NO_ACCOUNT, newcomer, mistyping])
async def test_s39_s40_one_text_for_every_cause(site: Site, browser: Browser, club: Club, case: Case) -> None:
    person = await case(site, club)

    await sign_in(browser, person)

    assert browser.status == 200
    assert browser.alerts == [S39]
    assert browser.redirects == []


@pytest.mark.parametrize("case", [banned, disabled, former, stranger, of_another_club, newcomer])
async def test_s39_the_page_tells_no_cause_from_a_wrong_password(
    site: Site, browser: Browser, other_browser: Browser, club: Club, case: Case
) -> None:
    person, other = await case(site, club), await site.add_person(club, "P8", "other@exemple.fr", password=PASSWORD)
    await browser.open("/Login/75012")
    await browser.fill(identifier=person.email, password=PASSWORD).submit()
    await other_browser.open("/Login/75012")
    await other_browser.fill(identifier=other.email, password="pas le bon mot").submit()

    assert browser.text == other_browser.text
    assert browser.answer is not None
    assert other_browser.answer is not None
    assert list(browser.answer.headers) == list(other_browser.answer.headers)


async def test_s39_what_was_typed_stays_the_password_aside(browser: Browser, club: Club) -> None:
    await browser.open("/")
    browser.fill(association=club.code, identifier="Hugo@exemple.fr", password="pas le bon mot")
    await browser.submit()

    assert (browser.value("association"), browser.value("identifier")) == ("75012", "Hugo@exemple.fr")
    assert "pas le bon mot" not in browser.html
    assert browser.is_wrong("identifier")
    assert browser.is_wrong("password")


async def test_s39_an_empty_form_is_refused_with_the_same_text(browser: Browser) -> None:
    await (await browser.open("/")).submit("Se connecter")

    assert browser.alerts == [S39]


async def test_s40_an_account_enabled_again_enters(site: Site, browser: Browser, hugo: Person) -> None:
    site.accounts.disable("75012", hugo.email)
    site.accounts.enable("75012", hugo.email)

    await sign_in(browser, hugo)

    assert browser.path == "/account"


async def test_s40_a_disabled_account_is_signed_out_at_the_next_request(
    site: Site, browser: Browser, hugo: Person
) -> None:
    await sign_in(browser, hugo)
    site.accounts.disable("75012", hugo.email)
    await browser.open("/account")

    assert browser.path == "/"


async def test_s41_the_pages_name_the_associations_contact(site: Site, browser: Browser) -> None:
    site.write(lambda tx: make_club(tx, contact="bureau@asso.fr"))
    await ask_for_link(browser, "75012", "none@exemple.fr")
    asked = browser.text
    await browser.open("/Login/75012")
    await browser.fill(identifier="none@exemple.fr", password=PASSWORD).submit()

    sentence = "Besoin d'aide ? Contactez un responsable de votre association : bureau@asso.fr"
    assert sentence in asked
    assert sentence in browser.text


async def test_s41_the_contact_is_that_of_the_association_typed_not_of_the_address(
    site: Site, browser: Browser
) -> None:
    site.write(lambda tx: make_club(tx, contact="bureau@asso.fr"))
    site.write(lambda tx: make_club(tx, "33000", "Ailleurs", contact="ailleurs@asso.fr"))

    await browser.open("/Login/33000")
    await browser.fill(association="75012", identifier="none@exemple.fr", password=PASSWORD).submit()

    assert "bureau@asso.fr" in browser.text
    assert "ailleurs@asso.fr" not in browser.text


async def test_s41_no_contact_is_shown_where_the_association_gave_none(browser: Browser, hugo: Person) -> None:
    await fill_login(await browser.open("/Login/75012"), hugo, "pas le bon mot")

    assert "Besoin d'aide" not in browser.text
