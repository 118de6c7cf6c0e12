"""An application that sends its members to the service: writes requests and trades codes, without a library."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt

from idp.oauth.clients.service import Registered

VERIFIER = "a-verifier-of-43-characters-at-least-for-RFC7636"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Application:
    """A registered application, and the way from it to the service."""

    registered: Registered
    http: httpx.AsyncClient
    issuer: str

    @property
    def id(self) -> str:
        return self.registered.client.client_id

    @property
    def name(self) -> str:
        return self.registered.client.name

    @property
    def callback(self) -> str:
        return self.registered.client.redirect_uris[0]

    def request(self, **changes: str | None) -> str:
        """Return the address that it sends a member to."""
        sent: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.callback,
            "scope": "openid email profile membership offline_access",
            "state": "state-of-the-application",
            "nonce": "nonce-of-the-application",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return f"/authorize?{urlencode({name: value for name, value in sent.items() if value is not None})}"

    async def trade(self, code: str) -> httpx.Response:
        """Trade a code for tokens."""
        return await self._token(
            grant_type="authorization_code", code=code, redirect_uri=self.callback, code_verifier=VERIFIER
        )

    async def refresh(self, refresh_token: str) -> httpx.Response:
        """Trade a refresh token for fresh ones."""
        return await self._token(grant_type="refresh_token", refresh_token=refresh_token)

    async def userinfo(self, access_token: str) -> httpx.Response:
        """Ask who it is."""
        return await self.http.get(f"{self.issuer}/userinfo", headers={"authorization": f"Bearer {access_token}"})

    async def _token(self, **form: str) -> httpx.Response:
        secret = self.registered.secret
        assert secret is not None
        return await self.http.post(f"{self.issuer}/token", data=form, auth=(self.id, secret.reveal()))


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token says, unverified."""
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims
