"""« Qui êtes-vous ? »: `/person`, where several persons stand behind the browser's sessions."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.login.addresses import login_address
from idp.login.answers import answer_response
from idp.login.pages import cancel
from idp.login.persons import Candidate
from idp.login.scene import Scene, scene_of
from idp.services import Services, services_of
from idp.sessions.facts import is_of_association
from idp.sessions.rules import Session
from idp.web.browser import browser_of
from idp.web.csrf import check_csrf
from idp.web.forms import LENGTHS, read_form

FIELDS = {"person": 300, "cancel": LENGTHS["code"]}


async def show_person(request: Request) -> Response:
    """The choice; where there is none to make, what comes after it; without a session the authentication page."""
    services = services_of(request)
    scene = await scene_of(request, services)
    sessions = await _sessions(request, services, scene)
    candidates = await services.persons.candidates(sessions)
    if not candidates:
        return RedirectResponse(login_address(scene.association, scene.request_id), 303)
    if len(candidates) == 1:
        only = _acting(sessions, candidates[0]) or await services.persons.choose(sessions, candidates[0].key)
        return await _go_on(request, services, scene, only) if only else await show_person(request)
    return _page(request, services, scene, candidates)


def _acting(sessions: Sequence[Session], candidate: Candidate) -> Session | None:
    """Return the session in which this person acts already: there a GET writes nothing (SEC-28)."""
    whose = (candidate.verdict.association.id, candidate.person.id)
    return next((session for session in sessions if (session.association_id, session.person_id) == whose), None)


async def submit_person(request: Request) -> Response:
    """Let the chosen person act, then go on."""
    services = services_of(request)
    form = await read_form(request, FIELDS)
    check_csrf(request, form, services.settings.server.public_url)
    scene = await scene_of(request, services)
    if "cancel" in form:
        return await cancel(request, services, scene)
    sessions = await _sessions(request, services, scene)
    chosen = await services.persons.choose(sessions, form["person"]) if form["person"] else None
    return await _go_on(request, services, scene, chosen) if chosen else await show_person(request)


async def _go_on(request: Request, services: Services, scene: Scene, chosen: Session) -> Response:
    """Lead on: to the application that waits, or home."""
    if scene.waiting is not None:
        answer = await services.authorization.resume(scene.waiting, chosen)
        response = answer_response(request, services, answer)
    else:
        response = RedirectResponse(await services.way_home.address(chosen.facts["names"], scene.client_id), 303)
    services.carrier.drop(response)
    return response


async def _sessions(request: Request, services: Services, scene: Scene) -> list[Session]:
    """The live sessions of this browser; of the association that the application named, if any."""
    sessions = await services.sessions.of_browser(browser_of(request).known_hash)
    if not scene.is_bound:
        return sessions
    known_id = scene.public.id if scene.public else None
    return [session for session in sessions if is_of_association(session, scene.association, known_id)]


def _page(request: Request, services: Services, scene: Scene, candidates: Sequence[Candidate]) -> Response:
    several = len({candidate.source.association_id for candidate in candidates}) > 1
    context = {
        "persons": [
            {
                "value": candidate.key,
                "given_name": candidate.person.given_name,
                "family_name": candidate.person.family_name,
                "acting_for": [child.given_name for child in candidate.person.acting_for],
                "current": candidate.is_current,
                "association": candidate.verdict.association.name if several else "",
            }
            for candidate in candidates
        ],
        "application": scene.waiting.request.client.name if scene.waiting else "",
        "back_address": "" if scene.waiting else "/account",
    }
    return services.pages.render(request, "person.html", context, **scene.page_options())


ROUTES = (
    Route("/person", show_person, methods=["GET"]),
    Route("/person", submit_person, methods=["POST"]),
)
