"""Bodies are bounded before anything is parsed (SEC-30)."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

KIB = 1024


def chunks(kib: int) -> Iterator[bytes]:
    yield from (b"x" * KIB for _ in range(kib))


@pytest.mark.parametrize(
    ("path", "kib", "status"),
    [
        ("/swallow", 16, 200),
        ("/swallow", 17, 413),
        ("/token", 64, 200),
        ("/token", 65, 413),
        ("/eligibility/events", 1024, 200),
        ("/eligibility/events", 1025, 413),
    ],
)
def test_a_body_is_bounded_by_its_length(browser: TestClient, path: str, kib: int, status: int) -> None:
    assert browser.post(path, content=b"x" * (kib * KIB)).status_code == status


@pytest.mark.parametrize(
    ("path", "kib", "status"),
    [("/swallow", 16, 200), ("/swallow", 17, 413), ("/token", 64, 200), ("/token", 1000, 413)],
)
def test_a_body_without_length_is_bounded_too(browser: TestClient, path: str, kib: int, status: int) -> None:
    response = browser.post(path, content=chunks(kib), headers={"transfer-encoding": "chunked"})

    assert response.status_code == status


def test_a_refused_body_ends_the_connection(browser: TestClient) -> None:
    response = browser.post("/swallow", content=b"x" * 17 * KIB)

    assert response.headers["connection"] == "close"
    assert "Envoi trop volumineux" in response.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("content-length", "1"), ("transfer-encoding", "chunked")], 400),
        ([("content-length", "1"), ("content-length", "1")], 400),
        ([("content-length", "-1")], 400),
        ([("content-length", "1e3")], 400),
        ([("content-length", "9" * 5000)], 413),
        ([("content-encoding", "gzip")], 415),
        ([("content-encoding", "identity")], 200),
    ],
)
def test_doubtful_bodies_are_refused(browser: TestClient, headers: list[tuple[str, str]], status: int) -> None:
    request = browser.build_request("POST", "/swallow", headers=headers)

    assert browser.send(request).status_code == status
