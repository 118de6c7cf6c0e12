"""The mailbox's pages: the list, one message, and the same for programs (`/messages.json`).

A message is somebody else's HTML: it is shown in a frame without scripts, forms or origin, and fetches nothing.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from idp.demo.addresses import HOST, Addresses
from idp.demo.mailbox import Mailbox
from idp.web.brand import Brand
from idp.web.look import style

TEMPLATES = Path(__file__).parent / "templates"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
MESSAGE_HEADERS = HEADERS | {
    "Content-Security-Policy": "sandbox allow-top-navigation-by-user-activation; default-src 'none';"
    " style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
}
_LINK = re.compile(r"https?://[^\s<>\"]+")


def create_mailbox_app(mailbox: Mailbox, addresses: Addresses) -> ASGIApp:
    """Return the application that shows a mailbox."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(in_paris=in_paris, pieces=pieces)
    environment.globals.update(addresses=addresses, brand=Brand())

    def page(template: str, status: int = 200, **context: object) -> Response:
        return HTMLResponse(environment.get_template(template).render(context), status, HEADERS)

    async def show_list(_request: Request) -> Response:
        return page("mailbox.html", mails=mailbox.newest_first())

    async def show_mail(request: Request) -> Response:
        mail = mailbox.mail(request.path_params["mail"])
        return page("mail.html", mail=mail) if mail else page("no_mail.html", 404)

    async def show_html(request: Request) -> Response:
        mail = mailbox.mail(request.path_params["mail"])
        if mail is None or not mail.html:
            return page("no_mail.html", 404)
        return HTMLResponse('<base target="_top">' + mail.html, headers=MESSAGE_HEADERS)

    async def list_messages(_request: Request) -> Response:
        return JSONResponse([mail.as_json() for mail in mailbox.newest_first()], headers=HEADERS)

    async def show_style(_request: Request) -> Response:
        own = (TEMPLATES / "mailbox.css").read_text("utf-8")
        return Response(f"{style()}\n{own}", 200, HEADERS, "text/css")

    return Starlette(
        routes=[
            Route("/", show_list, methods=["GET"]),
            Route("/messages.json", list_messages, methods=["GET"]),
            Route("/messages/{mail}", show_mail, methods=["GET"]),
            Route("/messages/{mail}/html", show_html, methods=["GET"]),
            Route("/mailbox.css", show_style, methods=["GET"]),
        ],
        # Whoever rebinds a name of theirs to this machine may not read links that set passwords.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


def in_paris(at: datetime) -> datetime:
    """Return the instant as the clocks of the demonstration's clubs show it."""
    return at.astimezone(ZoneInfo("Europe/Paris"))


def pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Cut a text into what is a link and what is not, so that a template can make links of links."""
    at = 0
    for match in _LINK.finditer(text):
        yield False, text[at : match.start()]
        yield True, match[0]
        at = match.end()
    yield False, text[at:]
