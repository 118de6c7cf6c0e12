"""The operations port: is the process alive, may it get requests, how is it doing. Bodies carry no detail (REL-15)."""

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from idp.eligibility.epochs import current_change
from idp.errors import Unavailable
from idp.services import Services

log = structlog.get_logger("idp.ops")


def create_ops_app(services: Services) -> ASGIApp:
    """Return the application of the operations port."""

    async def live(_request: Request) -> Response:
        return PlainTextResponse("live\n")

    async def ready(_request: Request) -> Response:
        try:
            await services.store.read(current_change)
        except Unavailable as unavailable:
            log.warning("not ready", missing=unavailable.part)
            return PlainTextResponse("not ready\n", 503)
        return PlainTextResponse("ready\n")

    async def metrics(_request: Request) -> Response:
        state = await services.store.read(services.outbox.state)
        lines = (
            "# TYPE idp_outbox_waiting gauge",
            f"idp_outbox_waiting {state.depth}",
            "# TYPE idp_outbox_dead gauge",
            f"idp_outbox_dead {state.dead}",
            "# TYPE idp_eligibility_spared gauge",
            f"idp_eligibility_spared {int(services.eligibility.is_spared)}",
        )
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    return Router(
        [
            Route("/health/live", live, methods=["GET"]),
            Route("/health/ready", ready, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
        ]
    )
