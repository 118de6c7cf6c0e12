"""The two pages that a service must have: accessibility, and legal notice with personal data."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.web.templates import Pages


def legal_routes(pages: Pages) -> tuple[Route, ...]:
    """Return the routes of both pages."""

    async def accessibility(request: Request) -> Response:
        return pages.render(request, "accessibilite.html")

    async def notice(request: Request) -> Response:
        return pages.render(request, "mentions.html")

    return (
        Route("/accessibilite", accessibility, methods=["GET"]),
        Route("/mentions", notice, methods=["GET"]),
    )
