"""A browser in front of the sample room."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from idp.store.secrets import SecretMint
from tests.web.sample_room import LOOPBACK_URL, PUBLIC_URL, edge_of_sample_room

PEER = ("203.0.113.9", 50_000)


@pytest.fixture
def browser(mint: SecretMint) -> Iterator[TestClient]:
    with TestClient(edge_of_sample_room(mint), base_url=PUBLIC_URL, client=PEER) as client:
        yield client


@pytest.fixture
def loopback_browser(mint: SecretMint) -> Iterator[TestClient]:
    with TestClient(edge_of_sample_room(mint, LOOPBACK_URL), base_url=LOOPBACK_URL) as client:
        yield client


@pytest.fixture
def token(browser: TestClient) -> str:
    """The browser's CSRF token, as the page with the form shows it."""
    return browser.get("/").text
