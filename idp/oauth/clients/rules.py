"""Decides what an application is and what it may ask for. Knows no database, no framework.

`ClientFacts` is a registered application as every room sees it; `faults_of` is what stands between a registration and
the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from idp.associations.rules import canonical_name
from idp.eligibility.verdict import AssociationFacts
from idp.oauth.clients.redirect_uris import is_registered, origin_of
from idp.store.secrets import TokenHash

CODE_GRANT = "authorization_code"
REFRESH_GRANT = "refresh_token"
CLIENT_CREDENTIALS_GRANT = "client_credentials"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
TOKEN_EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 -- a name of RFC 8693
GRANT_TYPES = (CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS_GRANT, DEVICE_GRANT, TOKEN_EXCHANGE_GRANT)

DEFAULT_GRANT_TYPES = (CODE_GRANT, REFRESH_GRANT)
DEFAULT_SCOPES = ("openid", "email", "profile", "membership", "offline_access")


class Profile(StrEnum):
    """How strictly the protocol is spoken with a client."""

    STRICT = "strict"
    OPENID = "openid"
    FAPI2 = "fapi2"


class AuthMethod(StrEnum):
    """How a client proves who it is at the token endpoint: one method each (STD-06)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"
    NONE = "none"


SECRET_METHODS = frozenset({AuthMethod.BASIC, AuthMethod.POST})


@dataclass(frozen=True)
class ClientFacts:
    """A registered application. `secret_hashes` are keyed hashes: one or, while rotating, two, the newest first."""

    client_id: str
    name: str
    profile: Profile = Profile.STRICT
    auth_method: AuthMethod = AuthMethod.BASIC
    secret_hashes: tuple[TokenHash, ...] = field(default=(), repr=False)
    trusted: bool = True
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    initiate_login_uri: str | None = None
    grant_types: tuple[str, ...] = DEFAULT_GRANT_TYPES
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    resources: tuple[str, ...] = ()
    only_associations: tuple[str, ...] = ()
    """Codes, aliases or ids; empty: every association."""
    default_for: tuple[str, ...] = ()
    """Associations whose members are led here after a sign-in with nothing pending."""
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    refresh_grace_seconds: int = 0
    version: int = 1

    @property
    def is_public(self) -> bool:
        """Whether it can keep no secret: applications in browsers and on phones."""
        return self.auth_method is AuthMethod.NONE

    @property
    def demands_pkce(self) -> bool:
        """Whether every request needs a challenge: all but confidential clients of profile `openid` (STD-02)."""
        return self.is_public or self.profile is not Profile.OPENID

    @property
    def signing_algorithm(self) -> str:
        """The algorithm of its tokens: RS256 is what OpenID Connect promises to a client that asks for nothing."""
        return "RS256" if self.profile is Profile.OPENID else "ES256"

    def grace_begins(self, at: datetime) -> datetime | None:
        """Return since when a used refresh token still works; nothing where there is no grace.

        Nothing, and not `at`: another replica's clock may be ahead of ours.
        """
        return at - timedelta(seconds=self.refresh_grace_seconds) if self.refresh_grace_seconds else None

    def may_redirect_to(self, uri: str) -> bool:
        """Tell whether answers may go to this URI (SEC-17)."""
        return is_registered(self.redirect_uris, uri, public=self.is_public)

    def may_use(self, grant_type: str) -> bool:
        """Tell whether the client is registered for a grant type."""
        return grant_type in self.grant_types

    def granted_scope(self, asked: str) -> str:
        """Return the scopes asked that the client is registered for, in the order asked; the others are left out.

        OpenID Connect Core §3.1.2.1: scopes that are not understood are ignored. `offline_access` is worth nothing
        without refresh tokens.
        """
        allowed = set(self.scopes) - (set() if self.may_use(REFRESH_GRANT) else {"offline_access"})
        return " ".join(scope for scope in dict.fromkeys(asked.split(" ")) if scope in allowed)

    def serves(self, association: AssociationFacts) -> bool:
        """Tell whether members of the association may use this application."""
        if not self.only_associations:
            return True
        names = {canonical_name(name) for name in (association.id, association.code, association.alias) if name}
        return any(canonical_name(name) in names for name in self.only_associations)

    def origins(self) -> frozenset[str]:
        """Return the web origins of its redirect URIs (CORS, `form-action`)."""
        return frozenset(origin for origin in map(origin_of, self.redirect_uris) if origin)
