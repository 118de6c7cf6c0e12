"""GET and POST /userinfo: whom the access token is about. It comes in the header or in a form, never in a query."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from idp.errors import ProtocolError
from idp.oauth.protocol_form import read_protocol_form
from idp.oauth.userinfo import Rejection, Told
from idp.services import services_of

LONGEST_TOKEN = 16_384
_STATUS = {"invalid_request": 400, Rejection.INVALID_TOKEN: 401, Rejection.INSUFFICIENT_SCOPE: 403}


async def userinfo(request: Request) -> Response:
    """Tell the claims of the token's scopes."""
    try:
        access_token = await _token_of(request)
    except ProtocolError:
        return _refused("invalid_request")
    if access_token is None:
        # RFC 6750 §3.1: no error code for one who brought no token at all
        return Response(status_code=401, headers={"WWW-Authenticate": 'Bearer realm="userinfo"'})
    match await services_of(request).userinfo.tell(access_token):
        case Told(claims):
            return Response(orjson.dumps(claims), headers={"Cache-Control": "no-store"}, media_type="application/json")
        case rejection:
            return _refused(rejection)


async def _token_of(request: Request) -> str | None:
    headers = request.headers.getlist("authorization")
    scheme, _, in_header = headers[0].partition(" ") if headers else ("", "", "")
    if len(headers) > 1 or "access_token" in request.query_params:  # RFC 9700 §4.3.2: a query is written to logs
        raise ProtocolError("invalid_request")
    in_form = await _token_in_form(request) if request.method == "POST" else None
    if scheme.lower() == "bearer":
        if in_form is not None:  # RFC 6750 §2: one method at a time
            raise ProtocolError("invalid_request")
        return in_header.strip()
    return in_form


async def _token_in_form(request: Request) -> str | None:
    body = await request.body()
    return read_protocol_form(request.headers.get("content-type"), body).get("access_token") if body else None


def _refused(error: str) -> Response:
    challenge = {"WWW-Authenticate": f'Bearer realm="userinfo", error="{error}"', "Cache-Control": "no-store"}
    return Response(orjson.dumps({"error": error}), _STATUS[error], challenge, media_type="application/json")
