"""SEC-29: a whole journey through a real process, crashes and refused mails included: no secret of it is in what the
process said, nor in what it kept; and nothing that is typed forges a line of the log.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.security.installation import CALLBACK, Installation
from tests.security.place import CHALLENGE, VERIFIER
from tests.smtp import Mailbox, Trouble

PASSWORD = "zqxpass girafe tournevis marée lundi"
WRONG = "zqxwrong lampadaire cuillère neige"
ADDRESS = "zqxmail@exemple.fr"
FORGED = 'zqxline\r\n{"event":"forged"}\x1b[31m'
BREAK_DOWN = "CREATE TRIGGER broken AFTER INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'broken disk'); END"


@dataclass
class Journey:
    """What happened, and every secret that was met on the way."""

    installation: Installation
    secrets: dict[str, str] = field(default_factory=dict)
    said: str = ""
    stored: bytes = b""
    metrics: str = ""
    processes: bytes = b""


def token_in(page: httpx.Response) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.status_code
    return found[1]


def ask_for_link(browser: httpx.Client, address: str) -> httpx.Response:
    token = token_in(browser.get("/password/forgot"))
    return browser.post("/password/forgot", data={"csrf_token": token, "association": "75012", "identifier": address})


def set_password(browser: httpx.Client, link: str) -> None:
    opened = browser.get(link)
    token = token_in(browser.get(opened.headers["location"]))
    assert browser.post("/password/reset", data={"csrf_token": token, "password": PASSWORD}).status_code == 303


def sign_in(browser: httpx.Client, password: str, identifier: str = ADDRESS) -> httpx.Response:
    fields = {"csrf_token": token_in(browser.get("/")), "association": "75012", "identifier": identifier}
    return browser.post("/", data=fields | {"password": password})


def authorize(browser: httpx.Client, client: dict[str, str]) -> str:
    asked = {
        "client_id": client["client_id"], "redirect_uri": CALLBACK, "response_type": "code", "state": "zqxstate",
        "scope": "openid offline_access", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return parse_qs(urlsplit(browser.get("/authorize", params=asked).headers["location"]).query)["code"][0]


def break_down(journey: Journey, browser: httpx.Client) -> None:
    """Have the database refuse, in the middle of a sign-in and of a request for a link."""
    with sqlite3.connect(journey.installation.folder / "idp.db", timeout=10) as database:
        database.execute(BREAK_DOWN)
    assert sign_in(browser, WRONG).status_code == 500
    assert ask_for_link(browser, ADDRESS).status_code == 500
    with sqlite3.connect(journey.installation.folder / "idp.db", timeout=10) as database:
        database.execute("DROP TRIGGER broken")


def travel(journey: Journey, mailbox: Mailbox, client: dict[str, str], pid: int) -> None:
    secrets, origin = journey.secrets, journey.installation.origin
    with httpx.Client(base_url=origin) as browser:
        mailbox.misbehave(Trouble("RCPT", f"451 {ADDRESS} not now", times=1))
        ask_for_link(browser, ADDRESS)
        letter = mailbox.wait_for(1, 20)[0]
        link = re.search(r"https?://\S+/password/reset\?token=(\S+)", letter.text)
        code = re.search(r"\b([23456789BCDFGHJKMNPQRTVWXYZ]{4}.?[23456789BCDFGHJKMNPQRTVWXYZ]{4})\b", letter.text)
        assert link
        assert code
        secrets |= {"link": link[1], "mail code": code[1]}
        set_password(browser, link[0])
        sign_in(browser, WRONG)
        sign_in(browser, PASSWORD, FORGED)
        assert sign_in(browser, PASSWORD).status_code == 303
        secrets["code"] = authorize(browser, client)
        form = {"grant_type": "authorization_code", "code": secrets["code"], "redirect_uri": CALLBACK}
        form["code_verifier"] = VERIFIER
        pair = (client["client_id"], client["client_secret"])
        told = browser.post("/token", data=form, auth=pair).json()
        secrets |= {name: told[name] for name in ("access_token", "refresh_token", "id_token")}
        browser.get("/userinfo", headers={"Authorization": f"Bearer {told['access_token']}"})
        browser.get("/userinfo", params={"access_token": told["access_token"]})
        browser.post("/token", data=form, auth=(client["client_id"], "zqxwrongsecret"))
        browser.get("/account", params={"x": "zqxquery"})
        secrets["browser"] = browser.cookies["idp_browser"]
        secrets["csrf"] = token_in(browser.get("/logout"))
        break_down(journey, browser)
        mailbox.wait_for(2, 20)
    journey.metrics = httpx.get(f"http://127.0.0.1:{journey.installation.ops_port}/metrics").text
    journey.processes = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/comm").read_bytes()


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    folder, mailbox = tmp_path_factory.mktemp("installation"), Mailbox()
    installation = Installation(folder, {"IDP_MAIL__SMTP_URL": mailbox.url})
    installation.must("init", ".")
    client = installation.populate(f"75012,2026-2027,P1,Hugo,Martin,1990-05-17,{ADDRESS},,,")
    journey = Journey(installation, {"client secret": client["client_secret"], "password": PASSWORD, "wrong": WRONG})
    with installation.serving() as process:
        travel(journey, mailbox, client, process.pid)
        journey.stored = installation.stored()
    journey.said = installation.said
    yield journey
    mailbox.close()


def test_sec29_nothing_that_the_process_said_holds_a_secret(journey: Journey) -> None:
    assert [name for name, secret in journey.secrets.items() if secret in journey.said] == []
    assert re.findall(r"zqx\w*|broken disk", journey.said) == []


def test_sec29_the_log_is_json_a_line_and_tells_of_the_crashes(journey: Journey) -> None:
    lines = [json.loads(line) for line in journey.said.splitlines()]

    faults = [line for line in lines if line["event"] == "fault"]
    assert [fault["kind"] for fault in faults] == ["IntegrityError"] * 2
    assert all(re.fullmatch(r"[0-9a-f]{16}", fault["incident"]) for fault in faults)
    assert not any(line["event"] == "forged" for line in lines)
    assert "\x1b" not in journey.said


def test_sec29_no_metric_and_no_process_title_holds_a_secret(journey: Journey) -> None:
    shown = journey.metrics.encode() + journey.processes

    assert [name for name, secret in journey.secrets.items() if secret.encode() in shown] == []
    assert b"zqx" not in shown


def test_sec42_a_stolen_database_holds_no_secret_in_clear(journey: Journey) -> None:
    assert len(journey.secrets) >= 10
    assert [name for name, secret in journey.secrets.items() if secret.encode() in journey.stored] == []
    assert re.findall(rb"zqx(?!mail)\w*", journey.stored) == []
    assert b"PRIVATE KEY" not in journey.stored
    assert b"$argon2id$v=19$m=19456,t=2,p=1,keyid=" in journey.stored


def test_sec42_a_stolen_database_holds_no_key_of_the_key_files(journey: Journey) -> None:
    for_keys = [path.read_text().strip() for path in (journey.installation.folder / "keys").iterdir()]

    assert len(for_keys) == 3
    assert not any(key.encode() in journey.stored for key in for_keys)
