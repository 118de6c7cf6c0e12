"""The procedure's own sentences, letter by letter (typographic apostrophes and no-break spaces aside)."""

import html

import pytest

from tests.pages.conftest import Show, words
from tests.pages.samples import EMPTY, SAMPLES, TYPED, Sample

SENTENCES = [
    ("login-bare", "Association"),
    ("login-bare", "Compte utilisateur / Email"),
    ("login-bare", "Mot de passe"),
    ("login-bare", "Mot de passe oublié"),
    ("forgot", "Mot de Passe oublié"),
    (
        "forgot",
        (
            "Saisissez votre code d'association et votre adresse email. Les instructions de réinitialisation de mot de "
            "passe vous seront envoyées."
        ),
    ),
    ("forgot", "Compte utilisateur / Email"),
    ("forgot", "Envoyer"),
    ("forgot", "← Retour sur la page d'authentification"),
    (
        "login-mail-sent",
        (
            "Email envoyé. Vérifiez votre boîte de réception et suivez la procédure de réinitialisation de votre mot "
            "de passe."
        ),
    ),
    (
        "login-mail-sent",
        (
            "Il est possible que votre fournisseur d'accès à internet considère l'email envoyé par ClickAsso comme "
            "courrier indésirable."
        ),
    ),
    (
        "login-mail-sent",
        (
            "Avant de contacter votre association pour signaler que vous n'avez pas reçu l'email de réinitialisation "
            "de votre mot de passe, merci de vérifier votre dossier « Courrier indésirable »."
        ),
    ),
    ("reset", "Réinitialisation du mot de passe"),
    ("reset", "Merci de saisir votre nouveau mot de passe"),
    ("reset", "Valider"),
    (
        "login-password-set",
        "Votre mot de passe a bien été réinitialisé. Merci d'utiliser celui-ci afin de vous connecter à l'application",
    ),
    (
        "forgot-unknown",
        (
            "L'email [test@monassociation.fr] pour l'association [MonAssociation] n'est lié à aucun compte utilisateur "
            "valide. Merci de contacter votre administrateur."
        ),
    ),
    (
        "login-maybe-sent",
        (
            "Si un compte actif correspond à ces informations, un email vient d'être envoyé. Vérifiez votre boîte de "
            "réception et suivez la procédure de réinitialisation de votre mot de passe. Vous n'avez rien reçu au bout "
            "de dix minutes ? Contactez votre association."
        ),
    ),
    ("login-refused", "Les informations d'authentification fournies sont erronées. Merci de réessayer."),
    ("login-refused", "bureau@escrime-lyon.fr"),
    ("link-dead", "Recevoir un nouveau lien"),
    ("person", "Qui êtes-vous ?"),
    ("mentions", "Mentions légales et données personnelles"),
    ("accessibilite", "Accessibilité : partiellement conforme"),
]


def named(name: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.name == name)


@pytest.mark.parametrize(("name", "sentence"), SENTENCES)
def test_the_page_says_the_procedures_words(show: Show, name: str, sentence: str) -> None:
    assert sentence in words(show(named(name)))


def test_the_title_names_page_association_and_service(show: Show) -> None:
    assert (
        b"<title>Connexion \xe2\x80\x93 Escrime Lyon \xe2\x80\x93 ClickAsso</title>" in show(named("login-club")).body
    )
    assert b"<title>Connexion \xe2\x80\x93 ClickAsso</title>" in show(named("login-bare")).body


def test_what_was_typed_is_shown_as_text(show: Show) -> None:
    typed = '"><script>alert(1)</script>{{7*7}}{% raw %}'
    context = {**TYPED, "association": typed, "identifier": typed, "unknown": True, "back_address": "/"}

    page = bytes(show(Sample("x", "forgot.html", context)).body).decode()

    assert page.count(html.escape(typed, quote=True).replace("&quot;", "&#34;")) == 4
    assert "<script>alert" not in page
    assert "49" not in page.replace("0 0 24 24", "")


def test_a_password_is_never_filled_in(show: Show) -> None:
    page = bytes(show(Sample("x", "login.html", {**EMPTY, "password": "marker"})).body).decode()

    assert "marker" not in page


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_spaces_before_high_punctuation_never_break(show: Show, sample: Sample) -> None:
    text = words_with_spaces(bytes(show(sample).body).decode())

    assert not [mark for mark in (" :", " ;", " ?", " !", "« ", " »") if mark in text]


def words_with_spaces(page: str) -> str:
    body = page[page.index("<body>") : page.index("<script nonce")]
    return "\n".join(line for line in body.splitlines() if "<svg" not in line and "<path" not in line)
