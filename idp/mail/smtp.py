"""Sends messages over SMTP with the `emails` library, on connections that it would not make by itself (F-40).

`emails` swallows errors, tries again after a cut (which may deliver twice) and checks no certificate. Ours raises,
tries once and demands TLS with a checked certificate, but to a loopback address. Blocking: callers bring the thread.
"""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

from emails.backend.smtp.backend import SMTPBackend
from emails.backend.smtp.client import SMTPClientWithResponse

from idp.settings import is_loopback_host

CONNECT_SECONDS = 10
"""How long a connection and its TLS may take to stand."""
GOODBYE_SECONDS = 2
COMMAND_SECONDS = 90
"""How long an answer may take. More than the minute that slow servers need: who hangs up too early sends twice."""


class Security(StrEnum):
    """How a connection is kept from listeners."""

    TLS = "tls"
    STARTTLS = "starttls"
    LOOPBACK = "loopback"
    """Clear text, which never leaves this machine."""


@dataclass(frozen=True, repr=False)
class SmtpServer:
    """Where mail is handed over. Its `repr` would hold a password."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = None

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """Read `[mail] smtp_url`: `smtps://` is TLS, `smtp://` STARTTLS, but clear text to a loopback address."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "smtps":
            security, port = Security.TLS, 465
        elif is_loopback_host(host):
            security, port = Security.LOOPBACK, 25
        else:
            security, port = Security.STARTTLS, 587
        return cls(
            host,
            parts.port or port,
            security,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )


class StartTlsMissing(smtplib.SMTPException):
    """The server offers no STARTTLS. Nothing was said to it."""


class CheckedClient(SMTPClientWithResponse):
    """One connection of ours, opened as `SmtpServer.security` says or not at all."""

    def __init__(self, parent: "CheckedBackend", **options: Any) -> None:  # noqa: ANN401 -- the library's own options
        """Connect; the library passes what `CheckedBackend` gave it."""
        self._backend = parent
        self._server = parent.server
        self._context = parent.context
        parent.opened = self
        super().__init__(parent, **options)  # type: ignore[no-untyped-call]  # the library types its backend only

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected = socket.create_connection((host, port), CONNECT_SECONDS)
        if self._server.security is Security.TLS:
            connected = self._context.wrap_socket(connected, server_hostname=host)
        connected.settimeout(timeout)
        return connected

    def initialize(self) -> None:
        """Say hello, make the connection safe, sign in."""
        if self._backend.is_cut:
            raise smtplib.SMTPServerDisconnected
        self.ehlo_or_helo_if_needed()
        if self._server.security is Security.STARTTLS:
            if not self.has_extn("starttls"):
                raise StartTlsMissing
            self.starttls(context=self._context)
            self.ehlo()
        if self._server.user is not None:
            self.login(self._server.user, self._server.password or "")

    def quit(self) -> tuple[int, bytes]:
        """Say goodbye where somebody listens, and close. Nobody waits long for the answer."""
        try:
            if self.sock is not None:
                self.sock.settimeout(GOODBYE_SECONDS)
            return smtplib.SMTP.quit(self)
        except (smtplib.SMTPException, OSError):
            self.close()
            return 0, b""


class CheckedBackend(SMTPBackend):
    """A connection that may carry several messages, one after the other."""

    connection_cls = CheckedClient

    def __init__(self, server: SmtpServer, context: ssl.SSLContext, hello: str) -> None:
        """`hello` is the name that we give in EHLO."""
        self.server = server
        self.context = context
        self.is_cut = False
        """Whether `cut` was called: nothing more is said on this connection."""
        self.opened: CheckedClient | None = None
        """The connection from its first moment; the library knows it only once it is ready."""
        super().__init__(
            fail_silently=False,
            host=server.host,
            port=server.port,
            timeout=COMMAND_SECONDS,
            local_hostname=hello,
        )

    def retry_on_disconnect(self, func: Any) -> Any:  # noqa: ANN401 -- the library's own signature
        """Leave the send as it is: a second try after a cut in DATA could deliver twice."""
        return func

    def is_alive(self) -> bool:
        """Tell whether the connection is open and the server still answers."""
        client = self.opened
        if client is None or client.sock is None:
            return False
        try:
            client.sock.settimeout(GOODBYE_SECONDS)
            code, _ = client.noop()
            client.sock.settimeout(COMMAND_SECONDS)
        except (smtplib.SMTPException, OSError):
            return False
        return code == 250

    def cut(self) -> None:
        """Close the connection under whoever waits on it, from any thread."""
        self.is_cut = True
        if self.opened is not None and self.opened.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.opened.sock, socket.SHUT_RDWR)  # below TLS, which would wait for an answer
