"""An application that signs its members in with ClickAsso: OpenID Connect with Authlib's client for Starlette.

What an application of yours needs is in `connect`, `callback`, `current` and `refresh`; the rest are pages. The tokens
stay here: the browser holds a signed cookie with a random id. `python examples/demo_app/app.py` runs it; see README.md.
"""

import json
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

HERE = Path(__file__).parent
SCOPE = "openid profile email membership offline_access"
PASSED_ON = ("association", "login_hint", "prompt", "ui_locales")
"""What a link to `/login` may add to the request."""
MOST_VISITS = 1_000
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Settings:
    """Where things are, from the environment."""

    public_url: str = "http://127.0.0.1:8401"
    issuer: str = "http://127.0.0.1:8400"
    client_file: str = "client.json"
    """What `idp client add --json` printed: the client's id and secret."""
    mailbox_url: str = ""
    service_url: str = ""
    """A service to call with the access token, such as `examples/service`; empty: none."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Settings":
        """Read `DEMO_PUBLIC_URL`, `DEMO_ISSUER`, `DEMO_CLIENT_FILE`, `DEMO_MAILBOX_URL`, `DEMO_SERVICE_URL`."""
        names = ("public_url", "issuer", "client_file", "mailbox_url", "service_url")
        found = {name: environ.get(f"DEMO_{name.upper()}") for name in names}
        return cls(**{name: value for name, value in found.items() if value})


@dataclass
class Visit:
    """Somebody who is signed in here: what the provider gave us, and what its ID token said."""

    tokens: dict[str, Any]
    claims: dict[str, Any]
    refreshed: int = 0

    @property
    def seconds_left(self) -> int:
        """How long the access token lives on."""
        return max(0, int(self.tokens.get("expires_at", 0) - time.time()))


class Visits:
    """Who is signed in, by the random id in their cookie. In memory: a restart signs everybody out of here."""

    def __init__(self) -> None:
        """Nobody yet."""
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    def of(self, request: Request) -> Visit | None:
        """Return the visit of this browser."""
        return self._visits.get(request.session.get("visit", ""))

    def begin(self, request: Request, visit: Visit) -> None:
        """Begin a visit under a new id, whatever the browser had before."""
        self.end(request)
        request.session["visit"] = secrets.token_urlsafe(32)
        self._visits[request.session["visit"]] = visit
        if len(self._visits) > MOST_VISITS:
            self._visits.popitem(last=False)

    def end(self, request: Request) -> None:
        """Forget this browser's visit, and all else in its cookie."""
        self._visits.pop(request.session.get("visit", ""), None)
        request.session.clear()


