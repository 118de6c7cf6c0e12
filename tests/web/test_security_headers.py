"""The headers of every answer (STD-12, STD-40, SEC-44)."""

import pytest
from starlette.testclient import TestClient

from idp.web.security_headers import form_action_source, page_policy

ANSWERS = ["/", "/quiet", "/nowhere", "/broken", "/away", "/userinfo", "/robots.txt", "/favicon.ico"]


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_carries_the_standing_headers(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "base-uri 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert len(headers.get_list("content-security-policy")) == 1


def test_there_is_no_hsts_on_http_loopback(loopback_browser: TestClient) -> None:
    assert "strict-transport-security" not in loopback_browser.get("/").headers


@pytest.mark.parametrize(
    ("path", "cache"),
    [
        ("/", "no-store"),
        ("/nowhere", "no-store"),
        ("/userinfo", "no-store"),
        ("/robots.txt", "public, max-age=604800"),
        ("/favicon.ico", "public, max-age=604800"),
    ],
)
def test_nothing_is_kept_but_what_says_so(browser: TestClient, path: str, cache: str) -> None:
    assert browser.get(path).headers["cache-control"] == cache


def test_a_page_names_where_its_forms_may_end() -> None:
    policy = page_policy("n0nce", ["https://boutique.exemple.fr"])

    assert "form-action 'self' https://boutique.exemple.fr;" in policy
    assert "style-src 'nonce-n0nce'" in policy
    assert "script-src 'nonce-n0nce'" in policy


@pytest.mark.parametrize(
    ("redirect_uri", "source"),
    [
        ("https://boutique.exemple.fr/retour?x=1", "https://boutique.exemple.fr"),
        ("https://boutique.exemple.fr:8443/retour", "https://boutique.exemple.fr:8443"),
        ("http://127.0.0.1:51234/retour", "http://127.0.0.1:*"),
        ("http://[::1]:51234/retour", "http:"),
        ("fr.exemple.boutique:/retour", "fr.exemple.boutique:"),
        ("https://a.fr;script-src/x", "https:"),
    ],
)
def test_an_address_of_return_becomes_a_source(redirect_uri: str, source: str) -> None:
    assert form_action_source(redirect_uri) == source
