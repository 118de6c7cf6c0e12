"""How browsers write the address of a service: they compare what they send with it letter by letter."""

from urllib.parse import urlsplit

import idna

_OWN_PORTS = {"http": 80, "https": 443}


def browser_origin(url: str) -> str | None:
    """Return scheme, host and port as a browser writes them in `Origin` and `Host` (WHATWG URL §4.7); nothing for what
    is no http(s) address.
    """
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
        host = f"[{host}]" if ":" in host else host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except ValueError:  # a port that can't be, brackets that don't match, a name that is none
        return None
    if scheme not in _OWN_PORTS or not host:
        return None
    return f"{scheme}://{host}" if port in {None, _OWN_PORTS[scheme]} else f"{scheme}://{host}:{port}"
