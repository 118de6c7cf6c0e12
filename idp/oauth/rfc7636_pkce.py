"""PKCE at the token endpoint, S256 and nothing else. The challenge was checked at /authorize (`authorization_rules`).

Authlib's own extension lets `plain` and a missing method pass, demands a verifier of public clients alone, and calls a
missing verifier `invalid_request`, which would tell that the code itself was good.
"""

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7636.challenge import compare_s256_code_challenge

from idp.oauth.grants.authorization_code import AuthorizationCodeGrant


class S256Only(CodeChallenge):
    """A verifier is needed exactly where a challenge was sent (RFC 9700 §4.8)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012 -- Authlib's attribute
    CODE_CHALLENGE_METHODS = {"S256": compare_s256_code_challenge}  # noqa: RUF012 -- Authlib's attribute

    def __init__(self) -> None:
        """Demand a verifier of public clients whatever was stored; /authorize demanded the challenge."""
        self.required = True

    def validate_code_verifier(self, grant: AuthorizationCodeGrant, result: object) -> None:
        """Raise `InvalidGrantError` unless the verifier fits the challenge."""
        try:
            CodeChallenge.validate_code_verifier(self, grant, result)
        except InvalidRequestError:
            raise InvalidGrantError("code_verifier does not fit") from None
