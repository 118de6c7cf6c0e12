"""Which host was asked, and from where (SEC-07, SEC-14; F-05, F-06, F-12).

The one host is the configured one: no address is ever built from what a request says. Forwarded headers are believed
from named proxies only, and what can't be read counts as not said.
"""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.types import Scope

from idp.web.refusals import Refused, RequestRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCOPE_KEY = "idp.client_address"


def host_header_of(public_url: str) -> bytes:
    """Return what a browser that was sent to `public_url` writes in `Host`: no port where it is the scheme's own."""
    parts = urlsplit(public_url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{host}{port}".lower().encode("idna" if not host.isascii() else "ascii")


def check_host(scope: Scope, wanted: bytes) -> None:
    """Raise `RequestRefused` unless `Host` came once and is ours, and the target was a path."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1 or hosts[0].lower() != wanted:
        raise RequestRefused(Refused.WRONG_HOST)
    if not scope["path"].startswith("/"):
        raise RequestRefused(Refused.MALFORMED, "target is no path")


class Proxies:
    """The proxies whose `X-Forwarded-For` is believed: `[server] trusted_proxies`."""

    def __init__(self, trusted: Sequence[str]) -> None:
        """`trusted` holds addresses and networks."""
        self._networks: tuple[Network, ...] = tuple(ipaddress.ip_network(name, strict=False) for name in trusted)

    def note_client(self, scope: Scope) -> None:
        """Find out who is at the other end, and keep it with the request."""
        peer = scope["client"][0] if scope.get("client") else ""
        scope[_SCOPE_KEY] = self._behind(peer, scope) if self._networks else peer

    def _behind(self, peer: str, scope: Scope) -> str:
        """Return the last address that is no proxy of ours; the peer where anything on the way can't be read."""
        if not self._is_trusted(_address(peer)):
            return peer
        lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        for written in reversed(",".join(lines).split(",")):
            address = _address(written.strip())
            if address is None:
                return peer
            if not self._is_trusted(address):
                return str(address)
        return peer

    def _is_trusted(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def client_address(scope: Scope) -> str:
    """Return the address that this request comes from, as text; empty where the server doesn't know.

    It is for counting and for the log, never a reason to skip a check.
    """
    address: str = scope[_SCOPE_KEY]
    return address


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
