"""The two files that browsers and robots ask for by themselves."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1f4fa3"/>'
    '<path d="M9 17l5 5 9-12" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" '
    'stroke-linejoin="round"/></svg>'
)
A_WEEK = {"Cache-Control": "public, max-age=604800"}


async def icon(_request: Request) -> Response:
    """The tab's icon."""
    return Response(ICON, headers=A_WEEK, media_type="image/svg+xml")


async def robots(_request: Request) -> Response:
    """Nothing here is for search engines."""
    return Response("User-agent: *\nDisallow: /\n", headers=A_WEEK, media_type="text/plain")


ROUTES = (
    Route("/favicon.ico", icon, methods=["GET"]),
    Route("/robots.txt", robots, methods=["GET"]),
)
