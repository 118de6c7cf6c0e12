"""The authorization code grant: spent first, then looked at (RFC 9700 §2.1.1, SEC-03, SEC-20).

Authlib queries, saves, then deletes, with room for a second exchange in between; here the query itself is the one
conditional UPDATE, and the unit commits it whatever the answer is: a code that was brought with a wrong verifier,
redirect URI or by another client is gone. A second use ends everything that the first one gave.
"""

from dataclasses import dataclass

from authlib.oauth2.rfc6749 import grants as authlib_grants

from idp.oauth.clients.authlib_client import AuthlibClient
from idp.oauth.grants import store as grants
from idp.oauth.grants.family import FamilyGrant
from idp.oauth.grants.rules import GrantFacts, SpentCode
from idp.oauth.token_request import TokenRequest
from idp.store.secrets import Kind


@dataclass(frozen=True)
class CodeForAuthlib:
    """A spent code as Authlib reads it."""

    code: SpentCode
    scope: str

    @property
    def code_challenge(self) -> str | None:
        return self.code.code_challenge

    @property
    def code_challenge_method(self) -> str | None:
        return self.code.code_challenge_method

    def get_redirect_uri(self) -> str:
        return self.code.redirect_uri

    def get_scope(self) -> str:
        return self.scope


class AuthorizationCodeGrant(FamilyGrant, authlib_grants.AuthorizationCodeGrant):
    """`grant_type=authorization_code`."""

    GRANT_TYPE = "authorization_code"
    request: TokenRequest

    def query_authorization_code(self, code: str, client: AuthlibClient) -> CodeForAuthlib | None:
        """Spend the code. What is wrong with it besides is found out after that."""
        self.refuse_another_resource()
        tx, at = self.request.tx, self.request.at
        code_hash = self.press.mint.hash(Kind.AUTHORIZATION_CODE, code)
        spent = grants.spend_code(tx, code_hash, at)
        if spent is None:
            replayed = grants.grant_of_used_code(tx, code_hash)
            if replayed is not None:
                self.end_family(replayed, "code.replayed", "code used twice")
            return None
        if spent.client_id != client.get_client_id():  # it has leaked
            self.end_family(spent.grant_id, "code.stolen", "code brought by another client")
            return None
        self.request.nonce = spent.nonce
        peeked = self.request.peeked
        return CodeForAuthlib(spent, peeked.scope if peeked else "")

    def authenticate_user(self, authorization_code: CodeForAuthlib) -> GrantFacts:
        """Return the grant, if its person is still one of ours."""
        return self.still_theirs(authorization_code.code.grant_id)

    def delete_authorization_code(self, authorization_code: CodeForAuthlib) -> None:
        """Nothing: it was spent before it was looked at, and its row stays to recognise a replay."""
