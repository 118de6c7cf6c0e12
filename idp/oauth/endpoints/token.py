"""POST /token."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from idp.errors import ProtocolError
from idp.oauth.client_authentication import presented_by
from idp.oauth.protocol_form import read_protocol_form
from idp.oauth.server import Answer, refusal
from idp.services import services_of

HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""RFC 6749 §5.1: on every answer with tokens; here on every answer."""


async def token(request: Request) -> Response:
    """Trade a code or a refresh token for tokens."""
    try:
        form = read_protocol_form(request.headers.get("content-type"), await request.body())
        presented = presented_by(request.headers.getlist("authorization"), form)
    except ProtocolError as error:
        return _response(refusal(error))
    return _response(await services_of(request).tokens.answer(presented, form))


def _response(answer: Answer) -> Response:
    headers = {**HEADERS, **answer.headers}
    return Response(orjson.dumps(answer.body), answer.status, headers, media_type="application/json")
