"""The browser's cookie: when it is set, what it looks like, what is not believed."""

import pytest
from starlette.testclient import TestClient

COOKIE = "__Host-idp_browser"


def test_a_browser_is_given_a_secret_when_a_page_needs_one(browser: TestClient) -> None:
    cookie = browser.get("/").headers["set-cookie"]

    assert cookie.startswith(f"{COOKIE}=br_")
    assert cookie.endswith("; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax; Secure")
    assert "domain" not in cookie.lower()


def test_a_browser_keeps_its_secret(browser: TestClient) -> None:
    first = browser.get("/")

    second = browser.get("/")

    assert second.text == first.text
    assert "set-cookie" not in second.headers


def test_a_look_up_gives_a_new_browser_no_cookie(browser: TestClient) -> None:
    response = browser.get("/quiet")

    assert response.text == "None"
    assert "set-cookie" not in response.headers


def test_what_hangs_on_a_new_browser_is_found_again(browser: TestClient) -> None:
    hung = browser.get("/hang").text

    assert browser.get("/quiet").text == hung


def test_on_http_loopback_the_cookie_has_neither_prefix_nor_secure(loopback_browser: TestClient) -> None:
    cookie = loopback_browser.get("/").headers["set-cookie"]

    assert cookie.startswith("idp_browser=br_")
    assert "Secure" not in cookie


@pytest.mark.parametrize(
    "brought",
    ["", "x", "br_short", "rl_" + "A" * 43, "br_" + "A" * 42 + "!", "br_" + "A" * 44, "br_" + "é" * 43],
)
def test_a_secret_that_we_cannot_have_made_counts_as_none(browser: TestClient, brought: str) -> None:
    response = browser.get("/quiet", headers={b"cookie": f"{COOKIE}={brought}".encode()})

    assert response.text == "None"


def test_two_secrets_at_once_count_as_none(browser: TestClient) -> None:
    planted = f"{COOKIE}=br_{'A' * 43}; {COOKIE}=br_{'B' * 43}"

    response = browser.get("/quiet", headers={"cookie": planted})

    assert response.text == "None"


def test_a_change_of_privilege_renews_the_secret(browser: TestClient, token: str) -> None:
    old = browser.cookies[COOKIE]

    response = browser.post("/", data={"csrf_token": token})

    assert response.status_code == 200
    assert browser.cookies[COOKIE] != old
    assert browser.get("/").text != token
