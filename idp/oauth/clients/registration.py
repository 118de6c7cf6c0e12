"""Decides whether an application may be registered as it asks: rules in front of the table, none behind it.

The codes are those of RFC 7591 §3.2.2; the sentences are for the developer or operator who registers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from idp.associations.rules import canonical_name
from idp.oauth.clients.redirect_uris import redirect_uri_fault, web_address_fault
from idp.oauth.clients.rules import (
    CLIENT_CREDENTIALS_GRANT,
    CODE_GRANT,
    GRANT_TYPES,
    REFRESH_GRANT,
    AuthMethod,
    ClientFacts,
    Profile,
)

REDIRECT = "invalid_redirect_uri"
METADATA = "invalid_client_metadata"

_SCOPE = re.compile(r"[!#-\[\]-~]{1,100}")
"""RFC 6749 §3.3: scope-token."""
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""RFC 7517 and 7518: what only the owner of a key may know."""
_KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
_LONGEST_NAME = 100
_LONGEST_GRACE = 30


@dataclass(frozen=True)
class RegistrationFault:
    """What is wrong with one member: `code` of RFC 7591, `member` as RFC 7591 names it, `sentence` for a developer."""

    code: str
    member: str
    sentence: str


def faults_of(client: ClientFacts) -> list[RegistrationFault]:
    """Return everything that is wrong with the application; nothing when it may be registered."""
    faults = [RegistrationFault(REDIRECT, *fault) for fault in _redirect_faults(client)]
    for look in (_name_faults, _grant_faults, _key_faults, _address_faults, _association_faults):
        faults += [RegistrationFault(METADATA, *fault) for fault in look(client)]
    return faults


Faults = Iterator[tuple[str, str]]


def _redirect_faults(client: ClientFacts) -> Faults:
    for member in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(client, member):
            if fault := redirect_uri_fault(uri, public=client.is_public):
                yield member, f"{uri!r}: {fault}"
    if client.may_use(CODE_GRANT) and not client.redirect_uris:
        yield "redirect_uris", "one at least"


def _name_faults(client: ClientFacts) -> Faults:
    if not client.name.strip() or len(client.name) > _LONGEST_NAME or not client.name.isprintable():
        yield "client_name", f"1 to {_LONGEST_NAME} printable characters"
    for scope in client.scopes:
        if not _SCOPE.fullmatch(scope):
            yield "scope", f"{scope!r} is no scope (RFC 6749 §3.3)"


def _grant_faults(client: ClientFacts) -> Faults:
    if not client.grant_types:
        yield "grant_types", "one at least"
    for grant_type in client.grant_types:
        if grant_type not in GRANT_TYPES:
            yield "grant_types", f"{grant_type!r} is unknown; known are {', '.join(GRANT_TYPES)}"
    if client.is_public and client.may_use(CLIENT_CREDENTIALS_GRANT):
        yield "grant_types", "client_credentials needs a client that can keep a secret"
    if client.refresh_grace_seconds and (client.is_public or not client.may_use(REFRESH_GRANT)):
        yield "refresh_grace", "for confidential clients with refresh tokens only"
    if not 0 <= client.refresh_grace_seconds <= _LONGEST_GRACE:
        yield "refresh_grace", f"0 to {_LONGEST_GRACE} seconds"


def _key_faults(client: ClientFacts) -> Faults:
    if client.profile is Profile.FAPI2 and client.auth_method is not AuthMethod.PRIVATE_KEY_JWT:
        yield "token_endpoint_auth_method", "profile fapi2 demands private_key_jwt"
    if client.jwks is not None and client.jwks_uri is not None:
        yield "jwks", "either jwks or jwks_uri, not both (RFC 7591 §2)"
    if client.auth_method is AuthMethod.PRIVATE_KEY_JWT and client.jwks is None and client.jwks_uri is None:
        yield "jwks", "private_key_jwt needs the client's public keys: jwks or jwks_uri"
    if client.jwks is not None and (fault := _jwks_fault(client.jwks)):
        yield "jwks", fault


def _jwks_fault(jwks: Any) -> str | None:  # noqa: ANN401 -- whatever JSON a client sent
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        return 'an object with a list "keys" (RFC 7517 §5)'
    for key in keys:
        if key.get("kty") not in _KEY_TYPES:
            return "only RSA, EC and OKP keys"
        if _PRIVATE_MEMBERS & key.keys():
            return "a private key: keep it, send the public one, and take a new pair now"
    return None


def _address_faults(client: ClientFacts) -> Faults:
    for member in ("backchannel_logout_uri", "initiate_login_uri"):
        uri = getattr(client, member)
        if uri is not None and (fault := web_address_fault(uri)):
            yield member, f"{uri!r}: {fault}"
    # We fetch it ourselves, through the guarded fetcher: https, checked again at each use (SEC-40).
    if client.jwks_uri is not None:
        fault = web_address_fault(client.jwks_uri)
        if fault or urlsplit(client.jwks_uri).scheme != "https":
            yield "jwks_uri", f"{client.jwks_uri!r}: {fault or 'write https'}"
    for resource in client.resources:
        parts = urlsplit(resource)
        if (
            not resource.isascii()
            or not resource.isprintable()
            or " " in resource
            or "#" in resource
            or not parts.scheme
        ):
            yield "resource", f"{resource!r} is no absolute URI without fragment (RFC 8707 §2)"


def _association_faults(client: ClientFacts) -> Faults:
    for member in ("only_associations", "default_for"):
        for name in getattr(client, member):
            if not canonical_name(name):
                yield member, f"{name!r} is no code or alias"
