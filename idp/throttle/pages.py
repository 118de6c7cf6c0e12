"""A new browser is made known by mail: the page that asks for the link, and the page that the link opens (SEC-13).

Opening the link writes nothing and leads to a clean address, with the link's secret in a cookie of 15 minutes (STD-07);
the button on that page marks the browser.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.login.addresses import browser_link_address, login_address
from idp.login.carried import Carried
from idp.login.scene import scene_of
from idp.services import Services, services_of
from idp.throttle.browser_cookie import browser_cookie
from idp.throttle.browser_links import ADDRESS, AskForBrowser, BrowserLink
from idp.web.browser import browser_of
from idp.web.csrf import check_csrf
from idp.web.forms import LENGTHS, read_form
from idp.web.host import client_address

COOKIE = "idp_known_link"
FIELDS = {"association": LENGTHS["association"], "identifier": LENGTHS["identifier"]}
NO_REFERRER = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


async def show_ask(request: Request) -> Response:
    """The form, with what was typed on the authentication page."""
    services = services_of(request)
    scene = await scene_of(request, services)
    return services.pages.render(request, "browser_link.html", scene.context(), **scene.page_options())


async def submit_ask(request: Request) -> Response:
    """Ask for a link. One answer, whoever was named."""
    services = services_of(request)
    form = await read_form(request, FIELDS)
    check_csrf(request, form, services.settings.server.public_url)
    scene = (await scene_of(request, services)).typed(form["association"], form["identifier"])
    ask = AskForBrowser(
        association=scene.association,
        identifier=scene.identifier,
        request_id=scene.request_id,
        client_id=scene.client_id or None,
        language=services.pages.language(request, scene.ui_locales),
        source=client_address(request.scope) or None,
    )
    await services.browser_links.ask(ask)
    response = RedirectResponse(scene.login_address("browser_link_sent"), 303)
    services.carrier.put(response, scene.to_carry())
    return response


async def open_link(request: Request) -> Response:
    """The mailed address, or the clean one that it leads to. GET and HEAD consume nothing."""
    services = services_of(request)
    token = request.query_params.get("token", "")
    proof = token or services.cookies.read(request.scope, COOKIE) or ""
    if not await services.browser_links.is_live(proof):
        return _dead(request, services)
    if token:
        response: Response = RedirectResponse(ADDRESS, 303, NO_REFERRER)
        services.cookies.put(response, COOKIE, token, services.settings.lifetimes.reset_form)
        return response
    return services.pages.render(request, "browser_known.html", headers=NO_REFERRER)


async def submit_known(request: Request) -> Response:
    """Mark this browser as known; the link is spent."""
    services = services_of(request)
    form = await read_form(request, {})
    check_csrf(request, form, services.settings.server.public_url, allow_null_origin=True)
    cookie = browser_cookie(request, services)
    link = await services.browser_links.use(services.cookies.read(request.scope, COOKIE) or "", cookie.renewal)
    if link is None:
        return _dead(request, services)
    response = await _home(request, services, link)
    services.cookies.drop(response, COOKIE)
    cookie.hand_over(response)
    return response


async def _home(request: Request, services: Services, link: BrowserLink) -> Response:
    """Lead to the authentication page, its fields filled in; a request that waits in this browser goes on."""
    waiting = await services.authorization.waiting(link.request_id or "", browser_of(request).known_hash)
    bound = waiting.pending.association if waiting else None
    association = bound or link.association_code
    address = login_address(association, waiting.pending.id if waiting else None, "browser_known")
    response = RedirectResponse(address, 303, NO_REFERRER)
    services.carrier.put(response, Carried(association, link.identifier, link.client_id or ""))
    return response


def _dead(request: Request, services: Services) -> Response:
    """Used, ended or unknown: nothing is said of the account. A new one can be had at once."""
    association = services.carrier.read(request).association
    context = {"forgot_address": browser_link_address(association), "back_address": login_address(association)}
    response = services.pages.render(request, "link_dead.html", context, status=410, headers=NO_REFERRER)
    services.cookies.drop(response, COOKIE)
    return response


ROUTES = (
    Route("/browser/link", show_ask, methods=["GET"]),
    Route("/browser/link", submit_ask, methods=["POST"]),
    Route(ADDRESS, open_link, methods=["GET"]),
    Route(ADDRESS, submit_known, methods=["POST"]),
)
