"""Requests that no page of ours sends. They end in a plain page, or in JSON where a program asked.

These are raised, not returned: a person who uses the pages never meets them, a form that has gone stale aside.
"""

from collections.abc import Mapping
from enum import StrEnum


class Refused(StrEnum):
    """Why a request is refused; each has its sentence in `error.html`."""

    MALFORMED = "malformed"
    WRONG_HOST = "wrong_host"
    STALE_FORM = "stale_form"
    NOT_FOUND = "not_found"
    METHOD = "method"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"


STATUS = {
    Refused.MALFORMED: 400,
    Refused.WRONG_HOST: 400,
    Refused.STALE_FORM: 403,
    Refused.NOT_FOUND: 404,
    Refused.METHOD: 405,
    Refused.TOO_LARGE: 413,
    Refused.MEDIA_TYPE: 415,
}


class RequestRefused(Exception):
    """A request is refused before any room has looked at it. `detail` is for the log alone."""

    def __init__(self, refused: Refused, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        """`headers` go with the answer, such as `Allow`."""
        super().__init__(f"{refused}: {detail}" if detail else str(refused))
        self.refused = refused
        self.detail = detail
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.refused]
