"""A form is believed when this browser was given it (SEC-28)."""

import pytest
from starlette.testclient import TestClient

from tests.web.sample_room import PUBLIC_URL

HERE = {"origin": PUBLIC_URL, "sec-fetch-site": "same-origin"}


def test_the_token_alone_decides_where_no_header_says_more(browser: TestClient, token: str) -> None:
    assert browser.post("/", data={"csrf_token": token}).status_code == 200


def test_a_form_of_our_own_page_is_taken(browser: TestClient, token: str) -> None:
    assert browser.post("/", data={"csrf_token": token}, headers=HERE).status_code == 200


@pytest.mark.parametrize("wrong", ["", "wrong", "é", "A" * 43])
def test_a_wrong_token_is_refused_in_plain_french(browser: TestClient, token: str, wrong: str) -> None:
    response = browser.post("/?request=r1", data={"csrf_token": wrong}, headers=HERE)

    assert token
    assert response.status_code == 403
    assert "Cette page a expiré" in response.text
    assert 'href="?request=r1"' in response.text


def test_an_absent_token_is_refused(browser: TestClient, token: str) -> None:
    assert token
    assert browser.post("/", data={"identifier": "a"}).status_code == 403
    assert browser.post("/").status_code == 403


def test_the_token_of_another_browser_is_refused(browser: TestClient, token: str) -> None:
    browser.cookies.clear()
    browser.get("/")

    assert browser.post("/", data={"csrf_token": token}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://pirate.exemple"},
        {"origin": "null"},
        {"origin": PUBLIC_URL.upper()},
        {"origin": f"{PUBLIC_URL}/"},
        {"origin": f"{PUBLIC_URL}.pirate.exemple"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": PUBLIC_URL, "sec-fetch-site": "cross-site"},
    ],
)
def test_a_foreign_origin_is_refused_even_with_the_token(
    browser: TestClient, token: str, headers: dict[str, str]
) -> None:
    assert browser.post("/", data={"csrf_token": token}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "null"}, 200),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "https://pirate.exemple"}, 403),
    ],
)
def test_the_reset_form_may_come_from_a_page_without_referrer(
    browser: TestClient, token: str, headers: dict[str, str], status: int
) -> None:
    assert browser.post("/reset", data={"csrf_token": token}, headers=headers).status_code == status


def test_get_with_the_fields_of_a_form_changes_nothing(browser: TestClient, token: str) -> None:
    assert browser.get("/", params={"csrf_token": token, "identifier": "a"}).text == token
