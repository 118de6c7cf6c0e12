"""What is answered when something went wrong: one branch of `idp.errors` after the other, as a page or as JSON.

A person reads plain French and what to do, a program the standard's code; neither reads an exception, a trace, a
version or what was sent (SEC-46). The log holds the incident's number, the kind of fault and where it happened, never
its message, which might hold a secret (SEC-29, F-27).
"""

import traceback
from collections.abc import Mapping

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.errors import ProtocolError, Unavailable
from idp.web.i18n import same_address
from idp.web.paths import is_read_by_programs
from idp.web.refusals import Refused, RequestRefused
from idp.web.request_id import request_id_of
from idp.web.templates import Pages

_BY_STATUS = {404: Refused.NOT_FOUND, 405: Refused.METHOD}
_DEEPEST_FRAMES = 6

log = structlog.get_logger("idp.web")


class Answers:
    """Answers for what was raised."""

    def __init__(self, pages: Pages) -> None:
        """`pages` renders `error.html`."""
        self._pages = pages

    def to(self, request: Request, fault: Exception) -> Response:
        """Return the answer, and log what an operator must know."""
        match fault:
            case RequestRefused():
                log.info("request refused", incident=request_id_of(request), refused=fault.refused, detail=fault.detail)
                return self._answer(request, fault.status, fault.refused, "invalid_request", headers=fault.headers)
            case HTTPException():
                kind = _BY_STATUS.get(fault.status_code, Refused.MALFORMED)
                return self._answer(request, fault.status_code, kind, "invalid_request", headers=fault.headers)
            case ProtocolError():
                log.info("protocol error", incident=request_id_of(request), code=fault.code, detail=fault.detail)
                return _json(fault.status, fault.code, fault.description)
            case Unavailable():
                log.warning("unavailable", incident=request_id_of(request), part=fault.part)
                wait = {"Retry-After": str(fault.retry_after_seconds)}
                return self._answer(request, 503, "unavailable", "temporarily_unavailable", headers=wait)
            case _:
                log.error("fault", incident=request_id_of(request), kind=type(fault).__name__, where=_where(fault))
                return self._answer(request, 500, "fault", "server_error")

    def _answer(
        self, request: Request, status: int, kind: str, code: str, *, headers: Mapping[str, str] | None = None
    ) -> Response:
        if is_read_by_programs(request.scope["path"]):
            return _json(status, code, incident=request_id_of(request), headers=headers)
        context = {"kind": str(kind), "incident": request_id_of(request), "again": same_address(request.scope)}
        return self._pages.render(request, "error.html", context, status=status, headers=headers)


def _json(
    status: int, code: str, description: str = "", *, incident: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    told = {"error": code, "error_description": description, "incident": incident}
    return JSONResponse({name: text for name, text in told.items() if text}, status, dict(headers or {}))


def _where(fault: Exception) -> list[str]:
    """Return the deepest frames, without the values in them."""
    frames = traceback.extract_tb(fault.__traceback__)[-_DEEPEST_FRAMES:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
