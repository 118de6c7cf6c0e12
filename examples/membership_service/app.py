"""A membership service: tells the identity provider who may enter, from a JSON file of clubs and people.

The whole contract of docs/eligibility.md on one screen: `Guard` believes the provider's questions, `rules.py` decides,
this answers. The file is read anew when it changes: edit it and sign in again. See README.md.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from examples.membership_service.rules import Clubs

HERE = Path(__file__).parent
MOST_PEOPLE = 500
DEMANDED = ["iss", "aud", "iat", "exp", "jti"]


@dataclass(frozen=True)
class Settings:
    """Where things are, from the environment."""

    url: str = "http://127.0.0.1:8403"
    """Our own address, exactly as `[eligibility] url` has it: it is the `aud` of every question."""
    issuer: str = "http://127.0.0.1:8400"
    """The provider's `public_url`: the `iss` of every question."""
    jwks_url: str = ""
    """Where the provider publishes its keys; empty: the issuer's `/jwks`."""
    file: str = str(HERE / "clubs.json")
    """Clubs and people."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Settings":
        """Read `MEMBERSHIP_URL`, `MEMBERSHIP_ISSUER`, `MEMBERSHIP_JWKS_URL`, `MEMBERSHIP_FILE`."""
        names = ("url", "issuer", "jwks_url", "file")
        found = {name: environ.get(f"MEMBERSHIP_{name.upper()}") for name in names}
        return cls(**{name: value for name, value in found.items() if value})


class Guard:
    """Believes questions that the provider signed, and no others."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is fetched before the first question."""
        self._settings = settings
        keys = settings.jwks_url or f"{settings.issuer}/jwks"
        # Kept for 300 s; asked anew for an unknown `kid`, at most every 30 s, so that nobody makes us ask at will.
        self._keys = jwt.PyJWKClient(keys, lifespan=300, cooldown_duration=30, timeout=1)

    def believes(self, authorization: str) -> bool:
        """Tell whether the header's token is a question's. Blocks while keys are fetched."""
        kind, _, token = authorization.partition(" ")
        try:
            if kind.lower() != "bearer" or jwt.get_unverified_header(token).get("typ") != "JWT":
                return False
            jwt.decode(
                token,
                self._keys.get_signing_key_from_jwt(token),
                algorithms=["ES256"],
                issuer=self._settings.issuer,
                audience=self._settings.url,
                leeway=10,
                options={"require": DEMANDED},
            )
        except jwt.PyJWTError:
            return False
        return True


class File:
    """The clubs, read anew when their file has changed."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError` for a file that isn't there."""
        self._path = path
        self._read_at = -1
        self._clubs = Clubs({})
        self.clubs()

    def clubs(self) -> Clubs:
        """Return them as they are now."""
        changed_at = self._path.stat().st_mtime_ns
        if changed_at != self._read_at:
            self._clubs = Clubs.read(self._path.read_text("utf-8"))
            self._read_at = changed_at
        return self._clubs


def create_app(settings: Settings) -> Starlette:
    """Return the service."""
    guard, file = Guard(settings), File(Path(settings.file))

    async def clubs_for(request: Request) -> Clubs | None:
        """Return the clubs to whom we believe, and nothing to anybody else."""
        authorization = request.headers.get("authorization", "")
        return file.clubs() if await run_in_threadpool(guard.believes, authorization) else None

    async def check(request: Request) -> Response:
        """The question: who may enter with this association and identifier."""
        if (clubs := await clubs_for(request)) is None:
            return refuse()
        asked = await request.json()
        return say(clubs.check(asked["association"], asked["identifier"]))

    async def association(request: Request) -> Response:
        """Optional: a code or alias, and its association; `null` for one that nobody has."""
        if (clubs := await clubs_for(request)) is None:
            return refuse()
        return say(clubs.association(request.path_params["code"]))

    async def find(request: Request) -> Response:
        """Optional: an email, and the associations that it may enter."""
        if (clubs := await clubs_for(request)) is None:
            return refuse()
        return say({"associations": clubs.find((await request.json())["email"])})

    async def people(request: Request) -> Response:
        """Optional: the persons of an association who may enter, by id, page by page."""
        if (clubs := await clubs_for(request)) is None:
            return refuse()
        asked = request.query_params
        limit = min(int(asked.get("limit", "100")), MOST_PEOPLE)
        return say(clubs.people(asked["association"], asked.get("after", ""), limit))

    routes = [
        Route("/check", check, methods=["POST"]),
        Route("/associations/{code}", association, methods=["GET"]),
        Route("/find", find, methods=["POST"]),
        Route("/people", people, methods=["GET"]),
    ]
    path = urlsplit(settings.url).path.rstrip("/")
    return Starlette(routes=[Mount(path, routes=routes)] if path else routes)


def say(answer: Any) -> Response:  # noqa: ANN401 -- whatever JSON may be
    """Answer a question. Nobody between us keeps it."""
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def refuse() -> Response:
    """Answer whoever isn't the provider (RFC 6750 §3)."""
    return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})


if __name__ == "__main__":
    chosen = Settings.of(os.environ)
    parts = urlsplit(chosen.url)
    uvicorn.run(create_app(chosen), host=parts.hostname or "127.0.0.1", port=parts.port or 8403)
