"""How this service's cookies are written and read: HttpOnly, SameSite=Lax, Path=/, no Domain (STD-41).

Where the service runs on https, names begin with `__Host-` and cookies are Secure: no other host can plant one. On http
loopback neither is possible. Values are random secrets or fixed words, never anything that a person typed.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response
from starlette.types import Scope

_VALUE = re.compile(r"[A-Za-z0-9_.~-]*")


@dataclass(frozen=True)
class Cookies:
    """Reads and writes cookies; `secure` says that the service is reached by https."""

    secure: bool

    def full_name(self, name: str) -> str:
        """Return the name as the browser knows it."""
        return f"__Host-{name}" if self.secure else name

    def read(self, scope: Scope, name: str) -> str | None:
        """Return the cookie's value; nothing where it is absent, or sent twice with two values.

        Two values mean that somebody planted one beside ours, and we can't tell which.
        """
        wanted = self.full_name(name)
        found: set[str] = set()
        for header, line in scope["headers"]:
            if header == b"cookie":
                for pair in line.decode("latin-1").split(";"):
                    key, _, value = pair.partition("=")
                    if key.strip() == wanted:
                        found.add(value.strip())
        return found.pop() if len(found) == 1 else None

    def header(self, name: str, value: str, lifetime: timedelta) -> tuple[bytes, bytes]:
        """Return the `Set-Cookie` header. Raises `ValueError` for a value that no cookie of ours has."""
        if not _VALUE.fullmatch(value):
            raise ValueError(f"{name}: not a cookie's value")
        seconds = int(lifetime.total_seconds())
        line = f"{self.full_name(name)}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax"
        return b"set-cookie", (line + ("; Secure" if self.secure else "")).encode("ascii")

    def put(self, response: Response, name: str, value: str, lifetime: timedelta) -> None:
        """Have the answer set the cookie."""
        response.raw_headers.append(self.header(name, value, lifetime))

    def drop(self, response: Response, name: str) -> None:
        """Have the answer take the cookie away."""
        response.raw_headers.append(self.header(name, "", timedelta(0)))
