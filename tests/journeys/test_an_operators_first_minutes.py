"""An operator's first minutes, typed as the documentation has them, in an empty folder; then a member signs in."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.clock import SystemClock
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.service import Registered
from idp.store.secrets import PlainSecret
from tests.harness.browser import Browser
from tests.harness.installation import Installation
from tests.harness.letters import read
from tests.harness.site import client_without_cookies
from tests.harness.steps import NEW_PASSWORD
from tests.journeys.relying_party import RelyingParty
from tests.smtp import Mailbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

CALLBACK = "http://127.0.0.1:9000/callback"
MEMBERS = """\
association,season,external_id,given_name,family_name,birth_date,email,username,guardian_of,roles
75012,2026-2027,P1,Hugo,Martin,1990-05-17,hugo@exemple.fr,hmartin,,tresorier;bureau
MonAssociation,2026-2027,C1,Lina,Petit,2016-05-09,,,,
75012,,P2,Nora,Petit,1988-03-02,nora@exemple.fr,,C1,
75012,2025-2026,P3,Paul,Durand,1975-01-01,paul@exemple.fr,,,
"""


@pytest.fixture
def installation(tmp_path: Path, mailbox: Mailbox) -> Iterator[Installation]:
    """An empty folder, on a machine whose mail goes to the mailbox."""
    folder = tmp_path / "empty"
    folder.mkdir()
    installed = Installation(folder)
    installed.environment["IDP_MAIL__SMTP_URL"] = mailbox.url
    yield installed
    installed.close()


async def test_six_commands_and_a_member_signs_in(installation: Installation, mailbox: Mailbox) -> None:
    (installation.folder / "members.csv").write_text(MEMBERS, "utf-8")
    installation.do("init", ".")
    installation.do("association", "add", "--code", "75012", "--alias", "MonAssociation", "--name", "Mon association")
    installation.do("season", "start", "--association", "75012", "--label", "2026-2027", "--ends-on", "2027-08-31")
    installation.do("members", "import", "members.csv")
    printed = installation.ask("client", "add", "--name", "Boutique", "--redirect-uri", CALLBACK)
    server = installation.serve()
    boutique = _application(installation.address, printed)

    async with client_without_cookies() as http:
        browser = Browser(http, installation.address, SystemClock())
        await browser.open(boutique.start(association="MonAssociation"))
        await browser.follow("Mot de passe oublié")
        await browser.fill(identifier="hugo@exemple.fr").submit("Envoyer")
        (letter,) = mailbox.wait_for(1)
        await browser.open(read(letter.raw, letter.to).link)
        await browser.fill(password=NEW_PASSWORD).submit("Valider")
        await browser.fill(identifier="hmartin", password=NEW_PASSWORD).submit()
        tokens = await boutique.finish(browser.address)
    told = boutique.userinfo(tokens).json()
    why = installation.ask("account", "why", "--association", "75012", "paul@exemple.fr")
    code = server.stop()

    assert told["email"] == "hugo@exemple.fr"
    assert told["membership"]["season"]["label"] == "2026-2027"
    assert told["membership"]["season"]["ends_on"] == "2027-08-31"
    assert sorted(told["membership"]["roles"]) == ["bureau", "tresorier"]
    assert (why["eligible"], why["reason"]) == (False, "past_season")
    assert code in {0, -15}
    assert "hugo@exemple.fr" not in server.log.read_text("utf-8")
    assert NEW_PASSWORD not in server.log.read_text("utf-8")


def _application(address: str, printed: dict[str, str]) -> RelyingParty:
    facts = ClientFacts(printed["client_id"], "Boutique", redirect_uris=(CALLBACK,))
    return RelyingParty(address, Registered(facts, PlainSecret(printed["client_secret"])))


def test_init_overwrites_nothing(installation: Installation) -> None:
    installation.do("init", ".")
    before = {path: path.read_bytes() for path in installation.folder.rglob("*") if path.is_file()}
    again = installation.run("init", ".")

    assert again.returncode == 1
    assert "nothing is ever overwritten" in again.stderr
    assert before == {path: path.read_bytes() for path in before}


def test_the_command_works_from_any_folder(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("idp")
    told = subprocess.run([script, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert "Example: idp init" in told.stdout
