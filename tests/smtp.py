"""A mail server for tests: a real SMTP server in a thread, that keeps what it is sent and can be made to misbehave.

`mailbox` is one on loopback without TLS, as `[mail] smtp_url` may name it; `Mailbox(...)` makes others.
"""

import asyncio
import email
import email.policy
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CUT = "cut"
"""A reply that is none: the connection ends."""


@dataclass(frozen=True)
class ReceivedLetter:
    """A message as the server got it."""

    recipients: tuple[str, ...]
    sender: str
    message: EmailMessage
    raw: bytes
    over_tls: bool
    received_at: float

    @property
    def to(self) -> str:
        """The only recipient."""
        (recipient,) = self.recipients
        return recipient

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        assert body is not None, f"no {kind} part"
        return cast("str", body.get_content())


@dataclass
class Trouble:
    """A misbehaviour at `MAIL`, `RCPT` or `DATA`, for recipients of `domain` (all, if none), `times` over."""

    at: str
    reply: str = ""
    wait_seconds: float = 0
    keeps_letter: bool = False
    domain: str = ""
    times: float = float("inf")


@dataclass
class Mailbox:
    """The server. `starttls` is offered where there is a context for it; `tls` is spoken from the first byte."""

    starttls: ssl.SSLContext | None = None
    tls: ssl.SSLContext | None = None
    account: tuple[str, str] | None = None
    greeting: str = "mx.exemple.fr"
    letters: list[ReceivedLetter] = field(default_factory=list)
    connections: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._troubles: list[Trouble] = []
        self._at_once = 0
        self._arrived = threading.Condition()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="mailbox", daemon=True)
        self._thread.start()
        self._started.wait(10)

    @property
    def url(self) -> str:
        """What to write in `[mail] smtp_url`."""
        who = ":".join(self.account) + "@" if self.account else ""
        return f"{'smtps' if self.tls else 'smtp'}://{who}127.0.0.1:{self.port}"

    def misbehave(self, trouble: Trouble) -> None:
        """Be in trouble from now on."""
        self._troubles.append(trouble)

    def recover(self) -> None:
        """Behave again. Who waits goes on waiting."""
        self._troubles.clear()

    def wait_for(self, count: int = 1, seconds: float = 10) -> list[ReceivedLetter]:
        """Wait until `count` letters are here, and return all."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.letters) >= count, seconds), f"{len(self.letters)} letters"
            return list(self.letters)

    def drop_connections(self) -> None:
        """Cut every open connection, and wait until it is done."""
        asyncio.run_coroutine_threadsafe(self._drop(), self._loop).result(10)

    def close(self) -> None:
        """Stop serving and cut every connection."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    def _serve(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._open: set[SMTP] = set()
        server = await self._loop.create_server(self._speak, "127.0.0.1", 0, ssl=self.tls)
        self.port: int = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        await self._drop()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _drop(self) -> None:
        for protocol in self._open:
            if protocol.transport is not None:
                cast("asyncio.Transport", protocol.transport).abort()
        self._open.clear()
        await asyncio.sleep(0.01)  # the transports close in the loop's next turns

    def _speak(self) -> SMTP:
        self.connections += 1
        protocol = SMTP(
            self,
            hostname=self.greeting,
            ident="test",
            tls_context=self.starttls,
            auth_callback=None,
            authenticator=self._authenticate if self.account else None,
            auth_required=self.account is not None and self.tls is None and self.starttls is not None,
            auth_require_tls=self.starttls is not None,
            loop=self._loop,
        )
        self._open.add(protocol)
        return protocol

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, shown: object
    ) -> AuthResult:
        assert isinstance(shown, LoginPassword)
        is_right = (shown.login.decode(), shown.password.decode()) == self.account
        return AuthResult(success=is_right, handled=is_right)

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's names
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self._trouble(server, "MAIL", "")
        if not reply or reply.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply or "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's names
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self._trouble(server, "RCPT", address)
        if not reply or reply.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return reply or "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            kept = any(trouble.keeps_letter for trouble in self._troubles_at("DATA", envelope.rcpt_tos[0]))
            reply = await self._trouble(server, "DATA", envelope.rcpt_tos[0])
        finally:
            self._at_once -= 1
        if kept or not reply or reply.startswith("2"):
            self._keep(session, envelope)
        return reply or "250 2.0.0 OK"

    def _keep(self, session: Session, envelope: Envelope) -> None:
        raw = envelope.original_content or b""
        letter = ReceivedLetter(
            tuple(envelope.rcpt_tos),
            envelope.mail_from or "",
            email.message_from_bytes(raw, policy=email.policy.default),
            raw,
            session.ssl is not None or self.tls is not None,
            time.monotonic(),
        )
        with self._arrived:
            self.letters.append(letter)
            self._arrived.notify_all()

    def _troubles_at(self, command: str, address: str) -> list[Trouble]:
        return [
            trouble
            for trouble in self._troubles
            if trouble.at == command and trouble.times > 0 and address.endswith(trouble.domain)
        ]

    async def _trouble(self, server: SMTP, command: str, address: str) -> str:
        for trouble in self._troubles_at(command, address):
            trouble.times -= 1
            await asyncio.sleep(trouble.wait_seconds)
            if trouble.reply == CUT:
                cast("asyncio.Transport", server.transport).abort()
            return trouble.reply
        return ""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on loopback, without TLS."""
    server = Mailbox()
    yield server
    server.close()


@pytest.fixture
def open_mailbox() -> Iterator[Callable[..., Mailbox]]:
    """Make mail servers of other sorts; each is closed at the end."""
    servers: list[Mailbox] = []

    def open_one(
        *,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
        account: tuple[str, str] | None = None,
    ) -> Mailbox:
        servers.append(Mailbox(starttls, tls, account))
        return servers[-1]

    yield open_one
    for server in servers:
        server.close()
