"""From the demonstration's first page to signing out of it, over real HTTP, with a real client and a real mail."""

import json
import re
from functools import partial

import httpx
import pytest

from idp.demo.accounts import FIRST, PASSWORD
from tests.demo.running import Running, wait_for
from tests.demo.visitor import PageReader, Visitor

pytestmark = pytest.mark.slow

OWN_PASSWORD = "cinq cerises sous la pluie"


def sign_in(visitor: Visitor, demonstration: Running, identifier: str, password: str = PASSWORD) -> Visitor:
    visitor.open(f"{demonstration.addresses.application}/login?association={FIRST.association}")
    return visitor.send(identifier=identifier, password=password)


def has_mail_for(demonstration: Running, recipient: str) -> bool:
    return recipient in {mail["to"] for mail in demonstration.mails()}


def userinfo(visitor: Visitor) -> dict[str, object]:
    shown = re.search(r'<pre id="userinfo">(.*?)</pre>', visitor.page.text, re.DOTALL)
    assert shown is not None, visitor.words
    told: dict[str, object] = json.loads(PageReader(shown[1]).words)
    return told


def test_the_printed_account_signs_in_at_once(demonstration: Running, visitor: Visitor) -> None:
    assert FIRST.identifier in demonstration.said

    visitor.open(demonstration.addresses.application).follow("Se connecter")
    visitor.send(association=FIRST.association, identifier=FIRST.identifier, password=PASSWORD)

    assert visitor.address == f"{demonstration.addresses.application}/moi"
    assert userinfo(visitor)["name"] == "Camille Moreau"


def test_a_first_password_comes_by_mail_and_leads_back_into_the_application(
    demonstration: Running, visitor: Visitor
) -> None:
    visitor.open(f"{demonstration.addresses.application}/comptes").follow("sophie@exemple.fr")
    visitor.follow("Première connexion ?").send(identifier="sophie@exemple.fr")
    wait_for(lambda: has_mail_for(demonstration, "sophie@exemple.fr"))
    link = re.search(r"http://\S+/password/reset\?token=\S+", demonstration.mails()[0]["text"])
    assert link is not None

    visitor.open(link[0]).send(password=OWN_PASSWORD)
    visitor.send(password=OWN_PASSWORD)

    assert visitor.address == f"{demonstration.addresses.application}/moi"
    assert "Sophie Durand" in visitor.words
    assert "E10" in visitor.words


def test_refreshing_gives_new_tokens(demonstration: Running, visitor: Visitor) -> None:
    sign_in(visitor, demonstration, FIRST.identifier)

    visitor.send("/refresh")
    visitor.send("/refresh")

    assert "renouvelé 2 fois" in visitor.words


def test_signing_out_ends_the_applications_own_session_only(demonstration: Running, visitor: Visitor) -> None:
    sign_in(visitor, demonstration, FIRST.identifier).send("/logout")
    signed_out = visitor.words

    visitor.open(f"{demonstration.addresses.application}/login?association={FIRST.association}")

    assert "Votre session ClickAsso, elle, continue" in signed_out
    assert visitor.address.endswith("/moi")


def test_brother_and_sister_choose_who_they_are(demonstration: Running, visitor: Visitor) -> None:
    sign_in(visitor, demonstration, "famille.petit@exemple.fr")

    assert visitor.address.startswith(f"{demonstration.addresses.provider}/person")
    assert "Lina" in visitor.words
    assert "Tom" in visitor.words


def test_who_has_no_email_signs_in_by_username(demonstration: Running, visitor: Visitor) -> None:
    sign_in(visitor, demonstration, "leo.fontaine")

    assert userinfo(visitor)["name"] == "Léo Fontaine"
    assert "email" not in userinfo(visitor)


def test_the_right_password_opens_nothing_to_the_banned(demonstration: Running, visitor: Visitor) -> None:
    sign_in(visitor, demonstration, "marc@exemple.fr")

    assert "Les informations d’authentification fournies sont erronées" in visitor.words


@pytest.mark.parametrize("identifier", ["marc@exemple.fr", "julie@exemple.fr", "yann@exemple.fr", "leo.fontaine"])
def test_no_mail_goes_to_who_may_not_have_one(demonstration: Running, visitor: Visitor, identifier: str) -> None:
    visitor.open(f"{demonstration.addresses.application}/login?association={FIRST.association}")

    visitor.follow("Mot de passe oublié").send(identifier=identifier)

    assert "n’est lié à aucun compte utilisateur valide" in visitor.words


def test_one_address_in_two_associations_is_two_persons(demonstration: Running, visitor: Visitor) -> None:
    sign_in(visitor, demonstration, FIRST.identifier)
    in_lyon = userinfo(visitor)["sub"]

    visitor.open(f"{demonstration.addresses.application}/login?association=Judo-Brest")
    visitor.send(identifier=FIRST.identifier, password=PASSWORD)

    assert "Judo Club de Brest" in visitor.words
    assert userinfo(visitor)["sub"] != in_lyon


def test_a_sign_in_begun_at_the_provider_ends_in_the_application(demonstration: Running, visitor: Visitor) -> None:
    visitor.open(f"{demonstration.addresses.provider}/Login/Escrime-Lyon")

    visitor.send(identifier=FIRST.identifier, password=PASSWORD)

    assert visitor.address == f"{demonstration.addresses.application}/moi"


def test_the_mailbox_lists_the_newest_first(demonstration: Running, visitor: Visitor) -> None:
    for identifier in ("nora@exemple.fr", "maud@exemple.fr"):
        visitor.open(f"{demonstration.addresses.provider}/password/forgot?association=Escrime-Lyon")
        visitor.send(identifier=identifier)
        wait_for(partial(has_mail_for, demonstration, identifier))

    mails = demonstration.mails()
    recipients = [mail["to"] for mail in mails]

    assert recipients.index("maud@exemple.fr") < recipients.index("nora@exemple.fr")
    assert [mail["received_at"] for mail in mails] == sorted((mail["received_at"] for mail in mails), reverse=True)
    assert set(mails[0]) == {"to", "subject", "text", "html", "received_at"}


def test_operations_are_nine_ports_above(demonstration: Running) -> None:
    answer = httpx.get(f"http://127.0.0.1:{demonstration.addresses.port + 9}/health/ready")

    assert answer.status_code == 200
