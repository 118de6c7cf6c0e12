"""Authlib's authorization server bound to ours: built once, holds nothing of any request.

It runs the token endpoint's state machine inside a unit of work. It is handed a `TokenRequest` whose client was
authenticated before, and hands back an `Answer`, which knows no framework and carries tokens not signed yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer

from idp.errors import ProtocolError
from idp.oauth.clients.authlib_client import AuthlibClient
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.grants.family import Press
from idp.oauth.grants.refresh_token import RefreshTokenGrant
from idp.oauth.id_tokens import IdTokens
from idp.oauth.rfc7636_pkce import S256Only
from idp.oauth.token_request import TokenRequest

GRANT_TYPES_ON = (AuthorizationCodeGrant.GRANT_TYPE, RefreshTokenGrant.GRANT_TYPE)


@dataclass(frozen=True)
class Answer:
    """What the token endpoint says. Values of `body` may be `Unsigned` or `PlainSecret` until it leaves."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


def refusal(error: ProtocolError) -> Answer:
    """Return the answer to a request that Authlib never saw (RFC 6749 §5.2)."""
    body = {"error": error.code, "error_description": error.description}
    challenge = {"WWW-Authenticate": 'Basic realm="token"'} if error.status == 401 else {}
    return Answer(error.status, {name: text for name, text in body.items() if text}, challenge)


class TokenServer(AuthorizationServer):
    """The grants that are on."""

    def __init__(self, press: Press) -> None:
        """`press` is what tokens are made with."""
        AuthorizationServer.__init__(self)
        self.press = press
        id_tokens = IdTokens()
        authlib: AuthorizationServer = self
        authlib.register_grant(AuthorizationCodeGrant, [S256Only(), id_tokens])
        authlib.register_grant(RefreshTokenGrant, [id_tokens])

    def authenticate_client(
        self, request: TokenRequest, methods: Iterable[str], endpoint: str = "token"
    ) -> AuthlibClient:
        """Return the client that `client_authentication` has proven before the unit began."""
        return request.client

    def create_oauth2_request(self, request: TokenRequest) -> TokenRequest:
        return request

    def handle_response(self, status: int, body: Mapping[str, Any], headers: Iterable[tuple[str, str]]) -> Answer:
        """Keep status and body; every answer of this endpoint has the same headers."""
        return Answer(status, dict(body), {})

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""
