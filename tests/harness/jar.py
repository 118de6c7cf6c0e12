"""A browser's cookies: by host (ports share them), until their time is over by the clock of the story."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from idp.clock import Clock


@dataclass(frozen=True)
class Cookie:
    """One cookie, with what it says of itself."""

    value: str
    expires_at: datetime | None
    is_secure: bool


@dataclass
class Jar:
    """The cookies of one browser."""

    clock: Clock
    _by_host: dict[str, dict[str, Cookie]] = field(default_factory=dict)

    def keep(self, url: str, lines: list[str]) -> None:
        """Take the `Set-Cookie` lines of an answer."""
        cookies = self._by_host.setdefault(urlsplit(url).hostname or "", {})
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                assert morsel["path"] == "/", line
                assert not morsel["domain"], line
                cookies[name] = Cookie(morsel.value, self._end(morsel["max-age"]), bool(morsel["secure"]))

    def header(self, url: str) -> str:
        """Return the `Cookie` header of a request."""
        parts = urlsplit(url)
        return "; ".join(
            f"{name}={cookie.value}"
            for name, cookie in self._by_host.get(parts.hostname or "", {}).items()
            if self._lives(cookie) and (parts.scheme == "https" or not cookie.is_secure)
        )

    def value(self, host: str, name: str) -> str:
        """Return a live cookie's value, or nothing."""
        cookie = self._by_host.get(host, {}).get(name)
        return cookie.value if cookie and self._lives(cookie) else ""

    def plant(self, host: str, name: str, value: str) -> None:
        """Put a cookie there, as somebody else might."""
        self._by_host.setdefault(host, {})[name] = Cookie(value, None, is_secure=False)

    def forget(self) -> None:
        """Lose every cookie."""
        self._by_host.clear()

    def _end(self, max_age: str) -> datetime | None:
        return self.clock.now() + timedelta(seconds=int(max_age)) if max_age else None

    def _lives(self, cookie: Cookie) -> bool:
        return cookie.expires_at is None or cookie.expires_at > self.clock.now()
