"""`/authorize`, GET and POST (OpenID Connect Core §3.1.2): reads the parameters, answers or shows the journey.

A POST comes from an application without any page of ours before it, so there is no CSRF token: nothing is changed by
the request itself but that it waits.
"""

from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.login.answers import NO_STORE, answer_response
from idp.services import services_of
from idp.web.browser import browser_of
from idp.web.forms import CONTENT_TYPE
from idp.web.refusals import Refused, RequestRefused

MOST_PARAMETERS = 100
LONGEST_QUERY = 6_000
"""Bytes that any proxy takes in an address."""


async def authorize(request: Request) -> Response:
    """Take an application's request."""
    services = services_of(request)
    raw = await request.body() if request.method == "POST" else request.scope["query_string"]
    if request.method == "POST" and not CONTENT_TYPE.fullmatch(request.headers.get("content-type", "")):
        raise RequestRefused(Refused.MEDIA_TYPE)
    browser, parameters = browser_of(request), _parameters(raw)
    if request.method == "POST" and browser.known_hash is None and len(raw) <= LONGEST_QUERY:
        refusal = await services.authorization.refusal(parameters)
        return answer_response(request, services, refusal) if refusal else _ask_by_get(parameters)
    answer = await services.authorization.begin(parameters, browser.known_hash, browser.hash)
    return answer_response(request, services, answer)


def _ask_by_get(parameters: list[tuple[str, str]]) -> Response:
    """Have the browser ask again by GET: a form of another site brings no SameSite=Lax cookie, so that who is signed in
    would seem to be nobody, and a new cookie would sign them out.
    """
    return RedirectResponse(f"/authorize?{urlencode(parameters)}", 303, NO_STORE)


def _parameters(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:  # not UTF-8, not ASCII, or far too many: no redirect URI in it can be trusted
        raise RequestRefused(Refused.MALFORMED, "authorization parameters") from None


ROUTES = (Route("/authorize", authorize, methods=["GET", "POST"]),)
