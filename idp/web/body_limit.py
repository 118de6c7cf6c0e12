"""How much a request may send (SEC-30): bounded before anything is parsed, whether the length is told or not."""

from collections.abc import Mapping

from starlette.types import Message, Receive, Scope

from idp.web.paths import takes_documents, takes_protocol_parameters
from idp.web.refusals import Refused, RequestRefused

KIB = 1024
API_BODY_BYTES = 1024 * KIB
"""API, events, SCIM and logo."""


class BodyLimit:
    """The largest body by path: forms 16 KiB, protocol 64 KiB, API 1 MiB, unless the settings say otherwise."""

    def __init__(self, form_kib: int, protocol_kib: int) -> None:
        """Take the limits in KiB."""
        self._form_bytes = form_kib * KIB
        self._protocol_bytes = protocol_kib * KIB

    def most_bytes(self, path: str) -> int:
        """Return how many bytes may be sent to this path."""
        if takes_documents(path):
            return API_BODY_BYTES
        return self._protocol_bytes if takes_protocol_parameters(path) else self._form_bytes

    def bound(self, scope: Scope, receive: Receive) -> Receive:
        """Return `receive` with a counter on it; the same one where no body is announced.

        Raises `RequestRefused`: 413 for too long a body, 400 where its length is doubtful, 415 where it is compressed.
        The counter raises 413 as soon as more has come than may.
        """
        announced = {name: value for name, value in scope["headers"] if name in _BODY_HEADERS}
        if not announced:
            return receive
        most = self.most_bytes(scope["path"])
        _check_announced(announced, scope, most)
        came = 0

        async def receive_bounded() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise _too_large()
            return message

        return receive_bounded


_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding", b"content-encoding"})


def _check_announced(announced: Mapping[bytes, bytes], scope: Scope, most: int) -> None:
    if len(announced) < sum(name in _BODY_HEADERS for name, _ in scope["headers"]):
        raise RequestRefused(Refused.MALFORMED, "doubled length")
    length = announced.get(b"content-length")
    if length is not None and (b"transfer-encoding" in announced or not length.isdigit()):
        raise RequestRefused(Refused.MALFORMED, "doubtful length", headers={"Connection": "close"})
    if announced.get(b"transfer-encoding", b"chunked").lower() != b"chunked":  # RFC 9112 §6.1: two readers, two lengths
        raise RequestRefused(Refused.MALFORMED, "doubtful length", headers={"Connection": "close"})
    if announced.get(b"content-encoding", b"identity").lower() != b"identity":
        raise RequestRefused(Refused.MEDIA_TYPE, "compressed")
    if length is not None and (len(length) > 12 or int(length) > most):
        raise _too_large()


def _too_large() -> RequestRefused:
    """Whatever else is on its way is not read: the connection ends."""
    return RequestRefused(Refused.TOO_LARGE, headers={"Connection": "close"})
