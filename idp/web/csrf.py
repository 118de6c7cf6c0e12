"""Decides whether a form comes from a page of ours, shown in this browser (STD-42, SEC-28).

The token decides. `Origin` and `Sec-Fetch-Site` refuse when they are present and foreign, and are not missed when they
are absent. GET and HEAD need no check, for they change nothing.
"""

import hmac

from starlette.requests import Request

from idp.web.browser import browser_of
from idp.web.forms import Form
from idp.web.refusals import Refused, RequestRefused

FIELD = "csrf_token"


def check_csrf(request: Request, form: Form, public_url: str, *, allow_null_origin: bool = False) -> None:
    """Raise `RequestRefused` (403, « Cette page a expiré ») unless the form is one that we gave this browser.

    `allow_null_origin` is for the reset form alone: its page says `no-referrer`, and browsers then post `Origin: null`.
    """
    origins = request.headers.getlist("origin")
    sites = request.headers.getlist("sec-fetch-site")
    is_from_here = all(site in {"same-origin", "none"} for site in sites)
    if not is_from_here or not all(_is_ours(origin, public_url, allow_null_origin) for origin in origins):
        raise RequestRefused(Refused.STALE_FORM, "foreign origin")
    browser = browser_of(request)
    if browser.known_hash is None:  # no page of ours was shown here, and no cookie must come of it
        raise RequestRefused(Refused.STALE_FORM, "no browser cookie")
    wanted = browser.csrf_token
    if not hmac.compare_digest(form[FIELD].encode(), wanted.encode()):
        raise RequestRefused(Refused.STALE_FORM, "csrf token")


def _is_ours(origin: str, public_url: str, allow_null_origin: bool) -> bool:  # noqa: FBT001 -- private
    return origin == public_url or (allow_null_origin and origin == "null")
