"""`examples/demo_app` takes no answer that it did not ask for, and notices that access has ended."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from examples.demo_app.app import Settings, create_app
from idp.clock import SystemClock
from idp.demo.accounts import FIRST, PASSWORD
from idp.eligibility.members import Members
from idp.settings_sources import load_settings
from idp.store.opening import open_store
from tests.demo.running import Running
from tests.demo.visitor import Visitor

pytestmark = pytest.mark.slow


def sign_in(visitor: Visitor, demonstration: Running, identifier: str = FIRST.identifier) -> Visitor:
    visitor.open(f"{demonstration.addresses.application}/login?association={FIRST.association}")
    return visitor.send(identifier=identifier, password=PASSWORD)


@contextmanager
def members(demonstration: Running) -> Iterator[Members]:
    """An operator's hand on the demonstration's members, from another process than the one that serves."""
    settings = load_settings(demonstration.folder / "config.toml", {})
    store = open_store(settings.database.url)
    yield Members(store, SystemClock())
    store.close()


def test_who_is_banned_while_signed_in_is_out_at_the_next_page(demonstration: Running, visitor: Visitor) -> None:
    sign_in(visitor, demonstration, "leo.fontaine")

    with members(demonstration) as held:
        held.ban(FIRST.association, "E11")
        visitor.open(f"{demonstration.addresses.application}/moi")
        held.unban(FIRST.association, "E11")

    assert "Votre accès a pris fin" in visitor.words
    assert visitor.open(f"{demonstration.addresses.application}/moi").words.startswith("Accueil")


def test_cancelling_comes_back_with_a_plain_sentence(demonstration: Running, visitor: Visitor) -> None:
    visitor.open(f"{demonstration.addresses.application}/login?association={FIRST.association}")

    visitor.send(cancel="1")

    assert "Vous avez annulé" in visitor.words


@pytest.mark.parametrize(
    ("query", "error"),
    [
        pytest.param("code=c&state=s&iss={issuer}", "mismatching_state", id="nobody asked"),
        pytest.param("code=c&state=s&iss=http://127.0.0.1:1", "wrong_issuer", id="another provider"),
        pytest.param("code=c&state=s", "wrong_issuer", id="no provider named"),
        pytest.param("error=access_denied&state=s&iss={issuer}", "access_denied", id="refused"),
        pytest.param("iss={issuer}", "mismatching_state", id="nothing in it"),
    ],
)
def test_an_answer_that_was_not_asked_for_signs_nobody_in(
    demonstration: Running, visitor: Visitor, query: str, error: str
) -> None:
    asked = query.format(issuer=demonstration.addresses.provider)

    visitor.open(f"{demonstration.addresses.application}/callback?{asked}")

    assert visitor.page.status_code == 400
    assert error in visitor.words
    assert visitor.open(f"{demonstration.addresses.application}/moi").words.startswith("Accueil")


def test_an_answer_works_once(demonstration: Running, visitor: Visitor) -> None:
    sign_in(visitor, demonstration)
    callback = next(str(hop.url) for hop in visitor.page.history if "/callback?" in str(hop.url))

    visitor.open(callback)

    assert "mismatching_state" in visitor.words


def test_a_sign_in_for_another_provider_is_not_begun(demonstration: Running, visitor: Visitor) -> None:
    visitor.open(f"{demonstration.addresses.application}/login?iss=https://evil.exemple.fr")

    assert visitor.page.status_code == 400


def test_another_page_signs_nobody_out() -> None:
    with TestClient(create_app(Settings()), "http://127.0.0.1:8401", follow_redirects=False) as client:
        answer = client.post("/refresh", headers={"Origin": "http://127.0.0.1:8402"})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_the_browser_holds_no_token(demonstration: Running, visitor: Visitor) -> None:
    sign_in(visitor, demonstration)

    cookies = visitor.cookies()

    assert set(cookies) & {"demo_session"} == {"demo_session"}
    assert all(name == "demo_session" or name.startswith("idp_") for name in cookies)
    assert len(cookies["demo_session"]) < 300
    assert not re.search(r"ey[\w-]+\.ey", str(cookies))
