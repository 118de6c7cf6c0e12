"""A service that believes ClickAsso's access tokens: verifies them offline, and says what club and roles a caller has.

It asks the provider for nothing but its public keys, every five minutes. `Guard` is what a service of yours needs: RFC
9068 §4, with PyJWT. `python examples/service/app.py` runs it; see README.md.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ALGORITHMS = ["ES256", "RS256"]
"""Fixed here, never read from the token: `none` and HMAC are out."""
TYPES = {"at+jwt", "application/at+jwt"}
"""An ID token is signed by the same keys and must not pass."""
DEMANDED = ["iss", "aud", "sub", "client_id", "exp", "iat", "jti"]
LEEWAY_SECONDS = 10
"""How far our clock may be behind or ahead of the provider's."""


@dataclass(frozen=True)
class Settings:
    """Whose tokens count here, from the environment."""

    address: str = "http://127.0.0.1:8404"
    issuer: str = "http://127.0.0.1:8400"
    audience: str = ""
    """What `aud` must be: the `resource` registered for this service; empty: the issuer, its value without one."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Settings":
        """Read `SERVICE_ADDRESS`, `SERVICE_ISSUER`, `SERVICE_AUDIENCE`."""
        found = {name: environ.get(f"SERVICE_{name.upper()}") for name in ("address", "issuer", "audience")}
        return cls(**{name: value for name, value in found.items() if value})


class RefusedToken(Exception):
    """The caller may not pass. `error` and `status` are those of RFC 6750 §3.1; without a token there is no error."""

    def __init__(self, status: int, error: str = "") -> None:
        """Why is nobody's business but the log's."""
        super().__init__(error)
        self.status = status
        self.error = error


class KeysMissing(Exception):
    """The provider's keys can't be had now, and none are kept: nobody can be believed."""


class Guard:
    """Verifies access tokens of one issuer for one audience."""

    def __init__(self, issuer: str, audience: str) -> None:
        """Nothing is fetched before the first token."""
        self._issuer = issuer
        self._audience = audience
        # Kept for 300 s; asked anew for an unknown `kid`, at most every 30 s, so that nobody makes us ask at will.
        self._keys = jwt.PyJWKClient(f"{issuer}/jwks", lifespan=300, cooldown_duration=30, timeout=5)

    def check(self, authorization: str, scope: str) -> Mapping[str, Any]:
        """Return the claims of the header's token, if it has this scope. Blocks while keys are fetched.

        Raises `RefusedToken`, `KeysMissing`.
        """
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise RefusedToken(401)
        try:
            claims = self._verified(token.strip())
        except jwt.PyJWKClientConnectionError:
            raise KeysMissing from None
        except jwt.PyJWTError:
            raise RefusedToken(401, "invalid_token") from None
        if scope not in claims.get("scope", "").split():
            raise RefusedToken(403, "insufficient_scope")
        return claims

    def _verified(self, token: str) -> Mapping[str, Any]:
        if str(jwt.get_unverified_header(token).get("typ", "")).lower() not in TYPES:
            raise jwt.InvalidTokenError("not an access token")
        claims: Mapping[str, Any] = jwt.decode(
            token,
            self._keys.get_signing_key_from_jwt(token),
            algorithms=ALGORITHMS,
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY_SECONDS,
            options={"require": DEMANDED},
        )
        return claims


def create_app(settings: Settings) -> Starlette:
    """Return the service."""
    guard = Guard(settings.issuer, settings.audience or settings.issuer)

    async def membership(request: Request) -> Response:
        """Say who calls: club, season, roles, and for whom they act. The token holds no name and no address."""
        claims = await run_in_threadpool(guard.check, request.headers.get("authorization", ""), "membership")
        held = claims["membership"]
        return JSONResponse(
            {
                "subject": claims["sub"],
                "application": claims["client_id"],
                "club": held["association"]["name"],
                "season": held["season"]["label"],
                "kind": held["person"]["kind"],
                "roles": held["roles"],
                "acting_for": held["acting_for"],
            },
            headers={"Cache-Control": "no-store"},
        )

    return Starlette(
        routes=[Route("/membership", membership, methods=["GET"])],
        exception_handlers={RefusedToken: refuse, KeysMissing: say_unavailable},
    )


async def refuse(_request: Request, refused: Exception) -> Response:
    """Answer as RFC 6750 §3 says."""
    error = refused.error if isinstance(refused, RefusedToken) else ""
    status = refused.status if isinstance(refused, RefusedToken) else 401
    challenge = f'Bearer error="{error}"' if error else "Bearer"
    return JSONResponse({"error": error or "no_token"}, status, {"WWW-Authenticate": challenge})


async def say_unavailable(_request: Request, _missing: Exception) -> Response:
    """Ask to come back."""
    return JSONResponse({"error": "temporarily_unavailable"}, 503, {"Retry-After": "5"})


if __name__ == "__main__":
    chosen = Settings.of(os.environ)
    parts = urlsplit(chosen.address)
    uvicorn.run(create_app(chosen), host=parts.hostname or "127.0.0.1", port=parts.port or 8404, access_log=False)
