"""Reads the form of a protocol request, strictly: what two programs could read differently is refused.

RFC 6749 §3.2: form-urlencoded, no parameter twice, an empty one counts as left out. The body's size was bounded before.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from idp.errors import ProtocolError

MOST_FIELDS = 20

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def read_protocol_form(content_type: str | None, body: bytes) -> Mapping[str, str]:
    """Return the parameters.

    Raises `ProtocolError` (`invalid_request`) for another content type, bytes that are not UTF-8, more than 20 fields,
    a repeated parameter, a control character.
    """
    if (content_type or "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise ProtocolError("invalid_request", "Send application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:  # too many fields, or not UTF-8
        raise ProtocolError("invalid_request", "The form is malformed") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise ProtocolError("invalid_request", "A parameter is repeated")
    if any(_CONTROL.search(name) or _CONTROL.search(value) for name, value in pairs):
        raise ProtocolError("invalid_request", "A parameter holds control characters")
    return {name: value for name, value in form.items() if value}
