"""SEC-17: a redirect URI is registered strictly and matched byte for byte."""

import pytest
from hypothesis import given, strategies as st

from idp.oauth.clients.redirect_uris import is_registered, redirect_uri_fault, web_address_fault

HTTPS = "https://shop.example/callback"
LOOPBACK = "http://127.0.0.1:9000/callback"


@pytest.mark.parametrize(
    "uri",
    [
        HTTPS,
        "https://shop.example/callback?dummy1=lorem&dummy2=ipsum",
        "https://shop.example:8443/",
        "https://xn--caf-dma.example/cb",
        "http://localhost:8401/callback",
        LOOPBACK,
        "http://[::1]:9000/callback",
        "http://127.0.0.1/callback",
    ],
)
def test_https_and_loopback_may_be_registered_by_anybody(uri: str) -> None:
    assert redirect_uri_fault(uri, public=False) is None


@pytest.mark.parametrize("uri", ["fr.clickasso.app:/callback", "com.example.app://callback"])
def test_a_domain_name_backwards_is_a_scheme_for_public_clients_alone(uri: str) -> None:
    assert redirect_uri_fault(uri, public=True) is None
    assert redirect_uri_fault(uri, public=False) == "a private-use scheme is for public clients"


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("", id="nothing"),
        pytest.param("/callback", id="relative"),
        pytest.param("//shop.example/callback", id="no scheme"),
        pytest.param("http://shop.example/callback", id="http"),
        pytest.param("http://localhost:80@evil.example/", id="user name"),
        pytest.param("https://shop.example@evil.example/", id="user name, https"),
        pytest.param("http://127.0.0.1.evil.example/", id="loopback as a label"),
        pytest.param("http://localhost.evil.example/", id="localhost as a label"),
        pytest.param("https://*.shop.example/", id="wildcard"),
        pytest.param("https://shop.example/*", id="wildcard path"),
        pytest.param("https://shop.example/#here", id="fragment"),
        pytest.param("https://shop.example/#", id="empty fragment"),
        pytest.param("https://shop.example/a b", id="space"),
        pytest.param("https://shop.example\\@evil.example/", id="backslash"),
        pytest.param("https://shop.example/\n", id="line end"),
        pytest.param("https://shop.example/\tcb", id="tab"),
        pytest.param("https://shop.example/\x00", id="nul"),
        pytest.param("https://café.example/", id="beyond ascii"),
        pytest.param('https://shop.example/"', id="quote"),
        pytest.param("https://shop.example:99999/", id="port too high"),
        pytest.param("https://shop.example:0/", id="port zero"),
        pytest.param("https://shop.example:/", id="empty port"),
        pytest.param("https://shop.example:x/", id="port in letters"),
        pytest.param("https://[::1/", id="half an address"),
        pytest.param("https:///callback", id="no host"),
        pytest.param("https:callback", id="no authority"),
        pytest.param("https://Shop.example/", id="capital letters"),
        pytest.param("https://shop.example./", id="dot at the end"),
        pytest.param("javascript://h/%0aalert(1)", id="javascript"),
        pytest.param("data:text/html,hello", id="data"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("myapp:/callback", id="scheme that is no domain"),
        pytest.param("Com.Example.App:/callback", id="scheme in capitals"),
        pytest.param("com.example.app:callback", id="no path"),
        pytest.param("https://shop.example/" + "a" * 2_000, id="too long"),
    ],
)
def test_what_could_be_read_in_two_ways_may_not_be_registered(uri: str) -> None:
    assert redirect_uri_fault(uri, public=True) is not None
    assert web_address_fault(uri) is not None


@pytest.mark.parametrize(
    "asked",
    [
        "HTTPS://shop.example/callback",
        "https://SHOP.example/callback",
        "https://shop.example/Callback",
        "https://shop.example/callback/",
        "https://shop.example/./callback",
        "https://shop.example/x/../callback",
        "https://shop.example//callback",
        "https://shop.example/%63allback",
        "https://shop.example/callback%2f",
        "https://shop.example/callback%2e",
        "https://shop.example:443/callback",
        "https://shop.example:8443/callback",
        "https://user@shop.example/callback",
        "https://shop.example@evil.example/callback",
        "https://shop.example/callback#",
        "https://shop.example/callback#x",
        "https://shop.example/callback?",
        "https://shop.example/callback?x=1",
        "https://shop.example/callback;x",
        "https://www.shop.example/callback",
        "https://shop.example.evil.example/callback",
        "https://shop.example./callback",
        "https://xn--shop.example/callback",
        "https://[::1]/callback",
        "https://shop.example/callback\t",
        " https://shop.example/callback",
        "https://shop.example/callback\n",
        "https://shop.example/callback\\",
        "https:\\\\shop.example\\callback",
        "//shop.example/callback",
        "http://shop.example/callback",
        "https://shop.example",
        "https://shop.example/",
        "https://shop.example/callbac",
        "https://shop.example/callbackx",
        "https://ѕhop.example/callback",
        "javascript:alert(1)",
        "",
        "null",
        "*",
    ],
)
def test_only_the_byte_equal_uri_passes(asked: str) -> None:
    assert not is_registered((HTTPS,), asked, public=True)
    assert is_registered((HTTPS,), HTTPS, public=True)


@pytest.mark.parametrize(
    "asked", ["http://127.0.0.1:1/callback", "http://127.0.0.1:65535/callback", "http://127.0.0.1/callback"]
)
def test_a_native_application_may_use_any_port_of_the_loopback(asked: str) -> None:
    assert is_registered((LOOPBACK,), asked, public=True)


@pytest.mark.parametrize(
    "asked",
    [
        "http://localhost:9000/callback",
        "http://127.0.0.2:9000/callback",
        "http://127.0.0.1:9000/callback2",
        "http://127.0.0.1:9000@evil.example/callback",
        "http://127.0.0.1:999999/callback",
        "http://127.0.0.1:/callback",
        "https://127.0.0.1:9000/callback",
        "http://[::1]:9000/callback",
        "http://127.0.0.1:9000/callback?x=1",
        "http://127.0.0.1:9000/callback\n",
    ],
)
def test_nothing_but_the_port_may_differ(asked: str) -> None:
    assert not is_registered((LOOPBACK,), asked, public=True)


def test_the_port_counts_for_confidential_clients_and_for_localhost() -> None:
    assert not is_registered((LOOPBACK,), "http://127.0.0.1:9001/callback", public=False)
    assert not is_registered(("http://localhost:9000/cb",), "http://localhost:9001/cb", public=True)


@given(st.text(max_size=60))
def test_no_text_at_all_makes_the_rules_fail(text: str) -> None:
    redirect_uri_fault(text, public=True)
    redirect_uri_fault(f"https://{text}", public=True)

    assert not is_registered((LOOPBACK,), f"http://127.0.0.1:9000{text}x", public=True)
