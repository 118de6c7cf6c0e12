"""The whole path: first password, sign-in, tokens, services, a second application, refresh, logout."""

from datetime import date

from tests.factories import Club
from tests.harness.browser import Browser
from tests.harness.live import LiveSite
from tests.harness.site import Person
from tests.harness.steps import NEW_PASSWORD
from tests.journeys.relying_party import RelyingParty
from tests.journeys.steps import choose_first_password, sign_in


async def test_a_member_goes_the_whole_way(
    site: LiveSite, browser: Browser, hugo: Person, boutique: RelyingParty, forum: RelyingParty
) -> None:
    await browser.open(boutique.start(association="MonAssociation"))
    await browser.follow("Mot de passe oublié")
    await browser.fill(identifier=hugo.email).submit("Envoyer")
    await browser.open(site.letter_to(hugo.email).link)
    await browser.fill(password=NEW_PASSWORD).submit("Valider")
    tokens = await boutique.finish(await sign_in(browser, hugo))

    identity, access = boutique.id_claims(tokens["id_token"]), boutique.access_claims(tokens["access_token"])
    told = boutique.userinfo(tokens).json()
    assert identity["sub"] == access["sub"] == told["sub"]
    assert (told["email"], told["name"]) == (hugo.email, "Hugo Martin")
    assert told["membership"]["association"]["code"] == "75012"
    assert access["membership"]["roles"] == ["tresorier"]
    assert "exemple.fr" not in str(access), "no address in an access token"
    assert access["exp"] - access["iat"] == 300

    fresh = await boutique.refresh(tokens)
    assert boutique.userinfo(fresh).status_code == 200
    assert await boutique.refusal(tokens) == "invalid_grant", "a used refresh token"
    assert await boutique.refusal(fresh) == "invalid_grant", "and its whole family with it"

    await browser.open(forum.start())
    second = await forum.finish(browser.address)
    assert forum.id_claims(second["id_token"])["sid"] == identity["sid"]
    assert site.letter_to(hugo.email, count=2).subject.startswith("Votre mot de passe a été modifié")

    await (await browser.open("/account")).submit("Se déconnecter")
    await browser.open(forum.start(prompt="none"))
    assert browser.sent_away["error"] == "login_required"
    assert forum.userinfo(second).status_code == 401
    assert await forum.refusal(second) == "invalid_grant"


async def test_the_letter_is_read_on_another_device_and_leads_home(
    site: LiveSite, browser: Browser, telephone: Browser, hugo: Person, boutique: RelyingParty
) -> None:
    await browser.open(boutique.start(association="75012"))
    await browser.follow("Mot de passe oublié")
    await browser.fill(identifier=hugo.email).submit("Envoyer")
    await telephone.open(site.letter_to(hugo.email).link)
    await telephone.fill(password=NEW_PASSWORD).submit("Valider")
    led_to = await sign_in(telephone, hugo)
    await telephone.open(boutique.start())
    tokens = await boutique.finish(telephone.address)

    assert led_to.startswith("https://boutique.example/entrer?iss=http")
    assert boutique.userinfo(tokens).json()["email"] == hugo.email


async def test_the_code_of_the_letter_is_typed_where_the_mail_was_asked_for(
    site: LiveSite, browser: Browser, hugo: Person, boutique: RelyingParty
) -> None:
    await browser.open(boutique.start(association="75012"))
    await browser.follow("Mot de passe oublié")
    await browser.fill(identifier=hugo.email).submit("Envoyer")
    await browser.follow("J'ai reçu un code par email")
    await browser.fill(code=site.letter_to(hugo.email).code).submit("Continuer")
    await browser.fill(password=NEW_PASSWORD).submit("Valider")
    tokens = await boutique.finish(await sign_in(browser, hugo))

    assert boutique.userinfo(tokens).json()["email"] == hugo.email


async def test_siblings_share_a_mailbox_and_choose(
    site: LiveSite, browser: Browser, club: Club, boutique: RelyingParty, forum: RelyingParty
) -> None:
    family = site.add_person(club, "C1", "famille@exemple.fr", given_name="Lina")
    site.add_person(club, "C2", "famille@exemple.fr", given_name="Tom")
    await choose_first_password(site, browser, family)
    await browser.open(boutique.start(association="75012"))
    await sign_in(browser, family)
    await browser.submit("Lina Martin")
    lina = await boutique.finish(browser.address)
    await browser.open(forum.start(prompt="select_account"))
    await browser.submit("Tom Martin")
    tom = await forum.finish(browser.address)

    told = boutique.userinfo(lina).json(), forum.userinfo(tom).json()
    assert [one["given_name"] for one in told] == ["Lina", "Tom"]
    assert told[0]["sub"] != told[1]["sub"]
    assert boutique.userinfo(await boutique.refresh(lina)).json()["given_name"] == "Lina"


async def test_two_guardians_of_one_child_have_each_their_own_account(
    site: LiveSite, browser: Browser, telephone: Browser, club: Club, boutique: RelyingParty
) -> None:
    site.add_person(club, "C1", given_name="Lina", birth_date=date(2016, 5, 9))
    nora = site.add_person(club, "P2", "nora@exemple.fr", given_name="Nora", seasons=(), guardian_of=["C1"])
    paul = site.add_person(club, "P3", "paul@exemple.fr", given_name="Paul", seasons=(), guardian_of=["C1"])
    await choose_first_password(site, browser, nora, "la lampe verte de nora")
    await choose_first_password(site, telephone, paul, "le bateau rouge de paul")
    await browser.open(boutique.start(association="75012"))
    noras = await boutique.finish(await sign_in(browser, nora, "la lampe verte de nora"))
    await telephone.open(boutique.start(association="75012"))
    pauls = await boutique.finish(await sign_in(telephone, paul, "le bateau rouge de paul"))

    told = boutique.userinfo(noras).json(), boutique.userinfo(pauls).json()
    assert [one["membership"]["acting_for"] for one in told] == [["C1"], ["C1"]]
    assert [one["membership"]["person"]["kind"] for one in told] == ["guardian", "guardian"]
    assert told[0]["sub"] != told[1]["sub"]
    assert "paul" not in str(told[0]).casefold()
    assert "nora" not in str(told[1]).casefold()
