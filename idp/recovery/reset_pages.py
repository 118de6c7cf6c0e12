"""The form behind a mailed link (S28–S33).

Opening the link writes nothing: it answers with a clean address and a cookie that holds the link's own secret for 15
minutes (STD-07). These pages say `no-referrer`.
"""

from typing import assert_never

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.accounts.passwords import PlainPassword
from idp.login.addresses import forgot_address, login_address
from idp.login.carried import Carried
from idp.oauth.authorization import Waiting
from idp.recovery.rules import Link
from idp.recovery.setting import Changed, Dead, Opened, Sender, Weak
from idp.services import Services, services_of
from idp.throttle.browser_cookie import browser_cookie
from idp.web.brand import Brand
from idp.web.browser import browser_of
from idp.web.csrf import check_csrf
from idp.web.forms import ANY_TEXT, read_form
from idp.web.host import client_address

COOKIE = "idp_reset"
PATH = "/password/reset"
NO_REFERRER = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


def hand_over_form(services: Services, proof: str) -> Response:
    """Lead to the form, with the proof in a cookie."""
    response = RedirectResponse(PATH, 303, NO_REFERRER)
    services.cookies.put(response, COOKIE, proof, services.settings.lifetimes.reset_form)
    return response


async def open_link(request: Request) -> Response:
    """The mailed address, or the clean one that it leads to. GET and HEAD consume nothing (SEC-06)."""
    services = services_of(request)
    token = request.query_params.get("token", "")
    if token:
        is_live = await services.set_password.is_live(token)
        return hand_over_form(services, token) if is_live else await _dead(request, services, token)
    proof = services.cookies.read(request.scope, COOKIE) or ""
    outcome = await services.set_password.open(proof)
    match outcome:
        case Opened():
            return _form(request, services, outcome)
        case Dead():
            return await _dead(request, services, proof)
        case _:
            assert_never(outcome)


async def submit_password(request: Request) -> Response:
    """Set the password, or say why not; the link is spent by success alone."""
    services = services_of(request)
    form = await read_form(request, {"password": ANY_TEXT})
    check_csrf(request, form, services.settings.server.public_url, allow_null_origin=True)
    proof = services.cookies.read(request.scope, COOKIE) or ""
    known = browser_cookie(request, services)
    by = Sender(services.pages.language(request), client_address(request.scope) or None, known.renewal)
    outcome = await services.set_password.submit(proof, PlainPassword(form["password"]), by)
    match outcome:
        case Weak(opened, faults):
            return _form(request, services, opened, faults=[fault.name for fault in faults])
        case Dead():
            return await _dead(request, services, proof)
        case Changed():
            response = await _changed(request, services, outcome)
            known.hand_over(response)
            return response
        case _:
            assert_never(outcome)


def _form(request: Request, services: Services, opened: Opened, faults: list[str] | None = None) -> Response:
    context = {
        "identifier": opened.link.address,
        "minimum_length": services.settings.passwords.minimum_length,
        "maximum_length": services.settings.passwords.maximum_length,
        "faults": faults or [],
    }
    brand = Brand(opened.verdict.association.name)
    return services.pages.render(request, "reset.html", context, brand=brand, headers=NO_REFERRER)


async def _dead(request: Request, services: Services, proof: str) -> Response:
    """Used, ended or unknown: nothing is said of the account, and all look alike (SEC-04).

    A new one can be had at once for the same association and application, which travel sealed in the browser's cookie.
    """
    carried, former = services.carrier.read(request), await services.set_password.former(proof)
    waiting = await _waiting(request, services, former)
    request_id = waiting.pending.id if waiting else None
    context = {
        "forgot_address": forgot_address(request_id=request_id),
        "back_address": login_address(carried.association, request_id),
    }
    if former is not None and not carried.association:
        carried = Carried(former.association_code, "", former.client_id or "")
    response = services.pages.render(request, "link_dead.html", context, status=410, headers=NO_REFERRER)
    services.cookies.drop(response, COOKIE)
    services.carrier.put(response, carried)
    return response


async def _waiting(request: Request, services: Services, link: Link | None) -> Waiting | None:
    """Return the application's request that a link was asked for, if it still waits in this browser."""
    request_id = (link.request_id if link else None) or ""
    return await services.authorization.waiting(request_id, browser_of(request).known_hash)


async def _changed(request: Request, services: Services, changed: Changed) -> Response:
    """Lead to the authentication page, its fields filled in; a request that waits in this browser goes on (S32)."""
    link, facts = changed.link, changed.verdict.association
    waiting = await _waiting(request, services, link)
    bound = waiting.pending.association if waiting else None
    association = bound or facts.alias or facts.code
    address = login_address(association, waiting.pending.id if waiting else None, "password_set")
    response = RedirectResponse(address, 303, NO_REFERRER)
    services.cookies.drop(response, COOKIE)
    services.carrier.put(response, Carried(association, link.address, link.client_id or ""))
    return response


ROUTES = (
    Route(PATH, open_link, methods=["GET"]),
    Route(PATH, submit_password, methods=["POST"]),
)
