"""The authentication page: `/` and `/Login/{association}` (S10–S14, S39–S41)."""

import re
from typing import Any, assert_never

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.accounts.passwords import PlainPassword
from idp.login.addresses import login_address, person_address
from idp.login.answers import answer_response
from idp.login.scene import Scene, scene_of
from idp.login.service import Attempt, Refused, SignedIn
from idp.services import Services, services_of
from idp.store.secrets import Kind
from idp.throttle.browser_cookie import browser_cookie
from idp.throttle.gate import Throttled
from idp.throttle.rules import NeedsKnownBrowser, NeedsReset, Obstacle, Wait
from idp.web.browser import browser_of
from idp.web.csrf import check_csrf
from idp.web.forms import ANY_TEXT, LENGTHS, read_form
from idp.web.host import client_address

FIELDS = {
    "association": LENGTHS["association"],
    "identifier": LENGTHS["identifier"],
    "password": ANY_TEXT,
    "cancel": LENGTHS["code"],
}
NOTICES = frozenset({"mail_sent", "maybe_sent", "password_set", "browser_link_sent", "browser_known"})


async def show_login(request: Request) -> Response:
    """The authentication page."""
    services = services_of(request)
    scene = await scene_of(request, services, request.path_params.get("association", ""))
    notice = request.query_params.get("notice", "")
    context = {**scene.context(), "notice": notice if notice in NOTICES else ""}
    return services.pages.render(request, "login.html", context, **scene.page_options())


async def submit_login(request: Request) -> Response:
    """Sign in, or cancel."""
    services = services_of(request)
    form = await read_form(request, FIELDS)
    check_csrf(request, form, services.settings.server.public_url)
    scene = await scene_of(request, services, request.path_params.get("association", ""))
    if "cancel" in form:
        return await cancel(request, services, scene)
    scene = scene.typed(form["association"], form["identifier"])
    password = PlainPassword(form["password"])
    fresh_browser, known = services.mint.mint(Kind.BROWSER), browser_cookie(request, services)
    attempt = Attempt(
        association=scene.association,
        identifier=scene.identifier,
        password=password,
        browser=browser_of(request).hash,
        new_browser=services.mint.hash(Kind.BROWSER, fresh_browser.reveal()),
        known=known.renewal,
        source=client_address(request.scope) or None,
    )
    outcome = await services.sign_in.sign_in(attempt)
    match outcome:
        case Refused():
            return _refuse(request, services, await scene.with_look(services))
        case Throttled(obstacle):
            return _slow_down(request, services, await scene.with_look(services), obstacle)
        case SignedIn():
            browser_of(request).adopt(fresh_browser)
            response = await _go_on(request, services, scene, outcome)
            known.hand_over(response)
            response.background = _rehash(services, outcome, password)
            return response
        case _:
            assert_never(outcome)


async def cancel(request: Request, services: Services, scene: Scene) -> Response:
    """Answer the application that waits `access_denied`; without one, show the page anew."""
    if scene.waiting is None:
        return RedirectResponse(login_address(scene.association), 303)
    return answer_response(request, services, await services.authorization.cancel(scene.waiting))


def _refuse(request: Request, services: Services, scene: Scene) -> Response:
    """One text for every cause, with what was typed, the password aside (S39, S40)."""
    context = {**scene.context(), "refused": True}
    response = services.pages.render(request, "login.html", context, **scene.page_options())
    services.carrier.put(response, scene.to_carry())
    return response


def _slow_down(request: Request, services: Services, scene: Scene, obstacle: Obstacle) -> Response:
    """Nothing was tried: say how long to wait, or which mail to ask for, with what was typed (SEC-12)."""
    context: dict[str, object] = {}
    headers: dict[str, str] = {}
    match obstacle:
        case Wait(seconds):
            context["wait_minutes"], headers["Retry-After"] = -(-seconds // 60), str(seconds)
        case NeedsKnownBrowser(seconds):
            context["needs"], headers["Retry-After"] = "known_browser", str(seconds)
        case NeedsReset():
            context["needs"] = "reset"
        case _:
            assert_never(obstacle)
    shown = {**scene.context(), **context}
    response = services.pages.render(request, "login.html", shown, status=429, headers=headers, **scene.page_options())
    services.carrier.put(response, scene.to_carry())
    return response


async def _go_on(request: Request, services: Services, scene: Scene, signed_in: SignedIn) -> Response:
    """Lead on: to « Qui êtes-vous ? », to the application that waits, or home."""
    if not signed_in.session.is_decided:
        response: Response = RedirectResponse(person_address(scene.request_id), 303)
        services.carrier.put(response, scene.to_carry())
        return response
    if scene.waiting is not None:
        answer = await services.authorization.resume(scene.waiting.moved_to(signed_in.session), signed_in.session)
        response = answer_response(request, services, answer)
    else:
        names = signed_in.session.facts["names"]
        response = RedirectResponse(await services.way_home.address(names, scene.client_id), 303)
    services.carrier.drop(response)
    return response


def _rehash(services: Services, signed_in: SignedIn, password: PlainPassword) -> BackgroundTask | None:
    """Hash at today's price once the answer is sent, so that no answer is slower for it (SEC-10)."""
    if signed_in.outdated_hash is None:
        return None
    return BackgroundTask(services.sign_in.rehash, signed_in.session.credential_id, password, signed_in.outdated_hash)


class _AnyCaseRoute(Route):
    """A path that people type, in capitals or not (S11)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- as `Route` takes them
        super().__init__(*args, **kwargs)
        self.path_regex = re.compile(self.path_regex.pattern, re.IGNORECASE)


ROUTES = (
    Route("/", show_login, methods=["GET"]),
    Route("/", submit_login, methods=["POST"]),
    _AnyCaseRoute("/Login/{association}", show_login, methods=["GET"]),
    _AnyCaseRoute("/Login/{association}", submit_login, methods=["POST"]),
)
