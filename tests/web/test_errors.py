"""What is answered when something goes wrong: plain words or a standard's code, never what happened (SEC-46)."""

import anyio
import pytest
from starlette.testclient import TestClient
from starlette.types import Message
from structlog.testing import capture_logs

from idp.store.secrets import SecretMint
from tests.web.sample_room import edge_of_sample_room

MARKER = "marker-of-a-secret"


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/nowhere", 404, "Page introuvable"),
        ("GET", "/quiet/", 404, "Page introuvable"),
        ("GET", "/.//quiet", 404, "Page introuvable"),
        ("PUT", "/", 405, "Action impossible"),
        ("BREW", "/quiet", 405, "Action impossible"),
        ("OPTIONS", "/quiet", 405, "Action impossible"),
        ("GET", "/broken", 500, "Une erreur est survenue"),
        ("GET", "/away", 503, "Service momentanément indisponible"),
    ],
)
def test_a_person_reads_a_plain_page(browser: TestClient, method: str, path: str, status: int, sentence: str) -> None:
    response = browser.request(method, path)

    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert sentence in response.text
    assert response.headers["x-request-id"] in response.text
    assert MARKER not in response.text
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/userinfo", 500, "server_error"),
        ("POST", "/par", 503, "temporarily_unavailable"),
        ("POST", "/introspect", 400, "invalid_grant"),
        ("DELETE", "/token", 405, "invalid_request"),
        ("GET", "/jwks", 404, "invalid_request"),
        ("GET", "/.well-known/nothing", 404, "invalid_request"),
    ],
)
def test_a_program_reads_json(browser: TestClient, method: str, path: str, status: int, code: str) -> None:
    response = browser.request(method, path)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert response.json()["error"] == code
    assert MARKER not in response.text


@pytest.mark.parametrize("path", ["/away", "/par"])
def test_who_meets_a_missing_part_is_told_when_to_come_back(browser: TestClient, path: str) -> None:
    method = "POST" if path == "/par" else "GET"

    assert browser.request(method, path).headers["retry-after"] == "7"


def test_a_fault_is_logged_by_kind_and_place_under_the_incident_that_the_page_shows(browser: TestClient) -> None:
    with capture_logs() as lines:
        response = browser.get("/broken")

    (line,) = lines
    assert line["log_level"] == "error"
    assert line["kind"] == "KeyError"
    assert line["incident"] in response.text
    assert line["where"][-1].startswith("sample_room.py:")
    assert MARKER not in str(lines)


def test_a_refused_method_names_those_of_every_route_of_the_path(browser: TestClient) -> None:
    assert browser.request("DELETE", "/").headers["allow"] == "GET, HEAD, POST"


def test_head_is_answered_where_get_is(browser: TestClient) -> None:
    assert browser.head("/quiet").status_code == 200


def test_ranges_are_ignored(browser: TestClient) -> None:
    ranges = "bytes=" + ",".join(f"{start}-{start + 1}" for start in range(1000))

    response = browser.get("/robots.txt", headers={"range": ranges})

    assert response.status_code == 200
    assert response.text == "User-agent: *\nDisallow: /\n"


def test_a_page_never_echoes_what_was_asked(browser: TestClient) -> None:
    response = browser.get("/<script>alert(1)</script>?x=<script>&lang=<script>")

    assert response.status_code == 404
    assert "<script>" not in response.text
    assert "alert(1)" not in response.text


def test_a_fault_in_the_middle_of_an_answer_breaks_it_off_and_is_logged(browser: TestClient) -> None:
    with capture_logs() as lines:
        response = browser.get("/half")

    assert response.text == "half an answer"
    assert [line["event"] for line in lines] == ["fault"]


def test_whoever_hung_up_is_no_fault(mint: SecretMint) -> None:
    sent: list[Message] = []

    async def hung_up() -> Message:
        return {"type": "http.disconnect"}

    async def keep(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"connexion.exemple.fr"), (b"content-length", b"5")]
    scope = {
        "type": "http",
        "path": "/swallow",
        "method": "POST",
        "headers": headers,
        "query_string": b"",
        "client": None,
    }
    with capture_logs() as lines:
        anyio.run(edge_of_sample_room(mint), scope, hung_up, keep)

    assert (sent, lines) == ([], [])
