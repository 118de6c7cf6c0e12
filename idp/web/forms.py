"""Reads a form: each known field once, in bounded and clean text, or not at all (SEC-08, 30, 31; F-03, F-29).

Only `application/x-www-form-urlencoded` is read. What the fields mean is decided by others. The body is already bounded
by `body_limit`.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from idp.web.refusals import Refused, RequestRefused

MEDIA_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 20
CSRF_LENGTH = 64
LENGTHS = {"association": 100, "identifier": 254, "code": 32}
"""The most characters of the fields that several pages share; the pages' `maxlength` says the same."""
ANY_TEXT = 0
"""As a length: as long as the body may be, and any character. For passwords, whose policy says why one won't do."""

CONTENT_TYPE = re.compile(rf'{re.escape(MEDIA_TYPE)}\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?', re.IGNORECASE)


class Form(Mapping[str, str]):
    """The known fields of a form. One that was not sent reads as empty; `in` tells whether it was sent."""

    __slots__ = ("_sent",)

    def __init__(self, sent: Mapping[str, str]) -> None:
        """`sent` holds the fields that came."""
        self._sent = dict(sent)

    def __getitem__(self, name: str) -> str:
        return self._sent.get(name, "")

    def __contains__(self, name: object) -> bool:
        return name in self._sent

    def __iter__(self) -> Iterator[str]:
        return iter(self._sent)

    def __len__(self) -> int:
        return len(self._sent)

    def __repr__(self) -> str:
        """Show names, never values."""
        return f"Form({', '.join(sorted(self._sent))})"


async def read_form(request: Request, fields: Mapping[str, int]) -> Form:
    """Return the fields named in `fields` (name → most characters, or `ANY_TEXT`), and always `csrf_token`.

    Other fields are ignored. Raises `RequestRefused`: 415 for another media type, 400 for more than 20 fields, for a
    known field that comes twice, in brackets, too long, with control characters or not in UTF-8. Tabs and line ends
    around a value are taken off: pasting brings them along.
    """
    body = await request.body()
    types = request.headers.getlist("content-type")
    if len(types) != 1 or not CONTENT_TYPE.fullmatch(types[0]):
        if body or types:
            raise RequestRefused(Refused.MEDIA_TYPE)
        return Form({})
    return Form(dict(_parse(body, {"csrf_token": CSRF_LENGTH, **fields})))


def _parse(body: bytes, fields: Mapping[str, int]) -> dict[str, str]:
    if body.count(b"&") >= MOST_FIELDS:
        raise RequestRefused(Refused.MALFORMED, "too many fields")
    sent: dict[str, str] = {}
    for pair in body.split(b"&"):
        raw_name, _, raw_value = pair.partition(b"=")
        name = _decode(raw_name)
        if "[" in name and name.partition("[")[0] in fields:
            raise RequestRefused(Refused.MALFORMED, "field in brackets")
        if name not in fields:
            continue
        if name in sent:
            raise RequestRefused(Refused.MALFORMED, "field sent twice")
        sent[name] = _clean(_decode(raw_value), fields[name])
    return sent


def _decode(raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise RequestRefused(Refused.MALFORMED, "not UTF-8") from None


def _clean(value: str, length: int) -> str:
    if length == ANY_TEXT:
        return value
    value = value.strip("\t\r\n")
    if len(value) > length:
        raise RequestRefused(Refused.MALFORMED, "field too long")
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in value):
        raise RequestRefused(Refused.MALFORMED, "control character")
    return value
