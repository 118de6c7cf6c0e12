"""One host, and an address that no header can choose (SEC-07, SEC-14)."""

import pytest
from starlette.testclient import TestClient

from idp.store.secrets import SecretMint
from idp.web.host import check_host, host_header_of
from idp.web.refusals import RequestRefused
from tests.web.sample_room import PUBLIC_URL, edge_of_sample_room

HOST = "connexion.exemple.fr"
PROXIES = ("10.0.0.0/8", "2001:db8::1")


@pytest.mark.parametrize(
    "host",
    [
        "pirate.exemple",
        f"{HOST}:8443",
        f"{HOST}.pirate.exemple",
        f"nora@{HOST}",
        f"{HOST}/path",
        f" {HOST} x",
        "",
        "127.0.0.1",
    ],
)
def test_another_host_is_refused_with_the_right_address(browser: TestClient, host: str) -> None:
    response = browser.get("/quiet", headers={"host": host})

    assert response.status_code == 400
    assert f'<a href="{PUBLIC_URL}/">' in response.text
    assert "pirate" not in response.text


def test_two_hosts_are_refused(browser: TestClient) -> None:
    response = browser.get("/quiet", headers=[("host", HOST), ("host", HOST)])

    assert response.status_code == 400


def test_a_target_that_is_no_path_is_refused() -> None:
    scope = {"path": "https://pirate.exemple/", "headers": [(b"host", b"a.fr")]}

    with pytest.raises(RequestRefused):
        check_host(scope, b"a.fr")


def test_the_case_of_the_host_does_not_matter(browser: TestClient) -> None:
    assert browser.get("/quiet", headers={"host": HOST.upper()}).status_code == 200


@pytest.mark.parametrize("header", ["x-forwarded-host", "forwarded", "x-original-url", "x-rewrite-url"])
def test_headers_that_name_another_host_or_path_change_nothing(browser: TestClient, header: str) -> None:
    response = browser.get("/nowhere", headers={header: "pirate.exemple"})

    assert response.status_code == 404
    assert "pirate" not in response.text


@pytest.mark.parametrize(
    ("public_url", "header"),
    [
        ("https://a.fr", b"a.fr"),
        ("https://A.fr:443", b"a.fr"),
        ("https://a.fr:8443", b"a.fr:8443"),
        ("http://127.0.0.1:80", b"127.0.0.1"),
        ("http://[::1]:8400", b"[::1]:8400"),
    ],
)
def test_a_browser_names_no_port_that_is_the_schemes_own(public_url: str, header: bytes) -> None:
    assert host_header_of(public_url) == header


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.5", [], "10.0.0.5"),
        ("10.0.0.5", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.5", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.5", ["6.6.6.6", "198.51.100.1, 10.1.2.3"], "198.51.100.1"),
        ("10.0.0.5", ["198.51.100.1, nonsense"], "10.0.0.5"),
        ("10.0.0.5", ["nonsense, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.5", ["10.1.1.1, 10.2.2.2"], "10.0.0.5"),
        ("10.0.0.5", [""], "10.0.0.5"),
        ("10.0.0.5", ["1.2.3.4:80"], "10.0.0.5"),
        ("2001:db8::1", ["2001:db8:ffff::2"], "2001:db8:ffff::2"),
        ("::ffff:10.0.0.5", ["::ffff:198.51.100.1"], "198.51.100.1"),
    ],
)
def test_forwarded_addresses_are_believed_from_named_proxies_only(
    mint: SecretMint, peer: str, forwarded: list[str], seen: str
) -> None:
    edge = edge_of_sample_room(mint, proxies=PROXIES)
    browser = TestClient(edge, base_url=PUBLIC_URL, client=(peer, 1))

    response = browser.get("/address", headers=[("x-forwarded-for", line) for line in forwarded])

    assert response.text == seen


def test_without_named_proxies_the_peer_is_the_source(browser: TestClient) -> None:
    assert browser.get("/address", headers={"x-forwarded-for": "198.51.100.1"}).text == "203.0.113.9"
