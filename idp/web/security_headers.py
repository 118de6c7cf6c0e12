"""The headers that every answer carries, 404, 405 and 500 too (STD-12, STD-40). What a page has set stays.

`Cache-Control: no-store` is the rule; what may be kept (keys, discovery, the icon) says so itself.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

Header = tuple[bytes, bytes]

NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The policy of what is no page."""
UNUSED_FEATURES = (
    "accelerometer",
    "camera",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "payment",
    "usb",
)


def standing_headers(*, is_loopback_http: bool) -> tuple[Header, ...]:
    """Return the headers to add where an answer has none of that name."""
    lines = {
        "x-content-type-options": "nosniff",
        "content-security-policy": NOTHING,
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES),
        "referrer-policy": "same-origin",
        "cache-control": "no-store",
    }
    if not is_loopback_http:
        lines["strict-transport-security"] = "max-age=31536000"  # one year
    return tuple((name.encode(), value.encode()) for name, value in lines.items())


def with_standing(headers: Iterable[Header], standing: tuple[Header, ...]) -> list[Header]:
    """Return an answer's headers and those standing ones that it has not set."""
    own = list(headers)
    named = {name for name, _ in own}
    return own + [header for header in standing if header[0] not in named]


def page_policy(nonce: str, form_action: Iterable[str] = ()) -> str:
    """Return the policy of a page: one style, one script, forms to us and to the origins named."""
    targets = " ".join(("'self'", *form_action))
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src 'self' data:; "
        f"form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
    )


def form_action_source(redirect_uri: str) -> str:
    """Return how a policy names where a redirect leads: `form-action` covers the redirect after a POST too.

    An IPv6 literal can't be named in a policy, nor can "any port" be known beforehand: there the scheme must do.
    """
    parts = urlsplit(redirect_uri)
    host = parts.hostname or ""
    is_plain = host.isascii() and all(letter.isalnum() or letter in "-." for letter in host)
    if parts.scheme not in {"http", "https"} or not host or not is_plain:
        return f"{parts.scheme}:"
    port = ":*" if host == "127.0.0.1" else f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}"
