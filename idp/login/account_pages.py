"""`/account` in its plainest form, and `/logout`."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.login.account import Known
from idp.services import services_of
from idp.web.brand import Brand
from idp.web.browser import browser_of
from idp.web.csrf import check_csrf
from idp.web.forms import read_form
from idp.web.host import client_address


async def show_account(request: Request) -> Response:
    """Who I am, my applications, sign out: for the person who acted last."""
    services = services_of(request)
    sessions = await services.sessions.of_browser(browser_of(request).known_hash)
    decided = [session for session in sessions if session.is_decided]
    for session in decided:
        known = await services.account.of(session)
        if known is not None:
            return services.pages.render(
                request,
                "account.html",
                _context(known, is_one_of_many=len(decided) > 1),
                brand=Brand(known.facts["association"]["name"]),
            )
    return RedirectResponse("/person" if len(sessions) > len(decided) else "/", 303)


def _context(known: Known, *, is_one_of_many: bool) -> dict[str, object]:
    person = known.facts["person"]
    return {
        "given_name": person["given_name"],
        "family_name": person["family_name"],
        "association": known.facts["association"]["name"],
        "season": known.facts["season"],
        "acting_for": known.facts["acting_for"],
        "identifier": known.session.identifier,
        "applications": known.applications,
        "other_persons": known.has_other_persons or is_one_of_many,
    }


async def show_logout(request: Request) -> Response:
    """Ask before signing out: GET changes nothing."""
    services = services_of(request)
    sessions = await services.sessions.of_browser(browser_of(request).known_hash)
    if not sessions:
        return services.pages.render(request, "logged_out.html")
    people = (session.facts["person"] for session in sessions if session.facts.get("person"))
    names = [f"{person['given_name']} {person['family_name']}" for person in people]
    return services.pages.render(request, "logout.html", {"names": names})


async def submit_logout(request: Request) -> Response:
    """End every session of this browser, then say so."""
    services = services_of(request)
    form = await read_form(request, {})
    check_csrf(request, form, services.settings.server.public_url)
    browser = browser_of(request)
    await services.sessions.sign_out(browser.known_hash, client_address(request.scope) or None)
    browser.renew()
    response = services.pages.render(request, "logged_out.html")
    services.carrier.drop(response)
    return response


async def show_accessibility(request: Request) -> Response:
    """« Accessibilité »."""
    return services_of(request).pages.render(request, "accessibilite.html")


async def show_legal(request: Request) -> Response:
    """« Mentions légales et données personnelles »."""
    return services_of(request).pages.render(request, "mentions.html")


ROUTES = (
    Route("/account", show_account, methods=["GET"]),
    Route("/logout", show_logout, methods=["GET"]),
    Route("/logout", submit_logout, methods=["POST"]),
    Route("/accessibilite", show_accessibility, methods=["GET"]),
    Route("/mentions", show_legal, methods=["GET"]),
)
