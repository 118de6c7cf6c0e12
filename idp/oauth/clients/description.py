"""Describes a registered application in the words of RFC 7591 and OpenID Connect Registration, without its secrets."""

from typing import Any

from idp.oauth.clients.rules import ClientFacts


def as_metadata(client: ClientFacts) -> dict[str, Any]:
    """Return what may be told of an application; what it has not is left out."""
    metadata: dict[str, Any] = {
        "client_id": client.client_id,
        "client_name": client.name,
        "profile": client.profile.value,
        "token_endpoint_auth_method": client.auth_method.value,
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "backchannel_logout_uri": client.backchannel_logout_uri,
        "initiate_login_uri": client.initiate_login_uri,
        "grant_types": list(client.grant_types),
        "response_types": ["code"] if client.redirect_uris else [],
        "scope": " ".join(client.scopes),
        "id_token_signed_response_alg": client.signing_algorithm,
        "resources": list(client.resources),
        "only_associations": list(client.only_associations),
        "default_for": list(client.default_for),
        "third_party": not client.trusted,
        "jwks": client.jwks,
        "jwks_uri": client.jwks_uri,
        "refresh_grace": client.refresh_grace_seconds,
    }
    return {name: value for name, value in metadata.items() if value not in (None, [], "")}
