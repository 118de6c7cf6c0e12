"""The cookie by which a browser is known again: read, and renewed at each success."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.services import Services
from idp.store.secrets import Kind, PlainSecret
from idp.throttle.known_browsers import Renewal

COOKIE = "idp_known"


@dataclass(frozen=True)
class BrowserCookie:
    """What the browser brought, and the fresh secret that it gets if this request succeeds."""

    services: Services
    renewal: Renewal
    fresh: PlainSecret

    def hand_over(self, response: Response) -> None:
        """Give the browser its fresh secret, now that the unit which knows it has committed."""
        settings = self.services.settings.throttle
        self.services.cookies.put(response, COOKIE, self.fresh.reveal(), settings.known_browser)


def browser_cookie(request: Request, services: Services) -> BrowserCookie:
    """Read the cookie, and draw a fresh secret."""
    brought = services.cookies.read(request.scope, COOKIE)
    was = services.mint.hash(Kind.KNOWN_BROWSER, brought) if brought else None
    fresh = services.mint.mint(Kind.KNOWN_BROWSER)
    return BrowserCookie(services, Renewal(was, services.mint.hash(Kind.KNOWN_BROWSER, fresh.reveal())), fresh)
