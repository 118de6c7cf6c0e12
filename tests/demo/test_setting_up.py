"""What the demonstration writes: a first run fills the folder, later ones change addresses and nothing else."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from idp.accounts.password_policy import PasswordPolicy
from idp.accounts.password_rules import AboutPerson
from idp.accounts.passwords import PlainPassword
from idp.cli import demo
from idp.demo import clubs
from idp.demo.accounts import PASSWORD, WITH_PASSWORD
from idp.demo.addresses import Addresses, listening
from idp.demo.application import CLIENT_ID
from idp.demo.folder import Folder, environment_of
from idp.demo.provider import open_folder, prepare
from idp.eligibility.members import Changed
from idp.errors import CommandError
from idp.services import Services, open_services, system_ports
from idp.settings import Passwords
from tests.demo.running import free_port

ROOT = Path(__file__).parents[2]
ACCOUNTS_PAGE = (ROOT / "examples" / "demo_app" / "templates" / "accounts.html").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A folder after its first run, at 8400."""
    made = Folder(tmp_path_factory.mktemp("demo"))
    run(made, 8400)
    return made


@pytest.fixture
def services(folder: Folder) -> Iterator[Services]:
    settings = open_folder(folder, Addresses(8400), 25)
    opened = open_services(settings, system_ports(settings))
    yield opened
    opened.close()


def run(folder: Folder, port: int) -> None:
    addresses = Addresses(port)
    prepare(folder, addresses, open_folder(folder, addresses, 25))


def test_the_application_follows_the_port_and_keeps_its_secret(folder: Folder, services: Services) -> None:
    secret = folder.client.read_text("utf-8")

    run(folder, 9000)
    client = services.clients.show(CLIENT_ID)

    assert client is not None
    assert client.redirect_uris == ("http://127.0.0.1:9001/callback",)
    assert client.initiate_login_uri == "http://127.0.0.1:9001/login"
    assert folder.client.read_text("utf-8") == secret
    assert 'public_url = "http://127.0.0.1:9000"' in folder.config.read_text("utf-8")


def test_a_later_run_undoes_nothing_of_what_somebody_did(folder: Folder, services: Services) -> None:
    services.members.unban(*clubs.BANNED)

    run(folder, 8400)

    banned_now = services.members.ban(*clubs.BANNED)
    assert isinstance(banned_now, Changed)
    assert list(banned_now.changed) == [clubs.BANNED[1]]


def test_an_application_whose_secret_was_lost_gets_another(folder: Folder) -> None:
    lost = folder.client.read_text("utf-8")
    folder.client.unlink()

    run(folder, 8400)

    assert folder.client.read_text("utf-8") != lost
    assert folder.client.stat().st_mode & 0o077 == 0


def test_the_printed_password_passes_the_policy_of_everybody_who_has_it() -> None:
    words = AboutPerson(("Escrime Lyon", "Judo Club de Brest", *(account.identifier for account in WITH_PASSWORD)))

    faults = PasswordPolicy(Passwords()).faults_blocking(PlainPassword(PASSWORD), words)

    assert faults == ()


@pytest.mark.parametrize(
    ("today", "current", "last"),
    [
        pytest.param(date(2026, 8, 31), "2025-2026", "2024-2025", id="a season ends in August"),
        pytest.param(date(2026, 9, 1), "2026-2027", "2025-2026", id="the next begins in September"),
    ],
)
def test_the_seasons_are_those_of_today(today: date, current: str, last: str) -> None:
    rows = list(csv.DictReader(io.StringIO(clubs.members_file(today))))

    assert {row["season"] for row in rows} == {current, last, ""}
    assert [row["external_id"] for row in rows if row["season"] == last] == ["E8"]


def test_the_page_of_accounts_names_each_who_can_be_tried_and_which_password_is_ready() -> None:
    shown = re.findall(r'call account\("([^"]+)", "([^"]+)", "[^"]+"(, ready=true)?\)', ACCOUNTS_PAGE)

    rows = csv.DictReader(io.StringIO(clubs.members_file(date(2026, 11, 24))))
    listed = {(row["association"], row["username"] or row["email"]) for row in rows} - {("Escrime-Lyon", "")}

    assert {(club, identifier) for club, identifier, _ in shown} == listed
    assert {(club, identifier) for club, identifier, ready in shown if ready} == {
        (account.association, account.identifier) for account in WITH_PASSWORD
    }
    assert PASSWORD in ACCOUNTS_PAGE


@pytest.mark.parametrize("step", [0, 1, 2, 9])
def test_each_of_the_four_ports_must_be_free(step: int) -> None:
    port = free_port()

    with listening(port + step), pytest.raises(CommandError, match=f"port {port + step} on 127.0.0.1: "):
        Addresses(port).require_free()


def test_a_port_too_high_for_its_followers_is_refused() -> None:
    with pytest.raises(CommandError, match="leaves no room"):
        Addresses(65_535).require_free()


def test_the_environment_moves_no_address_of_the_demonstration() -> None:
    given = {"IDP_CONFIG": "x", "IDP_SERVER__PORT": "1", "IDP_MAIL__SMTP_URL_FILE": "x", "IDP_LOGIN__DISCLOSURE": "y"}

    assert environment_of(given) == {"IDP_LOGIN__DISCLOSURE": "y"}


def test_the_data_are_kept_in_a_folder_that_git_ignores() -> None:
    assert demo.FOLDER == ROOT / "var" / "demo"
    assert "/var/" in (ROOT / ".gitignore").read_text("utf-8").split()
