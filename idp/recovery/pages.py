"""« Mot de passe oublié » and the page where a mailed code is typed (S15–S23, S34–S38, « The link »)."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.login.scene import Scene, scene_of
from idp.recovery.asking import Ask, NoAccount
from idp.recovery.reset_pages import hand_over_form
from idp.services import Services, services_of
from idp.throttle.browser_cookie import browser_cookie
from idp.web.browser import browser_of
from idp.web.csrf import check_csrf
from idp.web.forms import LENGTHS, read_form
from idp.web.host import client_address

FORGOT_FIELDS = {"association": LENGTHS["association"], "identifier": LENGTHS["identifier"], "prefill": LENGTHS["code"]}
CODE_FIELDS = {"code": LENGTHS["code"]}


async def show_forgot(request: Request) -> Response:
    """The form, with what was typed on the authentication page."""
    services = services_of(request)
    scene = await scene_of(request, services)
    return services.pages.render(request, "forgot.html", scene.context(), **scene.page_options())


async def submit_forgot(request: Request) -> Response:
    """Ask for a link. With `prefill`, only show what the authentication page brings along (S15)."""
    services = services_of(request)
    form = await read_form(request, FORGOT_FIELDS)
    check_csrf(request, form, services.settings.server.public_url)
    scene = (await scene_of(request, services)).typed(form["association"], form["identifier"])
    scene = await scene.with_look(services)
    if "prefill" in form:
        return services.pages.render(request, "forgot.html", scene.context(), **scene.page_options())
    ask = Ask(
        association=scene.association,
        identifier=scene.identifier,
        browser=browser_of(request).hash,
        request_id=scene.request_id,
        client_id=scene.client_id or None,
        language=services.pages.language(request, scene.ui_locales),
        source=client_address(request.scope) or None,
        known=browser_cookie(request, services).renewal.was,
    )
    outcome = await services.ask_for_link.ask(ask)
    if not outcome.is_told or scene.is_discreet(services.settings.login):
        return _back(services, scene, "maybe_sent")
    if isinstance(outcome, NoAccount):
        context = {**scene.context(), "unknown": True}
        return services.pages.render(request, "forgot.html", context, **scene.page_options())
    return _back(services, scene, "mail_sent")


def _back(services: Services, scene: Scene, notice: str) -> Response:
    """To the authentication page, where the notice stands and what was typed is still there (S21)."""
    response = RedirectResponse(scene.login_address(notice), 303)
    services.carrier.put(response, scene.to_carry())
    return response


async def show_code(request: Request) -> Response:
    """Where the mail's code is typed; alike with or without a live one."""
    services = services_of(request)
    scene = await scene_of(request, services)
    return services.pages.render(request, "code.html", scene.context(), **scene.page_options())


async def submit_code(request: Request) -> Response:
    """Try a code; the right one opens the form."""
    services = services_of(request)
    form = await read_form(request, CODE_FIELDS)
    check_csrf(request, form, services.settings.server.public_url)
    proof = await services.type_code.try_code(browser_of(request).hash, form["code"])
    if proof is None:
        scene = await scene_of(request, services)
        context = {**scene.context(), "refused": True, "code": form["code"]}
        return services.pages.render(request, "code.html", context, **scene.page_options())
    return hand_over_form(services, proof.reveal())


ROUTES = (
    Route("/password/forgot", show_forgot, methods=["GET"]),
    Route("/password/forgot", submit_forgot, methods=["POST"]),
    Route("/password/code", show_code, methods=["GET"]),
    Route("/password/code", submit_code, methods=["POST"]),
)
