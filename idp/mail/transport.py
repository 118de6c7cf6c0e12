"""Hands messages over, one connection a sender, and says of a failure whether trying again can help.

Reasons are an SMTP command, its code and class, or a class of fault: never the server's words, which repeat addresses.
"""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass

from idp.mail.message import Envelope
from idp.mail.smtp import CheckedBackend, SmtpServer, StartTlsMissing

_ENHANCED_CODE = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (StartTlsMissing, "no STARTTLS"),
    (ssl.SSLCertVerificationError, "bad certificate"),
    (ssl.SSLError, "no TLS"),
    (TimeoutError, "timeout"),
    (smtplib.SMTPServerDisconnected, "disconnected"),
    (socket.gaierror, "unknown host"),
    (ConnectionRefusedError, "connection refused"),
)


@dataclass(frozen=True)
class Failure:
    """Why a message was not handed over."""

    reason: str
    is_final: bool = False
    """Whether the server refused this very message for good (5xx)."""


class SmtpTransport:
    """Sends through one server, and keeps the connections that it is told to use again soon."""

    def __init__(self, server: SmtpServer, context: ssl.SSLContext, hello: str) -> None:
        """`context` checks certificates; `hello` is the name that we give in EHLO."""
        self._open: Callable[[], CheckedBackend] = lambda: CheckedBackend(server, context, hello)
        self._lock = threading.Lock()
        self._idle: list[CheckedBackend] = []
        self._busy: dict[str, CheckedBackend] = {}

    def deliver(self, mail_id: str, envelope: Envelope) -> Failure | None:
        """Hand the message over. Blocks the thread, for minutes where the server is slow."""
        backend = self._take(mail_id)
        try:
            backend.sendmail(envelope.sender, [envelope.recipient], envelope)
        except (smtplib.SMTPException, OSError) as fault:
            backend.close()
            return explain(fault)
        else:
            with self._lock:
                self._idle.append(backend)
            return None
        finally:
            with self._lock:
                del self._busy[mail_id]

    def abort(self, mail_id: str) -> None:
        """Cut the connection on which the message is being sent, so that `deliver` comes back."""
        with self._lock:
            backend = self._busy.get(mail_id)
        if backend is not None:
            backend.cut()

    def close_idle(self) -> None:
        """Say goodbye on the connections that nobody uses. Blocks for two seconds each at most."""
        with self._lock:
            idle, self._idle = self._idle, []
        for backend in idle:
            backend.close()

    def _take(self, mail_id: str) -> CheckedBackend:
        with self._lock:
            used = self._idle.pop() if self._idle else None
        if used is not None and not used.is_alive():
            used.close()
            used = None
        backend = used or self._open()
        with self._lock:
            self._busy[mail_id] = backend
        return backend


def explain(fault: smtplib.SMTPException | OSError) -> Failure:
    """Return what may be told and counted of a fault."""
    match fault:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            code, text = next(iter(refused.values()))
            return _refused("RCPT", code, text)
        case smtplib.SMTPSenderRefused(smtp_code=code, smtp_error=text):
            return _refused("MAIL", code, text)
        case smtplib.SMTPDataError(smtp_code=code, smtp_error=text):
            return _refused("DATA", code, text)
        case smtplib.SMTPResponseException(smtp_code=code):
            # Greeting, EHLO, STARTTLS, AUTH: about this service, not about the letter. An operator may mend it.
            command = type(fault).__name__.removeprefix("SMTP").removesuffix("Error").removesuffix("Exception")
            return Failure(f"{command} {code}".strip())
        case smtplib.SMTPServerDisconnected() if isinstance(fault.__context__, TimeoutError):
            return Failure("timeout")
        case _:
            return Failure(next((reason for kind, reason in _REASONS if isinstance(fault, kind)), type(fault).__name__))


def _refused(command: str, code: int, text: bytes | str) -> Failure:
    enhanced = _ENHANCED_CODE.match(text if isinstance(text, bytes) else text.encode("ascii", "replace"))
    words = [command, str(code), *([enhanced[0].decode()] if enhanced else [])]
    return Failure(" ".join(words), is_final=500 <= code < 600)
