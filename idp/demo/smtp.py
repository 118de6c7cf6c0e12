"""The SMTP server behind the mailbox, on loopback: takes whatever it is sent, for whomever."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP, Envelope, Session

from idp.demo.mailbox import Mailbox


class IntoMailbox:
    """What aiosmtpd calls with a message that has arrived."""

    def __init__(self, mailbox: Mailbox) -> None:
        """`mailbox` keeps them."""
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's
        """Keep the message, once for each recipient, before saying so."""
        for recipient in envelope.rcpt_tos:
            self._mailbox.receive(recipient, envelope.original_content or b"")
        return "250 2.0.0 OK"


@asynccontextmanager
async def receiving(mailbox: Mailbox, listener: socket.socket) -> AsyncIterator[None]:
    """Receive mail on a socket until the block ends."""
    loop = asyncio.get_running_loop()
    handler = IntoMailbox(mailbox)

    def speak() -> SMTP:
        return SMTP(handler, hostname="boite.exemple.fr", ident="ClickAsso demo", enable_SMTPUTF8=True, loop=loop)

    server = await loop.create_server(speak, sock=listener)
    try:
        yield
    finally:
        server.close()
