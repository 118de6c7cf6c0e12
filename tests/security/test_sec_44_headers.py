"""SEC-44: the headers and cookies of every answer, errors included, on https and on http loopback."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from idp.settings import Server
from tests.databases import SqliteFiles
from tests.fakes import FixedClock
from tests.security.place import (
    CLUB,
    HUGO,
    NEW_PASSWORD,
    PASSWORD,
    PUBLIC_URL,
    Place,
    Stage,
    csrf_token_in,
    link_in,
    parameters_of,
    settings_of,
)
from tests.security.records import failing_at
from tests.security.routes import EVERY, address_of

LOOPBACK = "http://127.0.0.1:8400"
MAY_BE_KEPT = {"/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} | {
    "/favicon.ico",
    "/robots.txt",
}
STANDING = {
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture(params=[PUBLIC_URL, LOOPBACK], ids=["https", "loopback"])
def origin(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def here(origin: str, sqlite_files: SqliteFiles, tmp_path: Path, stage: Stage, clock: FixedClock) -> Iterator[Place]:
    """A provider at this origin."""
    url = sqlite_files.new_url(tmp_path)
    with ExitStack() as everything:
        yield Place(url, stage, clock, everything, settings_of(url, stage.keys, server=Server(public_url=origin)))


@pytest.fixture
def browser(here: Place, origin: str) -> TestClient:
    """A browser that stands at this origin."""
    client = TestClient(here.worker.app, base_url=origin, follow_redirects=False)
    neighbour = here.visitor().client
    assert isinstance(neighbour, TestClient)
    client.portal = neighbour.portal
    return client


def lapses(answer: Response, origin: str) -> list[str]:
    """What an answer lacks of STD-12, STD-40 and STD-41."""
    headers = answer.headers
    policy = headers.get("content-security-policy", "")
    path = answer.request.url.path
    is_reset = path == "/password/reset"
    wanted = {
        **{f"{name}: {value}": headers.get_list(name) == [value] for name, value in STANDING.items()},
        "one policy": len(headers.get_list("content-security-policy")) == 1,
        "default-src 'none'": policy.startswith("default-src 'none'; "),
        "frame-ancestors 'none'": "frame-ancestors 'none'" in policy,
        "base-uri 'none'": "base-uri 'none'" in policy,
        "form-action": "form-action '" in policy,
        "nothing unsafe": "unsafe" not in policy,
        "nothing from elsewhere": not re.search(r"(style|script|img)-src [^;]*https?:", policy),
        "permissions-policy": "camera=()" in headers.get("permissions-policy", ""),
        "referrer-policy": headers.get("referrer-policy") in referrers(is_reset, answer.status_code),
        "no-store": "no-store" in headers.get("cache-control", "") or (path in MAY_BE_KEPT and answer.is_success),
        "hsts": headers.get("strict-transport-security") == ("max-age=31536000" if origin == PUBLIC_URL else None),
        "no server's name": "server" not in headers and "x-powered-by" not in headers,
        "no 307": answer.status_code not in {301, 302, 307, 308},
        "request id": len(headers.get_list("x-request-id")) == 1,
    }
    return [name for name, holds in wanted.items() if not holds] + cookie_lapses(answer, origin)


def referrers(is_reset: bool, status: int) -> set[str]:  # noqa: FBT001 -- private
    """What the reset pages say; errors that no page of theirs has seen say what every answer says."""
    return {"no-referrer"} if is_reset and status in {200, 303, 410} else {"same-origin", "no-referrer"}


def cookie_lapses(answer: Response, origin: str) -> list[str]:
    lines = answer.headers.get_list("set-cookie")
    return [line.partition("=")[0] + ": " + line.partition("; ")[2] for line in lines if not is_sound(line, origin)]


def is_sound(line: str, origin: str) -> bool:
    value, *attributes = line.split("; ")
    wanted = {"Path=/", "HttpOnly", "SameSite=Lax"} | ({"Secure"} if origin == PUBLIC_URL else set())
    prefix = "__Host-idp_" if origin == PUBLIC_URL else "idp_"
    others = {attribute for attribute in attributes if not attribute.startswith("Max-Age=")}
    return value.startswith(prefix) and others == wanted and len(line) <= 4_096


def of_each(answers: Mapping[str, Response], origin: str) -> dict[str, list[str]]:
    return {name: found for name, answer in answers.items() if (found := lapses(answer, origin))}


def test_sec44_every_route_answers_with_every_header(browser: TestClient, origin: str) -> None:
    answers = {f"{method} {path}": browser.request(method, address_of(path)) for method, path in EVERY}

    assert of_each(answers, origin) == {}


def test_sec44_every_wrong_method_too(browser: TestClient, origin: str) -> None:
    answers = {f"{method} {path}": browser.request("DELETE", address_of(path)) for method, path in EVERY}

    assert {answer.status_code for answer in answers.values()} == {405}
    assert of_each(answers, origin) == {}


@pytest.mark.parametrize("path", ["/nowhere", "/Login/", "/account/", "/token/", "/.well-known/nothing"])
def test_sec44_an_unknown_address_too(browser: TestClient, origin: str, path: str) -> None:
    answer = browser.request("GET", path)

    assert answer.status_code == 404
    assert lapses(answer, origin) == []


def test_sec44_every_refusal_of_a_request_too(browser: TestClient, origin: str) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answers = {
        f"{status} {path}": browser.request("POST", path, content=body, headers=form | headers)
        for path in ("/", "/token")
        for status, body, headers in (
            (400, b"", {"host": "evil.example"}),
            (403, b"csrf_token=x", {}),
            (413, b"a" * 70_000, {}),
            (415, b"{}", {"content-type": "application/json"}),
            (415, b"", {"content-encoding": "gzip"}),
        )
    }

    assert {answer.status_code for answer in answers.values()} <= {400, 401, 403, 413, 415}
    assert of_each(answers, origin) == {}


def test_sec44_every_fault_and_every_outage_too(here: Place, browser: TestClient, origin: str) -> None:
    fields = {"csrf_token": csrf_token_in(browser.get("/")), "association": CLUB, "identifier": HUGO, "password": "no"}

    with failing_at(here.worker.services.store, "INSERT", "audit_event"):
        fault = browser.post("/", data=fields)
        at_token = browser.post("/userinfo", data={"access_token": "x"})

    assert (fault.status_code, at_token.status_code) == (500, 401)
    assert lapses(fault, origin) + lapses(at_token, origin) == []
    assert here.worker.letters() == []


def test_sec44_the_whole_journey_too(here: Place, browser: TestClient, origin: str) -> None:
    answers = [browser.get("/authorize", params=parameters_of(here.shop))]
    answers.append(browser.get(answers[-1].headers["location"]))
    token = {"csrf_token": csrf_token_in(answers[-1])}
    answers.append(browser.post("/password/forgot", data=token | {"association": CLUB, "identifier": HUGO}))
    answers.append(browser.get(link_in(here.worker.letters()[0])))
    answers.append(browser.get("/password/reset"))
    answers.append(browser.post("/password/reset", data=token | {"password": "court"}))
    answers.append(browser.post("/password/reset", data=token | {"password": NEW_PASSWORD}))
    answers.append(browser.post("/", data=token | {"association": CLUB, "identifier": HUGO, "password": PASSWORD}))
    answers.append(browser.post("/", data=token | {"association": CLUB, "identifier": HUGO, "password": NEW_PASSWORD}))
    answers.append(browser.get("/authorize", params=parameters_of(here.shop)))
    answers.append(browser.get("/account"))

    assert [answer.status_code for answer in answers] == [303, 200, 303, 303, 200, 200, 303, 200, 303, 303, 200]
    assert of_each({str(number): answer for number, answer in enumerate(answers)}, origin) == {}


def test_sec44_a_cookie_can_be_planted_by_no_neighbour(here: Place, browser: TestClient, origin: str) -> None:
    name = "__Host-idp_browser" if origin == PUBLIC_URL else "idp_browser"

    browser.get("/")

    assert name in browser.cookies
    assert here.settings.server.is_loopback_http == (origin == LOOPBACK)


def test_sec44_pages_load_nothing_from_another_origin(browser: TestClient) -> None:
    pages = [browser.get(address_of(path)).text for method, path in EVERY if method == "GET" and path != "/authorize"]

    loaded = [found for page in pages for found in re.findall(r"(?:src|@import|url\()\s*=?[\"']?(https?:|//)", page)]

    assert loaded == []


def test_sec44_only_the_waiting_applications_origin_is_added_to_where_forms_may_end(
    here: Place, browser: TestClient
) -> None:
    login = browser.get("/authorize", params=parameters_of(here.shop)).headers["location"]

    waiting, plain = browser.get(login), browser.get("/")

    assert "form-action 'self' https://boutique.exemple.fr;" in waiting.headers["content-security-policy"]
    assert "form-action 'self';" in plain.headers["content-security-policy"]
