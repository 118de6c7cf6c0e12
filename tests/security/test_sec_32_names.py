"""SEC-32: names with line ends, quotes and markup forge no header, of mail or of HTTP, and no markup."""

import email
import email.policy
from email.message import EmailMessage

import pytest

from idp.mail.letter import Letter, LetterKind
from idp.mail.message import compose
from idp.mail.rendering import Renderer
from tests.factories import add_member, make_club
from tests.fakes import FixedClock
from tests.security.place import PASSWORD, Place, csrf_token_in

HOSTILE = (
    "Club\r\nBcc: evil@evil.example\r\n\r\nbody",
    "Club\nSubject: other",
    "Club\u2028Bcc: evil@evil.example",
    "Club\x0b\x0c\x85Bcc: x@evil.example",
    'Club "><a href="https://evil.example">ici</a>',
    "Club <script>alert(1)</script>",
    "C" * 10_000,
    "=?utf-8?q?Bcc:_evil@evil.example?=",
    "\u202egro.live",
)
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Reply-To")
CONTEXTS: dict[LetterKind, dict[str, str | bool]] = {
    LetterKind.RESET_LINK: {"link": "https://connexion.exemple.fr/x", "code": "BCDF2345", "first_password": True},
    LetterKind.PASSWORD_CHANGED: {"changed_at": "2026-11-24T14:05:00+00:00", "forgotten_url": "https://c.exemple.fr/"},
    LetterKind.ADDRESS_CHANGED_OLD: {"changed_at": "2026-11-24T14:05:00+00:00"},
    LetterKind.ADDRESS_CHANGED_NEW: {
        "changed_at": "2026-11-24T14:05:00+00:00",
        "forgotten_url": "https://c.exemple.fr/",
        "first_password": True,
    },
    LetterKind.KNOWN_BROWSER: {"link": "https://connexion.exemple.fr/x"},
}


def test_sec32_every_kind_of_letter_is_tried() -> None:
    assert CONTEXTS.keys() == set(LetterKind)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", LetterKind)
def test_sec32_a_hostile_name_leaves_one_block_of_headers_and_one_recipient(
    clock: FixedClock, kind: LetterKind, name: str
) -> None:
    letter = Letter(kind, "hugo@exemple.fr", name, CONTEXTS[kind], reply_to=name, expires_at=clock.now())

    envelope = compose(letter, Renderer().render(letter), mail_id="ml_1", sender="C <c@exemple.fr>", at=clock.now())

    message = email.message_from_bytes(envelope.content, _class=EmailMessage, policy=email.policy.default)
    assert envelope.recipient == message["To"] == "hugo@exemple.fr"
    assert [header for header in ONCE if len(message.get_all(header, [])) > 1] == []
    assert message["Bcc"] is message["Cc"] is message["Reply-To"] is None
    assert len(str(message["Subject"])) <= 200
    html = message.get_body(("html",))
    assert html is not None
    assert not any(markup in html.get_content() for markup in ("<script>alert", 'href="https://evil.example"'))
    assert len(html.get_content()) < 10_000


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_sec32_a_hostile_name_changes_no_http_header_and_is_shown_as_text(small_place: Place, name: str) -> None:
    services = small_place.worker.services
    club = services.store.write_blocking(lambda tx: make_club(tx, "13001", "Hostile", name=name))
    services.store.write_blocking(
        lambda tx: add_member(tx, club, "H1", email="h@exemple.fr", given_name=name, family_name=name)
    )
    visitor = small_place.visitor()

    asked = visitor.ask_link("h@exemple.fr", "Hostile")
    visitor.get(services_link(small_place))
    visitor.set_password(f"{PASSWORD} pour toujours")
    signed_in = visitor.sign_in("h@exemple.fr", f"{PASSWORD} pour toujours", "Hostile")
    account = visitor.get("/account")

    assert (asked.status_code, signed_in.status_code, account.status_code) == (303, 303, 200)
    headers = "".join(str(answer.headers) for answer in (asked, signed_in, account))
    assert not any(word in headers for word in ("evil", "Bcc", "script>", "CCCC"))
    assert not any(markup in account.text for markup in ("<script>alert", '<a href="https://evil'))
    assert csrf_token_in(visitor.get("/logout"))


def services_link(place: Place) -> str:
    link = str(place.worker.letters_to("h@exemple.fr")[-1].context["link"])
    return link.removeprefix("https://connexion.exemple.fr")
