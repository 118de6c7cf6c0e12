"""Puts an ID token beside the access token where `openid` was granted: at code exchange and at refresh.

Authlib calls at the right moment; what stands in it is `token_rules.id_token`, without the nonce on a refresh (OpenID
Connect Core §12.2), and unsigned until the unit is committed.
"""

from typing import Any

from authlib.oidc.core.grants.code import OpenIDToken

from idp.oauth.grants.family import FamilyGrant
from idp.oauth.token_rules import id_token


class IdTokens(OpenIDToken):
    """Authlib's extension for any grant, with our claims."""

    def process_token(self, grant: FamilyGrant, response: tuple[int, dict[str, Any], Any]) -> None:
        """Add the ID token to an answer whose scope holds `openid`."""
        token, request = response[1], grant.request
        if "openid" in token["scope"].split():
            token["id_token"] = id_token(
                request.user,
                request.facts,
                issuer=grant.press.issuer,
                nonce=request.nonce,
                at=request.at,
                life=grant.press.lifetimes.access_token,
            )
