"""The browser: one random secret in one cookie, on which CSRF tokens, pending requests and sessions hang.

A secret is made when it is first needed and kept nowhere but in the cookie; the database sees its hash, once something
hangs on it. It is renewed at each change of privilege (STD-29), so that a secret planted before a sign-in is worth
nothing after it. Whether a session hangs on it is not decided here.
"""

import re
from typing import cast

from starlette.requests import HTTPConnection
from starlette.types import Scope

from idp.store.secrets import Kind, PlainSecret, SecretMint, TokenHash
from idp.web.cookies import Cookies

COOKIE = "idp_browser"
_SCOPE_KEY = "idp.browser"
_SECRET = re.compile(rf"{Kind.BROWSER}_[A-Za-z0-9_-]{{43}}")


class Browser:
    """The browser of one request. Nothing is made until `secret` or what follows from it is asked for."""

    def __init__(self, mint: SecretMint, brought: str | None) -> None:
        """`brought` is the cookie's value; one that we can't have made counts as none."""
        self._mint = mint
        self._brought = brought if brought is not None and _SECRET.fullmatch(brought) else None
        self._secret = PlainSecret(self._brought) if self._brought else None
        self._has_new_secret = False

    @property
    def known_hash(self) -> TokenHash | None:
        """The hash of the secret that the browser brought or was given, for look-ups; nothing for a new browser."""
        return None if self._secret is None else self._mint.hash(Kind.BROWSER, self._secret.reveal())

    @property
    def secret(self) -> PlainSecret:
        """The browser's secret, made now where it has none."""
        if self._secret is None:
            return self.renew()
        return self._secret

    @property
    def hash(self) -> TokenHash:
        """What the database keeps of the secret, which is made now where the browser has none."""
        return self._mint.hash(Kind.BROWSER, self.secret.reveal())

    @property
    def csrf_token(self) -> str:
        """The token that this browser's forms must bring back (STD-42)."""
        return self._mint.sign("csrf", self.secret.reveal())

    @property
    def new_secret(self) -> PlainSecret | None:
        """The secret that the answer must hand over, if it isn't the one that came."""
        return self._secret if self._has_new_secret else None

    def renew(self) -> PlainSecret:
        """Give the browser a fresh secret and return it. The caller moves what is to stay from the old one."""
        secret = self._mint.mint(Kind.BROWSER)
        self.adopt(secret)
        return secret

    def adopt(self, secret: PlainSecret) -> None:
        """Give the browser a secret on which something was hung in the unit that has just committed (SEC-15)."""
        self._secret = secret
        self._has_new_secret = True


def attach_browser(scope: Scope, cookies: Cookies, mint: SecretMint) -> Browser:
    """Read the browser's cookie and keep the browser with the request."""
    browser = Browser(mint, cookies.read(scope, COOKIE))
    scope[_SCOPE_KEY] = browser
    return browser


def browser_of(request: HTTPConnection) -> Browser:
    """Return the browser that sent this request. The answer sets its cookie whenever the secret is new."""
    return cast("Browser", request.scope[_SCOPE_KEY])
