"""Who holds a letter, by the real clock: slow servers, killed senders, clocks that differ (REL-06, REL-08)."""

import time
from datetime import timedelta

import anyio
import pytest

from idp.clock import SystemClock
from idp.mail import store as outbox_store
from idp.mail.outbox import Outbox
from idp.mail.service import LEASE
from idp.mail.store import MailState
from idp.store import Store, Transaction
from idp.store.sealing import Sealer
from idp.store.secrets import SecretMint
from tests.fakes import SeededEntropy
from tests.mail.conftest import OpenTransport, Sending, make_sending
from tests.mail.letters import make_letter
from tests.smtp import Mailbox, Trouble

pytestmark = pytest.mark.slow

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def clock() -> SystemClock:
    """The real one: the outbox and its senders of this module live by it."""
    return SystemClock()


async def put(store: Store, outbox: Outbox, clock: SystemClock) -> str:
    letter = make_letter(expires_at=clock.now() + timedelta(hours=24))
    return await store.write(lambda tx: outbox.put(tx, letter))


async def attempts_once_sent(store: Store, outbox: Outbox) -> int:
    with anyio.fail_after(20):
        while True:
            trace = await store.read(lambda tx: outbox.last_letter_to(tx, "nora@exemple.fr"))
            assert trace is not None
            if trace.state is MailState.SENT:
                return trace.attempts
            await anyio.sleep(0.05)


@ON_SQLITE
async def test_rel08_a_slow_command_keeps_its_lease(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, clock: SystemClock
) -> None:
    mailbox.misbehave(Trouble("DATA", "250 OK", wait_seconds=LEASE.total_seconds() + 3))

    async with sending(mailbox.url), sending(mailbox.url):
        await put(store, outbox, clock)
        attempts = await attempts_once_sent(store, outbox)

    assert (attempts, len(mailbox.letters)) == (1, 1)


@ON_SQLITE
async def test_rel08_the_letter_of_a_killed_sender_is_sent_within_ten_seconds(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, clock: SystemClock
) -> None:
    await put(store, outbox, clock)

    def claim_and_die(tx: Transaction) -> None:
        now = clock.now()
        outbox_store.claim(tx, "killed", 1, now=now, lease_now=now, until=now + LEASE)

    await store.write(claim_and_die)
    killed_at = time.monotonic()
    async with sending(mailbox.url):
        attempts = await attempts_once_sent(store, outbox)

    assert attempts == 2
    assert time.monotonic() - killed_at < 10.5


@ON_POSTGRESQL
async def test_rel06_a_replica_whose_clock_is_ahead_takes_nobody_s_letter(
    store: Store,
    outbox: Outbox,
    sealer: Sealer,
    mint: SecretMint,
    open_transport: OpenTransport,
    sending: Sending,
    mailbox: Mailbox,
    clock: SystemClock,
) -> None:
    mailbox.misbehave(Trouble("DATA", "250 OK", wait_seconds=4))
    ahead, entropy = SystemClock(timedelta(seconds=30)), SeededEntropy(b"ahead")
    replica = make_sending(store, Outbox(sealer, mint, ahead, entropy), ahead, entropy, open_transport)

    async with sending(mailbox.url), replica(mailbox.url):
        await anyio.sleep(1)  # the replica has settled to a look a second: the bell of the first is quicker
        await put(store, outbox, clock)
        attempts = await attempts_once_sent(store, outbox)

    assert (attempts, len(mailbox.letters)) == (1, 1)
