"""How the mails read, and that no name in one can harm."""

import gettext
import re
from datetime import UTC, datetime

import pytest

from idp.errors import Fault
from idp.mail.letter import Letter, LetterKind
from idp.mail.rendering import Rendered, Renderer
from idp.web.i18n import translations
from tests.mail.letters import LINK, PUT_AT, make_letter

HOSTILE_NAME = "A\r\nBcc: tous@exemple.fr\u2028\"'<a href=x>clic</a> {{ 7*7 }}" + "é" * 10_000
KINDS = pytest.mark.parametrize("kind", list(LetterKind))


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def plain(text: str) -> str:
    """The text as one compares it with the procedure: simple spaces and apostrophes."""
    return re.sub(r"\s+", " ", text.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " "))


def test_s09_the_mail_of_a_first_password_says_to_define_it(renderer: Renderer) -> None:
    mail = renderer.render(make_letter(first_password=True))

    assert plain(mail.subject) == "Définir votre mot de passe – Escrime Lyon"
    assert "Pour définir votre mot de passe, ouvrez ce lien" in plain(mail.text)
    assert "Définir mon mot de passe" in plain(mail.html)
    assert "initialis" not in mail.subject + mail.text + mail.html


def test_s09_the_mail_of_a_forgotten_password_says_to_reset_it(renderer: Renderer) -> None:
    mail = renderer.render(make_letter(first_password=False))

    assert plain(mail.subject) == "Réinitialiser votre mot de passe – Escrime Lyon"
    assert "Réinitialiser mon mot de passe" in plain(mail.html)
    assert "éfinir" not in mail.subject + mail.text + mail.html


def test_s24_the_mail_carries_the_link_its_code_and_its_end(renderer: Renderer) -> None:
    mail = renderer.render(make_letter())

    assert f"\n{LINK}\n" in mail.text
    assert f'href="{LINK}"' in mail.html
    assert "BCDF 2345" in mail.text
    assert "BCDF 2345" in mail.html
    assert "Il expire le 25 novembre 2026 à 15\u00a0h\u00a005." in mail.text
    assert "Vous n'avez rien demandé ? Ignorez cet email" in plain(mail.text)


def test_a_link_that_an_operator_sends_has_no_code(renderer: Renderer) -> None:
    mail = renderer.render(make_letter(code=""))

    assert "ce code" not in mail.text
    assert "ce code" not in mail.html
    assert LINK in mail.text


def test_s33_the_notice_says_that_the_password_was_changed(renderer: Renderer) -> None:
    mail = renderer.render(make_letter(LetterKind.PASSWORD_CHANGED))

    assert plain(mail.subject) == "Votre mot de passe a été modifié – Escrime Lyon"
    assert "Votre mot de passe a été modifié" in mail.text
    assert "Votre mot de passe a été modifié" in mail.html
    assert "le 24 novembre 2026 à 15\u00a0h\u00a005" in mail.text


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        (datetime(2026, 11, 24, 13, 5, tzinfo=UTC), "Europe/Paris", "le 24 novembre 2026 à 14\u00a0h\u00a005"),
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), "Europe/Paris", "le 1er août 2026 à 0\u00a0h\u00a000"),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "Indian/Reunion", "le 1er janvier 2027 à 3\u00a0h\u00a059"),
    ],
)
def test_hours_are_those_of_the_association(renderer: Renderer, at: datetime, zone: str, said: str) -> None:
    letter = make_letter(LetterKind.PASSWORD_CHANGED, timezone=zone, changed_at=at.isoformat())

    assert said in renderer.render(letter).text


@KINDS
def test_french_typography_is_in_the_text(renderer: Renderer, kind: LetterKind) -> None:
    text = renderer.render(make_letter(kind)).text

    assert not re.search(r"[^\u202f][;!?]|[^\u00a0]:(?!//)|«[^\u00a0]|[^\u00a0]»|'", text.replace(LINK, ""))


@KINDS
def test_sec32_a_hostile_name_is_cut_and_harmless(renderer: Renderer, kind: LetterKind) -> None:
    mail = renderer.render(make_letter(kind, association_name=HOSTILE_NAME))

    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert len(mail.subject) < 200
    assert "<a href=x>" not in mail.html
    assert "&lt;a href=x&gt;" in mail.html
    assert "\nBcc:" not in mail.text
    assert "{{ 7*7 }}" in mail.text


@KINDS
def test_nothing_in_a_mail_is_fetched_from_elsewhere(renderer: Renderer, kind: LetterKind) -> None:
    html = renderer.render(make_letter(kind)).html

    assert not re.search(r"<(?:img|link|script|iframe|form|input)\b|\burl\(|@import|\bsrc=|background=", html)
    assert set(re.findall(r"https?://[^/\"]+", html)) <= {"https://connexion.clickasso.fr"}


@pytest.mark.parametrize("kind", [LetterKind.RESET_LINK, LetterKind.PASSWORD_CHANGED])
def test_the_club_s_colour_is_on_the_button_alone(renderer: Renderer, kind: LetterKind) -> None:
    html = renderer.render(make_letter(kind, colour="#0b6b53")).html

    assert [line for line in html.splitlines() if "#0b6b53" in line and "display: block" not in line] == []
    assert html.count("background: #0b6b53") == 1


def test_who_may_be_answered_is_said(renderer: Renderer) -> None:
    with_contact = renderer.render(make_letter(reply_to="contact@escrime-lyon.fr"))
    without = renderer.render(make_letter(reply_to="04 72 00 00 00"))

    assert "Répondez à cet email" in with_contact.text
    assert "Merci de ne pas répondre à cet email" in without.text


def test_another_language_reads_its_catalogue() -> None:
    class English(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return {"Bonjour,": "Hello,"}.get(message, message)

    renderer = Renderer(lambda language: English() if language == "en" else gettext.NullTranslations())

    english: Rendered = renderer.render(make_letter(LetterKind.ADDRESS_CHANGED_OLD, language="en"))
    french = renderer.render(make_letter(LetterKind.ADDRESS_CHANGED_OLD))

    assert "Hello," in english.text
    assert '<html lang="en">' in english.html
    assert "Bonjour," in french.text


@KINDS
def test_english_mails_hold_no_french(kind: LetterKind) -> None:
    mail = Renderer(translations).render(make_letter(kind, language="en"))

    assert "on 24 November 2026 at 15:05" in mail.text or "on 25 November 2026 at 15:05" in mail.text
    assert not re.search(
        r"\b(?:votre|vous|mot de passe|adresse|bonjour|novembre)\b", mail.subject + mail.text, re.IGNORECASE
    )
    assert not re.search(r"\b(?:votre|vous|mot de passe|adresse|bonjour|novembre)\b", mail.html, re.IGNORECASE)


def test_a_letter_survives_its_sealing() -> None:
    letter = make_letter(LetterKind.ADDRESS_CHANGED_NEW)

    assert Letter.from_json(letter.to_json()) == letter


@pytest.mark.parametrize("context", [{}, {"link": LINK, "code": "BCDF2345"}, {"link": LINK, "code": "B", "x": "y"}])
def test_a_letter_that_its_template_could_not_write_is_refused(context: dict[str, str | bool]) -> None:
    with pytest.raises(Fault):
        Letter(LetterKind.RESET_LINK, "nora@exemple.fr", "Escrime Lyon", context, expires_at=PUT_AT)


def test_a_reset_letter_without_its_end_is_refused() -> None:
    with pytest.raises(Fault):
        make_letter(expires_at=None)
