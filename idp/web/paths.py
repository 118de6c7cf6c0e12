"""Which addresses people read and which programs read: errors come as a page or as JSON accordingly."""

PROTOCOL = frozenset({
    "/token", "/userinfo", "/jwks", "/introspect", "/revoke", "/par", "/device_authorization", "/register",
})  # fmt: skip
PROTOCOL_BELOW = ("/.well-known/", "/register/")
API_BELOW = ("/eligibility/", "/scim/", "/api/", "/admin/api/")
PROTOCOL_PAGES = frozenset({"/authorize", "/end_session"})
"""Their parameters are a program's, their errors a person's."""


def is_read_by_programs(path: str) -> bool:
    """Tell whether errors at this path are JSON."""
    return path in PROTOCOL or path.startswith((*PROTOCOL_BELOW, *API_BELOW))


def takes_protocol_parameters(path: str) -> bool:
    """Tell whether a request to this path may be as long as a protocol request."""
    return path in PROTOCOL or path in PROTOCOL_PAGES or path.startswith(PROTOCOL_BELOW)


def takes_documents(path: str) -> bool:
    """Tell whether a request to this path may be as long as a document of an API, or an image."""
    return path.startswith((*API_BELOW, "/admin/logo"))
