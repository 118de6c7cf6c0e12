"""Each request has a number: in its answer, in its log lines, and as the incident that a person can quote."""

from starlette.requests import HTTPConnection
from starlette.types import Scope

from idp.entropy import Entropy

HEADER = b"x-request-id"
_SCOPE_KEY = "idp.request_id"


def number_request(scope: Scope, entropy: Entropy) -> str:
    """Give the request its number: 64 random bits in hex. What a client claims its number to be is not believed."""
    number = entropy.bytes(8).hex()
    scope[_SCOPE_KEY] = number
    return number


def request_id_of(request: HTTPConnection) -> str:
    """Return the request's number."""
    number: str = request.scope[_SCOPE_KEY]
    return number
