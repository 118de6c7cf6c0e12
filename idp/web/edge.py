"""The edge of the service: what happens to each request before a room sees it and to each answer before it leaves.

One pure ASGI layer that takes one step a module, in this order: number the request, find out who is at the other end,
read the browser's cookie, refuse a wrong host, bound the body; on the way back the standing headers and the browser's
cookie; around all that, an answer for whatever was raised. A layer for each would wrap every answer six times, which
`/token` would feel.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Match, Route, Router
from starlette.types import Message, Receive, Scope, Send

from idp.entropy import Entropy
from idp.settings import Settings
from idp.store.secrets import SecretMint
from idp.web.body_limit import BodyLimit
from idp.web.browser import COOKIE, Browser, attach_browser
from idp.web.cookies import Cookies
from idp.web.errors import Answers
from idp.web.host import Proxies, check_host, host_header_of
from idp.web.refusals import Refused, RequestRefused
from idp.web.request_id import HEADER, number_request
from idp.web.security_headers import Header, standing_headers, with_standing
from idp.web.templates import Pages


class Edge:
    """Wraps a router (`redirect_slashes=False`). It is the `app` of every request, with a `state` for the services."""

    def __init__(self, router: Router, settings: Settings, mint: SecretMint, entropy: Entropy, pages: Pages) -> None:
        """`router` gets every request that is well-formed, and may raise whatever `idp.errors` draws."""
        server = settings.server
        self.state = State()
        self._router = router
        self._mint = mint
        self._entropy = entropy
        self._answers = Answers(pages)
        self._cookies = Cookies(secure=not server.is_loopback_http)
        self._cookie_lifetime = settings.lifetimes.session_absolute
        self._host = host_header_of(server.public_url)
        self._proxies = Proxies(server.trusted_proxies)
        self._limit = BodyLimit(server.form_body_kib, server.protocol_body_kib)
        self._standing = standing_headers(is_loopback_http=server.is_loopback_http)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self  # the router then raises its 404 and 405, instead of answering in plain text
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        number = number_request(scope, self._entropy)
        structlog.contextvars.bind_contextvars(request_id=number)
        self._proxies.note_client(scope)
        browser = attach_browser(scope, self._cookies, self._mint)
        way_out = _WayOut(send, number.encode(), browser, self._cookies, self._cookie_lifetime, self._standing)
        try:
            check_host(scope, self._host)
            await self._router(scope, self._limit.bound(scope, receive), way_out)
        except ClientDisconnect:
            return  # nobody is there to be answered, and nothing of ours went wrong (REL-18)
        except Exception as fault:  # noqa: BLE001 -- the last resort: whatever was raised is answered and logged here
            response = self._answers.to(Request(scope, receive), self._with_allowed(scope, fault))
            if not way_out.has_begun:  # else the connection breaks off, which is all that can be told
                await response(scope, receive, way_out)

    def _with_allowed(self, scope: Scope, fault: Exception) -> Exception:
        """Have a 405 name every method of the path (RFC 9110 §15.5.6): the router names those of one route alone."""
        if not isinstance(fault, HTTPException) or fault.status_code != 405:
            return fault
        here = (
            route for route in self._router.routes if isinstance(route, Route) and route.matches(scope)[0] != Match.NONE
        )
        allowed = sorted({method for route in here for method in route.methods or ()})
        return RequestRefused(Refused.METHOD, headers={"Allow": ", ".join(allowed)})


@dataclass
class _WayOut:
    """Sends an answer, adding to its head what every answer carries."""

    send: Send
    number: bytes
    browser: Browser
    cookies: Cookies
    cookie_lifetime: timedelta
    standing: tuple[Header, ...]
    has_begun: bool = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = with_standing(message.get("headers", ()), self.standing)
            headers.append((HEADER, self.number))
            if self.browser.new_secret is not None:
                # As long as the longest session may hang on it: each sign-in renews the secret, and with it this time.
                secret = self.browser.new_secret.reveal()
                headers.append(self.cookies.header(COOKIE, secret, self.cookie_lifetime))
            started: dict[str, Any] = {**message, "headers": headers}
            message = started
        await self.send(message)
