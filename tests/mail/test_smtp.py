"""Hands letters to a real SMTP server: what arrives, what is refused, and that nothing is said in clear but at home."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.mail import smtp
from idp.mail.message import Envelope, UndeliverableAddress, compose
from idp.mail.rendering import Renderer
from idp.mail.smtp import Security, SmtpServer
from idp.mail.transport import Failure
from idp.tls import verifying_context
from tests.certificates import SelfMadeAuthority
from tests.mail.conftest import SENDER, OpenTransport
from tests.mail.letters import LINK, PUT_AT, make_letter
from tests.smtp import CUT, Mailbox, Trouble

OpenMailbox = Callable[..., Mailbox]


def message_to(to: str = "nora@exemple.fr", **changes: str) -> Envelope:
    letter = make_letter(to=to, **changes)  # type: ignore[arg-type]  # plain texts
    return compose(letter, Renderer().render(letter), mail_id="ml_1", sender=SENDER, at=PUT_AT)


def as_if_remote(mailbox: Mailbox, user: str | None = None, password: str | None = None) -> SmtpServer:
    """The same server, under the rules for one that is not on loopback."""
    return SmtpServer("127.0.0.1", mailbox.port, Security.STARTTLS, user, password)


@pytest.fixture
def authority(tmp_path: Path) -> SelfMadeAuthority:
    return SelfMadeAuthority(tmp_path)


def test_a_letter_arrives_with_its_headers(open_transport: OpenTransport, mailbox: Mailbox) -> None:
    failure = open_transport(mailbox.url).deliver("ml_1", message_to())

    (letter,) = mailbox.wait_for(1)
    assert failure is None
    assert (letter.to, letter.sender) == ("nora@exemple.fr", "ne-pas-repondre@clickasso.fr")
    headers = {name: str(value) for name, value in letter.message.items()}
    assert headers["From"] == SENDER
    assert headers["To"] == "nora@exemple.fr"
    assert headers["Reply-To"] == "contact@escrime-lyon.fr"
    assert headers["Subject"] == "Réinitialiser votre mot de passe – Escrime Lyon"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"] == "<ml_1@clickasso.fr>"
    assert headers["Date"] == "Tue, 24 Nov 2026 14:05:00 +0000"
    assert headers["Content-Language"] == "fr"


def test_a_letter_arrives_as_text_and_as_html(open_transport: OpenTransport, mailbox: Mailbox) -> None:
    open_transport(mailbox.url).deliver("ml_1", message_to())

    (letter,) = mailbox.wait_for(1)
    assert LINK in letter.text
    assert "« Escrime Lyon »".replace("« ", "«\u00a0").replace(" »", "\u00a0»") in letter.text
    assert LINK in letter.html
    assert all(byte < 128 for byte in letter.raw)


@pytest.mark.parametrize(
    "name",
    ["A\r\nBcc: tous@exemple.fr", "A\u2028Bcc: x@y.fr", 'Le "Club", <a@b.fr>', "<a>", "é" * 10_000, "=?utf-8?q?A?="],
)
def test_sec32_a_hostile_name_leaves_one_block_of_headers_and_one_recipient(
    open_transport: OpenTransport, mailbox: Mailbox, name: str
) -> None:
    failure = open_transport(mailbox.url).deliver("ml_1", message_to(association_name=name))

    (letter,) = mailbox.wait_for(1)
    assert failure is None
    assert letter.recipients == ("nora@exemple.fr",)
    assert letter.message["Bcc"] is None
    assert letter.message["Cc"] is None
    assert len(letter.message.get_all("To", [])) == 1
    assert LINK in letter.text


@pytest.mark.parametrize(
    "to", ["nora@exemple.fr,tous@exemple.fr", "nora@exemple.fr\nBcc: tous@exemple.fr", "Nora <nora@exemple.fr>", "nora"]
)
def test_sec08_what_is_not_one_address_gets_no_mail(to: str) -> None:
    with pytest.raises(UndeliverableAddress):
        message_to(to)


def test_a_domain_with_accents_travels_in_ascii(open_transport: OpenTransport, mailbox: Mailbox) -> None:
    open_transport(mailbox.url).deliver("ml_1", message_to("nora@établissement.fr"))

    (letter,) = mailbox.wait_for(1)
    assert letter.to == "nora@xn--tablissement-9db.fr"


@pytest.mark.parametrize(
    ("trouble", "failure"),
    [
        (Trouble("RCPT", "450 4.2.1 <nora@exemple.fr> greylisted"), Failure("RCPT 450 4.2.1")),
        (Trouble("RCPT", "550 5.1.1 <nora@exemple.fr> unknown"), Failure("RCPT 550 5.1.1", is_final=True)),
        (Trouble("RCPT", "550 nora@exemple.fr unknown"), Failure("RCPT 550", is_final=True)),
        (Trouble("MAIL", "451 4.3.0 later"), Failure("MAIL 451 4.3.0")),
        (Trouble("MAIL", "553 5.7.1 not you"), Failure("MAIL 553 5.7.1", is_final=True)),
        (Trouble("DATA", "452 4.3.1 full"), Failure("DATA 452 4.3.1")),
        (Trouble("DATA", "554 5.6.0 spam"), Failure("DATA 554 5.6.0", is_final=True)),
        (Trouble("DATA", CUT), Failure("disconnected")),
        (Trouble("RCPT", CUT), Failure("disconnected")),
    ],
)
def test_rel08_a_refusal_is_told_by_command_and_code_and_never_by_the_server_s_words(
    open_transport: OpenTransport, mailbox: Mailbox, trouble: Trouble, failure: Failure
) -> None:
    mailbox.misbehave(trouble)

    assert open_transport(mailbox.url).deliver("ml_1", message_to()) == failure
    assert mailbox.letters == []


def test_a_letter_whose_answer_is_cut_off_is_not_sent_a_second_time_by_itself(
    open_transport: OpenTransport, mailbox: Mailbox
) -> None:
    mailbox.misbehave(Trouble("DATA", CUT, keeps_letter=True))

    failure = open_transport(mailbox.url).deliver("ml_1", message_to())

    assert failure == Failure("disconnected")
    assert len(mailbox.letters) == 1


def test_a_server_that_is_down_is_a_passing_failure(open_transport: OpenTransport, mailbox: Mailbox) -> None:
    mailbox.close()

    assert open_transport(mailbox.url).deliver("ml_1", message_to()) == Failure("connection refused")


def test_letters_in_a_row_share_a_connection(open_transport: OpenTransport, mailbox: Mailbox) -> None:
    transport = open_transport(mailbox.url)

    for number in range(3):
        assert transport.deliver(f"ml_{number}", message_to()) is None
    transport.close_idle()

    assert len(mailbox.wait_for(3)) == 3
    assert mailbox.connections == 1


def test_a_connection_that_the_server_closed_meanwhile_is_replaced(
    open_transport: OpenTransport, open_mailbox: OpenMailbox
) -> None:
    mailbox = open_mailbox()
    transport = open_transport(mailbox.url)
    transport.deliver("ml_1", message_to())

    mailbox.drop_connections()

    assert transport.deliver("ml_2", message_to()) is None
    assert mailbox.connections == 2


def test_a_send_that_hangs_comes_back_when_it_is_aborted(open_transport: OpenTransport, mailbox: Mailbox) -> None:
    mailbox.misbehave(Trouble("DATA", "250 OK", wait_seconds=30))
    transport = open_transport(mailbox.url)
    threading.Timer(0.3, transport.abort, ["ml_1"]).start()
    began = time.monotonic()

    failure = transport.deliver("ml_1", message_to())

    assert failure == Failure("disconnected")
    assert time.monotonic() - began < 5


def test_f40_smtps_with_a_certificate_that_we_trust_delivers(
    open_transport: OpenTransport, open_mailbox: OpenMailbox, authority: SelfMadeAuthority
) -> None:
    mailbox = open_mailbox(tls=authority.server_context())

    failure = open_transport(mailbox.url, verifying_context(str(authority.ca_file))).deliver("ml_1", message_to())

    assert failure is None
    assert mailbox.wait_for(1)[0].over_tls


def test_f40_smtps_with_a_certificate_of_a_stranger_delivers_nothing(
    open_transport: OpenTransport, open_mailbox: OpenMailbox, authority: SelfMadeAuthority
) -> None:
    mailbox = open_mailbox(tls=authority.server_context())

    failure = open_transport(mailbox.url).deliver("ml_1", message_to())

    assert failure == Failure("bad certificate")
    assert mailbox.letters == []


def test_f40_smtps_with_a_certificate_for_another_name_delivers_nothing(
    open_transport: OpenTransport, open_mailbox: OpenMailbox, authority: SelfMadeAuthority
) -> None:
    mailbox = open_mailbox(tls=authority.server_context("mx.ailleurs.fr"))

    failure = open_transport(mailbox.url, verifying_context(str(authority.ca_file))).deliver("ml_1", message_to())

    assert failure == Failure("bad certificate")
    assert mailbox.letters == []


def test_f40_starttls_with_a_certificate_that_we_trust_delivers(
    open_transport: OpenTransport, open_mailbox: OpenMailbox, authority: SelfMadeAuthority
) -> None:
    mailbox = open_mailbox(starttls=authority.server_context())

    failure = open_transport(as_if_remote(mailbox), verifying_context(str(authority.ca_file))).deliver(
        "ml_1", message_to()
    )

    assert failure is None
    assert mailbox.wait_for(1)[0].over_tls


def test_f40_starttls_with_a_certificate_of_a_stranger_delivers_nothing(
    open_transport: OpenTransport, open_mailbox: OpenMailbox, authority: SelfMadeAuthority
) -> None:
    mailbox = open_mailbox(starttls=authority.server_context())

    failure = open_transport(as_if_remote(mailbox)).deliver("ml_1", message_to())

    assert failure == Failure("bad certificate")
    assert mailbox.letters == []


def test_f40_a_server_without_starttls_gets_nothing(open_transport: OpenTransport, mailbox: Mailbox) -> None:
    failure = open_transport(as_if_remote(mailbox)).deliver("ml_1", message_to())

    assert failure == Failure("no STARTTLS")
    assert mailbox.letters == []


def test_f40_the_password_is_only_said_inside_tls(
    open_transport: OpenTransport, open_mailbox: OpenMailbox, authority: SelfMadeAuthority
) -> None:
    mailbox = open_mailbox(starttls=authority.server_context(), account=("club", "s3cr:et/@"))
    server = as_if_remote(mailbox, "club", "s3cr:et/@")

    failure = open_transport(server, verifying_context(str(authority.ca_file))).deliver("ml_1", message_to())

    assert failure is None
    assert mailbox.wait_for(1)[0].over_tls


def test_a_wrong_password_is_the_operator_s_affair_and_kills_no_letter(
    open_transport: OpenTransport, open_mailbox: OpenMailbox, authority: SelfMadeAuthority
) -> None:
    mailbox = open_mailbox(starttls=authority.server_context(), account=("club", "right"))
    server = as_if_remote(mailbox, "club", "wrong")

    failure = open_transport(server, verifying_context(str(authority.ca_file))).deliver("ml_1", message_to())

    assert failure == Failure("Authentication 535")


@pytest.mark.parametrize(
    ("url", "host", "port", "security", "user", "password"),
    [
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, Security.LOOPBACK, None, None),
        ("smtp://[::1]", "::1", 25, Security.LOOPBACK, None, None),
        ("smtp://localhost", "localhost", 25, Security.LOOPBACK, None, None),
        ("smtp://mx.exemple.fr", "mx.exemple.fr", 587, Security.STARTTLS, None, None),
        ("smtp://127.0.0.1.exemple.fr:25", "127.0.0.1.exemple.fr", 25, Security.STARTTLS, None, None),
        ("smtps://club:p%40ss%2F@mx.exemple.fr", "mx.exemple.fr", 465, Security.TLS, "club", "p@ss/"),
        ("smtps://localhost", "localhost", 465, Security.TLS, None, None),
    ],
)
def test_the_setting_says_where_and_how(
    url: str, host: str, port: int, security: Security, user: str | None, password: str | None
) -> None:
    assert SmtpServer.from_url(url) == SmtpServer(host, port, security, user, password)


def test_sec29_the_server_s_password_is_not_in_its_repr() -> None:
    assert "p@ss" not in repr(SmtpServer.from_url("smtps://club:p%40ss@mx.exemple.fr"))


def test_a_slow_server_has_more_than_a_minute_to_answer() -> None:
    assert smtp.COMMAND_SECONDS > 60
