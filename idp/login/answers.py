"""Turns what the authorization says into a response: an address of the application, or a page of ours."""

from typing import assert_never

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.addresses import login_address, person_address
from idp.oauth.authorization import Answer, GoTo, ShowLogin, ShowPerson
from idp.oauth.authorization_request import PageError, PageReason
from idp.services import Services
from idp.web.request_id import request_id_of

NO_STORE = {"Cache-Control": "no-store"}
_REASONS = {
    PageReason.MISSING_CLIENT: "unknown_client",
    PageReason.UNKNOWN_CLIENT: "unknown_client",
    PageReason.MISSING_REDIRECT_URI: "redirect_uri",
    PageReason.WRONG_REDIRECT_URI: "redirect_uri",
    PageReason.REPEATED_PARAMETER: "invalid_request",
}


def answer_response(request: Request, services: Services, answer: Answer) -> Response:
    """Return the redirect (always 303: a password may have been posted, RFC 9700 §4.12) or the error page."""
    match answer:
        case GoTo(url):
            return RedirectResponse(url, 303, NO_STORE)
        case ShowLogin(pending):
            return RedirectResponse(login_address(pending.association, pending.id), 303, NO_STORE)
        case ShowPerson(pending):
            return RedirectResponse(person_address(pending.id), 303, NO_STORE)
        case PageError(reason):
            context = {"reason": _REASONS[reason], "incident": request_id_of(request)}
            return services.pages.render(request, "authorize_error.html", context, status=400)
        case _:
            assert_never(answer)
