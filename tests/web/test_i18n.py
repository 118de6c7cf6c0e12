"""French, unless the person or the application says otherwise."""

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from idp.settings import Settings
from idp.web.cookies import Cookies
from idp.web.i18n import address_in, language_of, same_address
from idp.web.templates import Pages
from tests.fakes import SeededEntropy

COOKIE = "__Host-idp_language"


def scope(query: str = "", cookie: str = "") -> dict[str, object]:
    return {"query_string": query.encode(), "headers": [(b"cookie", cookie.encode())], "path": "/"}


@pytest.mark.parametrize(
    ("query", "cookie", "ui_locales", "language"),
    [
        ("", "", "", "fr"),
        ("", "", "en", "en"),
        ("", "", "de en-GB fr", "en"),
        ("", "", "se", "fr"),
        ("", f"{COOKIE}=fr", "en", "fr"),
        ("", f"{COOKIE}=en", "", "en"),
        ("", f"{COOKIE}=xx", "", "fr"),
        ("lang=en", f"{COOKIE}=fr", "fr", "en"),
        ("lang=xx", "", "", "fr"),
        ("lang=../../etc", "", "", "fr"),
    ],
)
def test_the_person_chooses_then_the_application_then_it_is_french(
    query: str, cookie: str, ui_locales: str, language: str
) -> None:
    assert language_of(scope(query, cookie), Cookies(secure=True), ui_locales) == language


def test_the_browsers_own_languages_are_not_asked(browser: TestClient) -> None:
    response = browser.get("/nowhere", headers={"accept-language": "en-US,en;q=0.9"})

    assert '<html lang="fr">' in response.text
    assert response.headers["content-language"] == "fr"


def test_a_chosen_language_is_remembered(browser: TestClient) -> None:
    chosen = browser.get("/nowhere?lang=en")

    later = browser.get("/nowhere")

    assert chosen.headers["set-cookie"].startswith(f"{COOKIE}=en; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax")
    assert '<html lang="en">' in later.text
    assert "Page not found" in later.text
    assert "set-cookie" not in later.headers


def test_the_link_to_the_other_language_keeps_the_query_and_names_no_host() -> None:
    assert address_in(scope("request=r1&lang=fr&x=%22%3E%26"), "en") == "?request=r1&x=%22%3E%26&lang=en"
    assert same_address(scope("request=r1")) == "?request=r1"


def test_a_query_that_is_no_text_harms_nothing(browser: TestClient) -> None:
    assert browser.get("/nowhere?%ff=%00&lang=%ff&=&&a").status_code == 404


def test_every_page_can_be_made_ready_before_anybody_asks(entropy: SeededEntropy) -> None:
    pages = Pages(Settings(), entropy)

    pages.warm()

    assert pages.language(Request({"type": "http", "query_string": b"lang=en", "headers": []})) == "en"


def test_no_link_of_a_page_repeats_a_mailed_secret() -> None:
    mailed = scope("token=rl_secret&notice=mail_sent")

    assert "rl_secret" not in address_in(mailed, "en") + same_address(mailed)
