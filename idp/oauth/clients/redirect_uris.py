"""Decides which redirect URIs may be registered, and whether one that was asked is registered.

Keeps RFC 9700 §2.1 and §4.1.3 (byte equality, no wildcard) and RFC 8252 §7 (native applications), SEC-17. Registration
is strict so that matching can be plain: nothing is ever normalised.
"""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

MAXIMUM_LENGTH = 2_000

_ALLOWED = re.compile(r"[!#-)+-;=?-\[\]_a-z~]+")
"""The characters of RFC 3986 and no `*`: no space, quote, backslash, control character, nothing beyond ASCII."""
_REVERSE_DOMAIN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
"""RFC 8252 §7.1: a private-use scheme is a domain name of the application's maker, written backwards."""
_LOOPBACK_WITH_PORT = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(/[^\s]*)?")


def redirect_uri_fault(uri: str, *, public: bool) -> str | None:
    """Return why a redirect URI may not be registered, in words for a developer, or nothing.

    https for everybody; http on a loopback host for development and native applications; a reverse-domain scheme for
    public clients alone, since nobody can keep such a scheme to himself (RFC 8252 §8.4).
    """
    parts, fault = _split(uri)
    if parts is None:
        return fault
    if "." in parts.scheme:
        return _private_scheme_fault(uri, parts, public=public)
    return _web_fault(parts)


def web_address_fault(uri: str) -> str | None:
    """Return why an address of an application (`initiate_login_uri`, …) may not be registered, or nothing."""
    parts, fault = _split(uri)
    return fault if parts is None else _web_fault(parts)


def is_registered(registered: tuple[str, ...], asked: str, *, public: bool) -> bool:
    """Tell whether the URI asked is one of those registered, byte for byte.

    One exception (RFC 8252 §7.3): where a public client registered a loopback IP literal, the port may be any.
    """
    if asked in registered:
        return True
    wanted = _without_port(asked) if public else None
    return wanted is not None and any(_without_port(uri) == wanted for uri in registered)


def origin_of(uri: str) -> str | None:
    """Return scheme, host and port as a browser's `Origin` writes them; nothing for a private-use scheme."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else None


def _split(uri: str) -> tuple[SplitResult | None, str | None]:
    if len(uri) > MAXIMUM_LENGTH:
        return None, f"longer than {MAXIMUM_LENGTH} characters"
    if not _ALLOWED.fullmatch(uri):
        return None, "only the characters of RFC 3986, and no *"
    if "#" in uri:
        return None, "no fragment"
    try:
        parts = urlsplit(uri)
        port_is_right = parts.port is None or 0 < parts.port <= 65_535
    except ValueError:
        return None, "not an absolute address"
    if not port_is_right or parts.netloc.endswith(":"):
        return None, "the port is wrong"
    if not parts.scheme:
        return None, "not an absolute address"
    if "@" in parts.netloc:
        return None, "no user name or password"
    return parts, None


def _private_scheme_fault(uri: str, parts: SplitResult, *, public: bool) -> str | None:
    if not public:
        return "a private-use scheme is for public clients"
    if not _REVERSE_DOMAIN_SCHEME.fullmatch(uri.partition(":")[0]):
        return "the private-use scheme must be a domain name backwards, in lower case (com.example.app)"
    return None if parts.path.startswith("/") or parts.netloc else "a path is missing after the scheme"


def _web_fault(parts: SplitResult) -> str | None:
    if parts.scheme not in {"https", "http"}:
        return "https, or http on a loopback host"
    if not parts.hostname:
        return "a host is missing"
    if parts.netloc != parts.netloc.lower() or parts.hostname.endswith("."):
        return "write the host in lower case, without a dot at the end"
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        return "http is for loopback hosts; write https"
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_port(uri: str) -> tuple[str, str] | None:
    found = _LOOPBACK_WITH_PORT.fullmatch(uri)
    return (found[1], found[2] or "") if found else None
