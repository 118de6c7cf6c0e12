"""What every request meets before a room sees it, and every answer carries."""

from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.testclient import TestClient

from idp.errors import ProtocolError, Unavailable
from idp.settings import Server, Settings
from idp.store.secrets import SecretMint
from idp.web.browser import browser_of
from idp.web.csrf import check_csrf
from idp.web.edge import Edge
from idp.web.forms import ANY_TEXT, read_form
from idp.web.host import client_address
from idp.web.static import ROUTES as STATIC_ROUTES
from idp.web.templates import Pages
from tests.fakes import SeededEntropy

PUBLIC_URL = "https://connexion.exemple.fr"
FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}


async def page(request: Request) -> Response:
    return PlainTextResponse(f"{client_address(request.scope)} {browser_of(request).csrf_token}")


async def quiet(request: Request) -> Response:
    return PlainTextResponse(str(browser_of(request).known_hash))


async def sign_in(request: Request) -> Response:
    form = await read_form(request, {"identifier": 10, "password": ANY_TEXT})
    check_csrf(request, form, PUBLIC_URL)
    browser_of(request).renew()
    return PlainTextResponse(f"{form['identifier']}|{len(form['password'])}|{'cancel' in form}")


async def broken(_request: Request) -> Response:
    raise KeyError("marker-of-a-secret")


async def away(_request: Request) -> Response:
    raise Unavailable("hook", "marker-of-a-detail", retry_after_seconds=7)


async def refused(_request: Request) -> Response:
    raise ProtocolError("invalid_grant", "The code is spent.", detail="marker-of-a-detail")


ROUTES = (
    Route("/", page, methods=["GET"]),
    Route("/quiet", quiet, methods=["GET"]),
    Route("/form", sign_in, methods=["POST"]),
    Route("/broken", broken, methods=["GET"]),
    Route("/away", away, methods=["GET"]),
    Route("/token", away, methods=["POST"]),
    Route("/introspect", refused, methods=["POST"]),
    Route("/userinfo", broken, methods=["GET"]),
    *STATIC_ROUTES,
)


def edge_with(mint: SecretMint, entropy: SeededEntropy, **server: object) -> Edge:
    settings = Settings(server=Server.model_validate({"public_url": PUBLIC_URL, **server}))
    router = Router(ROUTES, redirect_slashes=False)
    return Edge(router, settings, mint, entropy, Pages(settings, entropy))


@pytest.fixture
def browser(mint: SecretMint, entropy: SeededEntropy) -> Iterator[TestClient]:
    with TestClient(edge_with(mint, entropy), base_url=PUBLIC_URL, client=("203.0.113.9", 1)) as client:
        yield client


def test_a_page_answers(browser: TestClient) -> None:
    response = browser.get("/")
    assert response.status_code == 200
    assert response.headers["x-request-id"]
