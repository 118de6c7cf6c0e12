"""Joins every room's ROUTES, the edge and the lifespan; nothing else wires."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from starlette.routing import Router
from starlette.types import ASGIApp

import idp.login.account_pages
import idp.login.pages
import idp.login.person_pages
import idp.oauth.api
import idp.oauth.endpoints.authorize
import idp.recovery.pages
import idp.recovery.reset_pages
import idp.throttle.pages
import idp.web.static
from idp.background import work
from idp.services import Services
from idp.web.edge import Edge

ROUTES = (
    *idp.oauth.api.ROUTES,  # first: the router looks from the top, and these are asked most
    *idp.login.pages.ROUTES,
    *idp.login.person_pages.ROUTES,
    *idp.login.account_pages.ROUTES,
    *idp.recovery.pages.ROUTES,
    *idp.recovery.reset_pages.ROUTES,
    *idp.throttle.pages.ROUTES,
    *idp.oauth.endpoints.authorize.ROUTES,
    *idp.web.static.ROUTES,
)


def create_app(services: Services, *, background: bool = False) -> Edge:
    """Return the application. With `background` it also sends mail and keeps house while it serves."""

    @asynccontextmanager
    async def lifespan(_router: ASGIApp) -> AsyncIterator[None]:
        await services.key_ring.ensure()
        services.pages.warm()
        async with anyio.create_task_group() as endless:
            endless.start_soon(services.key_ring.watch)
            async with anyio.create_task_group() as stoppable:
                stop = anyio.Event()
                if background:
                    stoppable.start_soon(work, services, stop)
                yield
                stop.set()
            endless.cancel_scope.cancel()
        await services.eligibility.close()
        services.close()

    router = Router(ROUTES, redirect_slashes=False, lifespan=lifespan)
    edge = Edge(router, services.settings, services.mint, services.ports.entropy, services.pages)
    edge.state.services = services
    return edge
