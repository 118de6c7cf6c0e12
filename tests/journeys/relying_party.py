"""An application of somebody else's making: Authlib's OAuth 2 client, PyJWT and the published documents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from idp.oauth.clients.service import Registered

SCOPE = "openid email profile membership offline_access"


@dataclass
class RelyingParty:
    """An application. It knows the issuer's address and what it was given at its registration."""

    issuer: str
    registered: Registered
    scope: str = SCOPE
    _asked: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def client_id(self) -> str:
        return self.registered.client.client_id

    @property
    def callback(self) -> str:
        return self.registered.client.redirect_uris[0]

    def discover(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = httpx.get(f"{self.issuer}/.well-known/openid-configuration").json()
        return found

    def start(self, **parameters: str) -> str:
        """Return the address that a member is sent to."""
        asked = {"nonce": generate_token(), "code_verifier": generate_token(48)}
        url, state = self._client().create_authorization_url(
            self.discover()["authorization_endpoint"], **asked, **parameters
        )
        self._asked[state] = asked
        return str(url)

    async def finish(self, arrived_at: str) -> dict[str, Any]:
        """Take a member back: check the state and the issuer, and trade the code."""
        arrived = httpx.URL(arrived_at)
        assert str(arrived.copy_with(query=None)) == self.callback
        assert arrived.params["iss"] == self.issuer, "RFC 9207"
        asked = self._asked.pop(arrived.params["state"])
        async with self._client() as client:
            tokens: dict[str, Any] = await client.fetch_token(
                self.discover()["token_endpoint"],
                authorization_response=arrived_at,
                code_verifier=asked["code_verifier"],
                state=arrived.params["state"],
            )
        assert self.id_claims(tokens["id_token"])["nonce"] == asked["nonce"]
        return tokens

    async def refresh(self, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """Trade the refresh token; raises Authlib's `OAuthError` where it is refused."""
        async with self._client() as client:
            fresh: dict[str, Any] = await client.refresh_token(
                self.discover()["token_endpoint"], refresh_token=tokens["refresh_token"]
            )
            return fresh

    async def refusal(self, tokens: Mapping[str, Any]) -> str:
        """Return the error of a refresh that is refused."""
        try:
            await self.refresh(tokens)
        except OAuthError as refused:
            return str(refused.error)
        raise AssertionError("refreshed")

    async def refusal_of_code(self, arrived_at: str) -> str:
        """Return the error of a code that is refused."""
        try:
            await self.finish(arrived_at)
        except OAuthError as refused:
            return str(refused.error)
        raise AssertionError("traded")

    def userinfo(self, tokens: Mapping[str, Any]) -> httpx.Response:
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        return httpx.get(self.discover()["userinfo_endpoint"], headers=bearer)

    def id_claims(self, id_token: str) -> dict[str, Any]:
        """Return the ID token's claims, checked as OpenID Connect Core §3.1.3.7 asks."""
        return self._verified(id_token, self.client_id)

    def access_claims(self, access_token: str) -> dict[str, Any]:
        """Return the access token's claims, checked as a service does, offline (RFC 9068 §4)."""
        assert jwt.get_unverified_header(access_token)["typ"] == "at+jwt"
        return self._verified(access_token, self.issuer)

    def _verified(self, token: str, audience: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        keys = jwt.PyJWKSet.from_dict(httpx.get(self.discover()["jwks_uri"]).json())
        required = ["iss", "sub", "aud", "exp", "iat"]
        claims: dict[str, Any] = jwt.decode(
            token, keys[header["kid"]], ["ES256"], audience=audience, issuer=self.issuer, options={"require": required}
        )
        return claims

    def _client(self) -> AsyncOAuth2Client:
        secret = self.registered.secret
        return AsyncOAuth2Client(
            self.client_id,
            secret.reveal() if secret else None,
            scope=self.scope,
            redirect_uri=self.callback,
            code_challenge_method="S256",
        )
