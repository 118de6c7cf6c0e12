"""The refresh grant: a new token at each use, and the end of the whole family when an old one comes back (SEC-21).

Nothing is spent for a mistake that the client can mend: a wider scope, a resource that was not granted.
"""

from dataclasses import dataclass

from authlib.oauth2.rfc6749 import InvalidScopeError, grants as authlib_grants

from idp.oauth.clients.authlib_client import AuthlibClient
from idp.oauth.grants import store as grants
from idp.oauth.grants.family import FamilyGrant
from idp.oauth.grants.rules import GrantFacts
from idp.oauth.token_request import TokenRequest
from idp.store.secrets import Kind


@dataclass(frozen=True)
class TokenForAuthlib:
    """A spent refresh token as Authlib reads it."""

    grant_id: str
    scope: str

    def check_client(self, client: AuthlibClient) -> bool:
        """True: it was spent under this client's id."""
        return True

    def get_scope(self) -> str:
        return self.scope


class RefreshTokenGrant(FamilyGrant, authlib_grants.RefreshTokenGrant):
    """`grant_type=refresh_token`."""

    GRANT_TYPE = "refresh_token"
    INCLUDE_NEW_REFRESH_TOKEN = True
    request: TokenRequest

    def authenticate_refresh_token(self, refresh_token: str) -> TokenForAuthlib | None:
        """Spend the token, bound to its client; a second use ends the family."""
        self._refuse_a_wider_scope()
        self.refuse_another_resource()
        request, client_id = self.request, self.request.facts.client_id
        token_hash = self.press.mint.hash(Kind.REFRESH_TOKEN, refresh_token)
        grace_begins = request.facts.grace_begins(request.at)
        grant_id = grants.spend_refresh_token(request.tx, token_hash, client_id, request.at, grace_begins)
        if grant_id is None:
            reused = grants.grant_of_used_refresh_token(request.tx, token_hash, client_id)
            if reused is not None:
                self.end_family(reused, "refresh_token.reused", "refresh token used twice")
            return None
        return TokenForAuthlib(grant_id, request.peeked.scope if request.peeked else "")

    def _refuse_a_wider_scope(self) -> None:
        asked, peeked = self.request.form.get("scope"), self.request.peeked
        if asked is not None and peeked is not None and not set(asked.split()) <= peeked.scopes:
            raise InvalidScopeError("The scope exceeds what was granted")

    def authenticate_user(self, refresh_token: TokenForAuthlib) -> GrantFacts:
        """Return the grant, if its person is still one of ours."""
        return self.still_theirs(refresh_token.grant_id)

    def revoke_old_credential(self, refresh_token: TokenForAuthlib) -> None:
        """Nothing: it was spent before anything was given for it."""
