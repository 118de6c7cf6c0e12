"""SEC-02: missing evidence is failure; no step flag, no cookie of somebody else and no finished step replaces proof."""

import pytest

from idp.accounts.tables import Credential
from idp.store.tables import table_of
from tests.security.place import (
    BROWSER_COOKIE,
    CLUB,
    FAMILY,
    HUGO,
    NEW_PASSWORD,
    NORA,
    PASSWORD,
    RESET_COOKIE,
    Place,
    Visitor,
)


def hashes(place: Place) -> list[str]:
    return sorted(map(str, place.column(table_of(Credential), "password_hash")))


@pytest.mark.parametrize("address", ["/", f"/Login/{CLUB}", "/password/forgot", "/password/code", "/password/reset"])
def test_sec02_an_empty_form_gives_nothing(place: Place, address: str) -> None:
    before, visitor = hashes(place), place.visitor()

    bare = visitor.post(address, {})
    with_token = visitor.post(address, {"csrf_token": visitor.token("/")})

    assert bare.status_code == 403
    assert with_token.status_code in {200, 410}
    assert not visitor.is_signed_in()
    assert (hashes(place), place.worker.letters()) == (before, [])


def test_sec02_steps_out_of_order_lead_back_to_the_start(place: Place) -> None:
    visitor = place.visitor()

    person = visitor.post("/person", {"csrf_token": visitor.token("/"), "person": f"{place.club.id}/P1"})
    account = visitor.get("/account")
    form = visitor.get("/password/reset")

    assert person.headers["location"] == "/"
    assert account.headers["location"] == "/"
    assert form.status_code == 410


def test_sec02_the_form_of_one_account_sets_no_other_s_password(place: Place) -> None:
    visitor = place.visitor()
    visitor.get(visitor.link_for(HUGO))

    visitor.submit("/password/reset", password=NEW_PASSWORD, identifier=NORA, association=CLUB, credential=NORA)

    assert place.visitor().sign_in(NORA).status_code == 303
    assert place.visitor().sign_in(NORA, NEW_PASSWORD).status_code == 200
    assert place.visitor().sign_in(HUGO, NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize(
    "proof", ["", HUGO, "true", "rl_", "rf_", "rl_" + "A" * 43, "rf_" + "A" * 43, "P1", "verified"]
)
def test_sec02_a_cookie_that_anybody_can_write_opens_no_form(place: Place, proof: str) -> None:
    place.visitor().ask_link(HUGO)
    before, visitor = hashes(place), place.visitor()
    token = visitor.token("/")
    browser = visitor.client.cookies[BROWSER_COOKIE]
    visitor.client.headers["cookie"] = f"{BROWSER_COOKIE}={browser}; {RESET_COOKIE}={proof}"

    opened = visitor.get("/password/reset")
    sent = visitor.post("/password/reset", {"csrf_token": token, "password": NEW_PASSWORD})

    assert (opened.status_code, sent.status_code) == (410, 410)
    assert hashes(place) == before


def test_sec02_a_finished_step_sent_again_changes_and_mails_nothing(place: Place) -> None:
    visitor = place.visitor()
    link = visitor.link_for(HUGO)
    visitor.get(link)
    proof, token = str(visitor.client.cookies[RESET_COOKIE]), visitor.token("/password/reset")
    visitor.post("/password/reset", {"csrf_token": token, "password": NEW_PASSWORD})
    before, letters = hashes(place), len(place.worker.letters())
    visitor.client.cookies.set(RESET_COOKIE, proof, domain="connexion.exemple.fr")

    again = visitor.post("/password/reset", {"csrf_token": token, "password": "une tout autre girafe ici"})

    assert again.status_code == 410
    assert (hashes(place), len(place.worker.letters())) == (before, letters)


def test_sec02_whoever_has_chosen_nobody_has_no_account_page_and_gets_no_code(place: Place) -> None:
    family = place.member(FAMILY)

    stranger = family.submit("/person", person=f"{place.club.id}/P1")
    silent = family.begin(place.shop, prompt="none")

    assert stranger.status_code == 200
    assert not family.is_signed_in()
    assert "code=" not in silent.headers["location"]


def test_sec02_swapped_cookies_are_worth_what_their_own_browser_is(place: Place) -> None:
    asking, other = place.visitor(), place.visitor()
    asking.ask_link(HUGO)
    code = str(place.worker.letters_to(HUGO)[0].context["code"])

    typed_elsewhere = other.submit("/password/code", code=code)

    assert typed_elsewhere.status_code == 200
    assert RESET_COOKIE not in other.client.cookies


def test_sec02_no_answer_holds_what_was_mailed(place: Place) -> None:
    visitor = place.visitor()
    token = visitor.token("/password/forgot")

    answer = visitor.post("/password/forgot", {"csrf_token": token, "association": CLUB, "identifier": HUGO})
    page = visitor.get(answer.headers["location"])

    (letter,) = place.worker.letters_to(HUGO)
    told = everything_of(visitor, answer.text, str(answer.headers), page.text, str(page.headers))
    assert str(letter.context["code"]) not in told
    assert str(letter.context["link"]).partition("token=")[2] not in told


def everything_of(visitor: Visitor, *texts: str) -> str:
    return "\n".join([*texts, str(dict(visitor.client.cookies))])


def test_sec02_a_password_alone_or_a_name_alone_signs_nobody_in(place: Place) -> None:
    visitor = place.visitor()

    answers = [
        visitor.submit("/", association=CLUB, identifier=HUGO),
        visitor.submit("/", association=CLUB, password=PASSWORD),
        visitor.submit("/", identifier=HUGO, password=PASSWORD),
        visitor.submit("/", association=CLUB, identifier=HUGO, password=""),
    ]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert not visitor.is_signed_in()
