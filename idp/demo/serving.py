"""Serves the mailbox, SMTP and pages, in the demonstration's own process."""

import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import uvicorn

from idp.clock import SystemClock
from idp.demo.addresses import Addresses
from idp.demo.mailbox import Mailbox
from idp.demo.pages import create_mailbox_app
from idp.demo.smtp import receiving


class _QuietServer(uvicorn.Server):
    """A server that leaves the signals to the demonstration."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


@contextlib.asynccontextmanager
async def serving_mailbox(
    folder: Path, addresses: Addresses, smtp: socket.socket, http: socket.socket
) -> AsyncIterator[None]:
    """Receive mail on one socket and show it on the other, until the block ends."""
    mailbox = Mailbox(folder, SystemClock())
    app = create_mailbox_app(mailbox, addresses)
    server = _QuietServer(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    async with receiving(mailbox, smtp), anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [http])
        try:
            yield
        finally:
            server.should_exit = True
