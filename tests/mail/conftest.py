"""The outbox and its senders."""

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
import pytest

from idp.clock import Clock
from idp.entropy import Entropy
from idp.mail.courier import Courier
from idp.mail.outbox import Outbox
from idp.mail.rendering import Renderer
from idp.mail.service import MailWorker
from idp.mail.smtp import SmtpServer
from idp.mail.transport import SmtpTransport
from idp.store import Store
from idp.store.sealing import Sealer
from idp.store.secrets import SecretMint
from idp.tls import verifying_context
from tests.fakes import FixedClock, SeededEntropy

SENDER = "ClickAsso <ne-pas-repondre@clickasso.fr>"
HELLO = "clickasso.fr"


OpenTransport = Callable[..., SmtpTransport]


@pytest.fixture
def open_transport() -> Iterator[OpenTransport]:
    """Transports of ours; what they keep open is closed at the end."""
    transports: list[SmtpTransport] = []

    def open_one(server: str | SmtpServer, context: ssl.SSLContext | None = None) -> SmtpTransport:
        where = SmtpServer.from_url(server) if isinstance(server, str) else server
        transports.append(SmtpTransport(where, context or verifying_context(), HELLO))
        return transports[-1]

    yield open_one
    for transport in transports:
        transport.close_idle()


@pytest.fixture
def outbox(sealer: Sealer, mint: SecretMint, clock: FixedClock, entropy: SeededEntropy) -> Outbox:
    return Outbox(sealer, mint, clock, entropy)


@pytest.fixture
def other_outbox(sealer: Sealer, mint: SecretMint, clock: FixedClock) -> Outbox:
    """The outbox of another process: its bell is not heard here."""
    return Outbox(sealer, mint, clock, SeededEntropy(b"other process"))


Sending = Callable[[str], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def running(worker: MailWorker) -> AsyncIterator[None]:
    """Run the sender for the length of an `async with`; then it stops as at SIGTERM."""
    stop = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run, stop)
        yield
        stop.set()


def make_sending(
    store: Store, outbox: Outbox, clock: Clock, entropy: Entropy, open_transport: OpenTransport
) -> Sending:
    """Return what runs a sender to an address, on this store and by this clock."""

    def run(url: str) -> AbstractAsyncContextManager[None]:
        courier = Courier(Renderer(), open_transport(url), clock, SENDER)
        return running(MailWorker(store, outbox, courier, clock, entropy))

    return run


@pytest.fixture
def sending(
    store: Store, outbox: Outbox, clock: Clock, entropy: SeededEntropy, open_transport: OpenTransport
) -> Sending:
    """Senders of this process, for the length of an `async with`."""
    return make_sending(store, outbox, clock, entropy, open_transport)
