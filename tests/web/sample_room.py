"""A room of pages and endpoints that shows what the edge did to a request."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, Router

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
LOOPBACK_URL = "http://127.0.0.1:8400"


async def show_token(request: Request) -> Response:
    return PlainTextResponse(browser_of(request).csrf_token)


async def show_address(request: Request) -> Response:
    return PlainTextResponse(client_address(request.scope))


async def look_up(request: Request) -> Response:
    return PlainTextResponse(str(browser_of(request).known_hash))


async def hang_something(request: Request) -> Response:
    return PlainTextResponse(browser_of(request).hash)


async def submit(request: Request) -> Response:
    form = await read_form(request, {"identifier": 10, "password": ANY_TEXT, "cancel": 5})
    check_csrf(request, form, PUBLIC_URL)
    browser_of(request).renew()
    return PlainTextResponse(f"{form['identifier']}|{len(form['password'])}|{'cancel' in form}")


async def submit_reset(request: Request) -> Response:
    check_csrf(request, await read_form(request, {}), PUBLIC_URL, allow_null_origin=True)
    return PlainTextResponse("set")


async def swallow(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def break_down(_request: Request) -> Response:
    raise KeyError("marker-of-a-secret")


async def break_off(_request: Request) -> Response:
    async def half() -> AsyncIterator[bytes]:
        yield b"half an answer"
        raise KeyError("marker-of-a-secret")

    return StreamingResponse(half())


async def be_away(_request: Request) -> Response:
    raise Unavailable("hook", "marker-of-a-secret", retry_after_seconds=7)


async def refuse(_request: Request) -> Response:
    raise ProtocolError("invalid_grant", "The code is spent.", detail="marker-of-a-secret")


ROUTES = (
    Route("/", show_token, methods=["GET"]),
    Route("/", submit, methods=["POST"]),
    Route("/address", show_address, methods=["GET"]),
    Route("/quiet", look_up, methods=["GET"]),
    Route("/reset", submit_reset, methods=["POST"]),
    Route("/hang", hang_something, methods=["GET"]),
    Route("/swallow", swallow, methods=["POST"]),
    Route("/token", swallow, methods=["POST"]),
    Route("/eligibility/events", swallow, methods=["POST"]),
    Route("/broken", break_down, methods=["GET"]),
    Route("/half", break_off, methods=["GET"]),
    Route("/away", be_away, methods=["GET"]),
    Route("/userinfo", break_down, methods=["GET"]),
    Route("/introspect", refuse, methods=["POST"]),
    Route("/par", be_away, methods=["POST"]),
    *STATIC_ROUTES,
)


def edge_of_sample_room(mint: SecretMint, public_url: str = PUBLIC_URL, proxies: tuple[str, ...] = ()) -> Edge:
    """Return the room behind an edge."""
    settings = Settings(server=Server(public_url=public_url, trusted_proxies=proxies))
    entropy = SeededEntropy(b"edge")
    return Edge(Router(ROUTES, redirect_slashes=False), settings, mint, entropy, Pages(settings, entropy))