class Application:
    """The pages, and the client behind them."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is asked of the provider before somebody signs in."""
        self.settings = settings
        self.visits = Visits()
        self.templates = Jinja2Templates(HERE / "templates")
        self.templates.env.globals.update(settings=settings)

    @cached_property
    def clickasso(self) -> Any:  # noqa: ANN401 -- Authlib has no types
        """The client, made at the first sign-in. It reads the provider's metadata then, and its keys."""
        client = json.loads(Path(self.settings.client_file).read_text("utf-8"))
        return OAuth().register(
            "clickasso",
            client_id=client["client_id"],
            client_secret=client["client_secret"],
            server_metadata_url=f"{self.settings.issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
        )

    # Signing in

    async def connect(self, request: Request) -> Response:
        """Send the browser to the provider. It may send people here too, with its `iss` (OpenID Connect Core §4)."""
        if request.query_params.get("iss", self.settings.issuer) != self.settings.issuer:
            return self._problem(request, "wrong_issuer", 400)
        asked = {name: request.query_params[name] for name in PASSED_ON if request.query_params.get(name)}
        callback = f"{self.settings.public_url}/callback"
        answer: Response = await self.clickasso.authorize_redirect(request, callback, **asked)
        return answer

    async def callback(self, request: Request) -> Response:
        """Take the provider's answer: check `iss` and `state`, exchange the code, check the ID token."""
        if request.query_params.get("iss") != self.settings.issuer:  # RFC 9207: another provider's answer
            return self._problem(request, "wrong_issuer", 400)
        expected = {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "values": [self.clickasso.client_id]},
        }
        try:
            tokens = await self.clickasso.authorize_access_token(request, claims_options=expected)
        except OAuthError as refusal:
            return self._problem(request, refusal.error or "unknown", 400)
        except JoseError:
            return self._problem(request, "id_token", 502)
        claims = dict(tokens.pop("userinfo"))
        self.visits.begin(request, Visit(dict(tokens), claims))
        return RedirectResponse("/moi", 303)

    async def current(self, visit: Visit) -> dict[str, Any] | None:
        """Ask the provider who this is now; nothing where it no longer says, even after a refresh."""
        for last_try in (False, True):
            answer = await self.clickasso.get(f"{self.settings.issuer}/userinfo", token=visit.tokens)
            if answer.status_code == 200:
                told: dict[str, Any] = answer.json()
                return told if told["sub"] == visit.claims["sub"] else None  # OpenID Connect Core §5.3.2
            if answer.status_code != 401 or last_try or not await self.refresh(visit):
                break
        return None

    async def ask_service(self, visit: Visit) -> str:
        """Call the service with the access token, and return its answer as it stands."""
        if not self.settings.service_url:
            return ""
        answer = await self.clickasso.get(f"{self.settings.service_url}/membership", token=visit.tokens)
        return f"{answer.status_code} {answer.text}"

    async def refresh(self, visit: Visit) -> bool:
        """Trade the refresh token for new tokens. It is spent by that: the new one takes its place."""
        try:
            fresh = await self.clickasso.fetch_access_token(
                grant_type="refresh_token", refresh_token=visit.tokens.get("refresh_token", "")
            )
        except OAuthError:
            return False
        visit.tokens = {**visit.tokens, **fresh}
        visit.refreshed += 1
        return True

    # Pages

    async def home(self, request: Request) -> Response:
        """The first page."""
        return self._page(request, "home.html", visit=self.visits.of(request), ended=request.query_params.get("fin"))

    async def me(self, request: Request) -> Response:
        """Who am I: what the ID token said at sign-in, and what the provider says now."""
        visit = self.visits.of(request)
        if visit is None:
            return RedirectResponse("/", 303)
        told = await self.current(visit)
        if told is None:
            self.visits.end(request)
            return RedirectResponse("/?fin=acces", 303)
        return self._page(request, "me.html", visit=visit, told=told, service=await self.ask_service(visit))

    async def renew(self, request: Request) -> Response:
        """Renew the tokens now, though they would do for a while."""
        visit = self.visits.of(request)
        if not self._is_own(request) or visit is None:
            return RedirectResponse("/", 303)
        if not await self.refresh(visit):
            self.visits.end(request)
            return RedirectResponse("/?fin=acces", 303)
        return RedirectResponse("/moi", 303)

    async def leave(self, request: Request) -> Response:
        """Sign out of this application; the provider's own session goes on."""
        if self._is_own(request):
            self.visits.end(request)
        return RedirectResponse("/?fin=sortie", 303)

    async def accounts(self, request: Request) -> Response:
        """The made-up members, and what each should see."""
        return self._page(request, "accounts.html", visit=self.visits.of(request))

    def _page(self, request: Request, template: str, status: int = 200, **context: object) -> Response:
        return self.templates.TemplateResponse(request, template, context, status, HEADERS)

    def _problem(self, request: Request, error: str, status: int) -> Response:
        return self._page(request, "problem.html", status, error=error, visit=None)

    def _is_own(self, request: Request) -> bool:
        """Whether a form came from one of our pages: other ports of a host share its cookies."""
        return request.headers.get("origin", self.settings.public_url) in {self.settings.public_url, "null"}


async def look(_request: Request) -> Response:
    """The style."""
    return FileResponse(HERE / "look.css", media_type="text/css", headers={"Cache-Control": "no-cache"})


async def health(_request: Request) -> Response:
    """Say that we serve."""
    return PlainTextResponse("ready\n")


def create_app(settings: Settings) -> Starlette:
    """Return the application."""
    application = Application(settings)
    address = urlsplit(settings.public_url)
    return Starlette(
        routes=[
            Route("/", application.home, methods=["GET"]),
            Route("/login", application.connect, methods=["GET"]),
            Route("/callback", application.callback, methods=["GET"]),
            Route("/moi", application.me, methods=["GET"]),
            Route("/refresh", application.renew, methods=["POST"]),
            Route("/logout", application.leave, methods=["POST"]),
            Route("/comptes", application.accounts, methods=["GET"]),
            Route("/look.css", look, methods=["GET"]),
            Route("/health", health, methods=["GET"]),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=[address.hostname or ""]),
            Middleware(
                SessionMiddleware,
                secret_key=secrets.token_urlsafe(32),
                session_cookie="demo_session",
                max_age=None,
                https_only=address.scheme == "https",
            ),
        ],
    )


if __name__ == "__main__":
    chosen = Settings.of(os.environ)
    parts = urlsplit(chosen.public_url)
    uvicorn.run(create_app(chosen), host=parts.hostname or "127.0.0.1", port=parts.port or 8401, access_log=False)
