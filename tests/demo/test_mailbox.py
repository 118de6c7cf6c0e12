"""The mailbox: what arrives by SMTP is kept and shown, and nothing in it can act."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from anyio import to_thread
from starlette.testclient import TestClient

from idp.demo.addresses import Addresses, listening
from idp.demo.mailbox import Mailbox
from idp.demo.pages import create_mailbox_app
from idp.demo.smtp import receiving
from tests.fakes import FixedClock


@pytest.fixture
def mails(tmp_path: Path, clock: FixedClock) -> Mailbox:
    return Mailbox(tmp_path / "mails", clock)


@pytest.fixture
def reader(mails: Mailbox) -> Iterator[TestClient]:
    with TestClient(create_mailbox_app(mails, Addresses(8400)), "http://127.0.0.1:8402") as client:
        yield client


def letter(subject: str = "Été « 2026 »", html: str = "<p>Bonjour</p>") -> bytes:
    message = EmailMessage()
    message["From"] = "ClickAsso <ne-pas-repondre@exemple.fr>"
    message["To"] = "nora@exemple.fr"
    message["Subject"] = subject
    message.set_content("Ouvrez http://127.0.0.1:8400/password/reset?token=t pour continuer.\n")
    message.add_alternative(html, subtype="html")
    return bytes(message)


async def test_mail_that_arrives_by_smtp_is_there(mails: Mailbox) -> None:
    listener = listening(0)
    port = listener.getsockname()[1]

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("a@exemple.fr", ["nora@exemple.fr", "karim@exemple.fr"], letter())

    async with receiving(mails, listener):
        await to_thread.run_sync(send)

    assert {mail.to for mail in mails.newest_first()} == {"nora@exemple.fr", "karim@exemple.fr"}


def test_programs_read_the_newest_first(mails: Mailbox, reader: TestClient, clock: FixedClock) -> None:
    mails.receive("nora@exemple.fr", letter("un"))
    clock.advance(seconds=1)
    mails.receive("nora@exemple.fr", letter("deux"))

    messages = reader.get("/messages.json").json()

    assert [message["subject"] for message in messages] == ["deux", "un"]
    assert messages[0]["received_at"] == "2026-11-24T14:05:01+00:00"
    assert messages[0]["text"].startswith("Ouvrez http://")
    assert messages[0]["html"].strip() == "<p>Bonjour</p>"


def test_mail_is_still_there_at_the_next_run(mails: Mailbox, tmp_path: Path, clock: FixedClock) -> None:
    mails.receive("nora@exemple.fr", letter())

    next_run = Mailbox(tmp_path / "mails", clock)

    assert next_run.newest_first() == mails.newest_first()


def test_nobody_else_on_the_machine_reads_the_mail(mails: Mailbox, tmp_path: Path) -> None:
    mails.receive("nora@exemple.fr", letter())

    (file,) = (tmp_path / "mails").iterdir()

    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_the_list_leads_to_the_message_and_its_links(mails: Mailbox, reader: TestClient) -> None:
    mails.receive("nora@exemple.fr", letter("<b>gras</b>"))
    (mail,) = mails.newest_first()

    listed = reader.get("/").text
    shown = reader.get(f"/messages/{mail.id}").text

    assert f'href="/messages/{mail.id}"' in listed
    assert "&lt;b&gt;gras&lt;/b&gt;" in listed
    assert '<a href="http://127.0.0.1:8400/password/reset?token=t">' in shown
    assert '<iframe sandbox="allow-top-navigation-by-user-activation"' in shown


def test_the_html_of_a_message_can_run_and_fetch_nothing(mails: Mailbox, reader: TestClient) -> None:
    mails.receive("nora@exemple.fr", letter(html="<script>alert(1)</script><img src='https://exemple.fr/x'>"))
    (mail,) = mails.newest_first()

    policy = reader.get(f"/messages/{mail.id}/html").headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert policy.startswith("sandbox allow-top-navigation-by-user-activation;")


@pytest.mark.parametrize("path", ["/messages/unknown", "/messages/unknown/html"])
def test_a_message_that_is_gone_says_so(reader: TestClient, path: str) -> None:
    answer = reader.get(path)

    assert answer.status_code == 404
    assert "introuvable" in answer.text


def test_another_host_name_reads_nothing(mails: Mailbox, reader: TestClient) -> None:
    mails.receive("nora@exemple.fr", letter())

    answer = reader.get("/messages.json", headers={"Host": "evil.exemple.fr"})

    assert answer.status_code == 400


def test_a_full_mailbox_forgets_the_oldest(mails: Mailbox, clock: FixedClock, tmp_path: Path) -> None:
    small = letter()
    for number in range(501):
        clock.advance(seconds=1)
        mails.receive(f"{number}@exemple.fr", small)

    assert mails.newest_first()[-1].to == "1@exemple.fr"
    assert len(list((tmp_path / "mails").iterdir())) == 500
