"""Sends what was promised, from the outbox to a real SMTP server, on both databases (REL-08)."""

import gettext
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import anyio
import pytest
import structlog
from sqlalchemy import select

from idp.errors import Unavailable
from idp.mail import store as outbox_store
from idp.mail.courier import Courier
from idp.mail.outbox import Outbox
from idp.mail.rendering import Renderer
from idp.mail.service import MailWorker
from idp.mail.store import MailState, MailTrace
from idp.mail.tables import OutboxMail
from idp.store import Store, Transaction
from idp.store.tables import table_of
from tests.fakes import FixedClock, SeededEntropy
from tests.mail.conftest import SENDER, OpenTransport, Sending, make_sending, running
from tests.mail.letters import LINK, make_letter
from tests.smtp import CUT, Mailbox, Trouble

MAIL = table_of(OutboxMail)
T = TypeVar("T")


class BrokenCatalogue(gettext.NullTranslations):
    """A translation that asks for a value that the sentence doesn't have."""

    def gettext(self, message: str) -> str:
        return "%(nothing)s" + message


@dataclass
class FailingStore:
    """A store that is away when told."""

    store: Store
    is_away: bool = False
    dialect: str = field(init=False)

    def __post_init__(self) -> None:
        self.dialect = self.store.dialect

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        self._refuse_if_away()
        return await self.store.write(unit)

    async def read(self, query: Callable[[Transaction], T]) -> T:
        self._refuse_if_away()
        return await self.store.read(query)

    def write_blocking(self, unit: Callable[[Transaction], T]) -> T:
        self._refuse_if_away()
        return self.store.write_blocking(unit)

    def read_blocking(self, query: Callable[[Transaction], T]) -> T:
        self._refuse_if_away()
        return self.store.read_blocking(query)

    def close(self) -> None:
        self.store.close()

    def _refuse_if_away(self) -> None:
        if self.is_away:
            raise Unavailable("database", "away")


async def put(store: Store, outbox: Outbox, to: str = "nora@exemple.fr") -> str:
    return await store.write(lambda tx: outbox.put(tx, make_letter(to=to)))


async def trace_of(store: Store, outbox: Outbox, to: str = "nora@exemple.fr") -> MailTrace:
    found = await store.read(lambda tx: outbox.last_letter_to(tx, to))
    assert found is not None
    return found


async def wait_until(
    store: Store, outbox: Outbox, is_so: Callable[[MailTrace], bool], to: str = "nora@exemple.fr"
) -> MailTrace:
    """Look at the letter until it is as wanted."""
    with anyio.fail_after(15):
        while True:
            trace = await trace_of(store, outbox, to)
            if is_so(trace):
                return trace
            await anyio.sleep(0.02)


def is_sent(trace: MailTrace) -> bool:
    return trace.state is MailState.SENT


async def test_s21_a_letter_is_with_the_server_less_than_a_second_after_its_commit(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox
) -> None:
    async with sending(mailbox.url):
        await anyio.sleep(1.5)  # the sender is idle
        await put(store, outbox)
        committed_at = time.monotonic()

        await wait_until(store, outbox, is_sent)

    (letter,) = mailbox.letters
    assert LINK in letter.text
    assert letter.received_at - committed_at < 1


async def test_a_letter_put_by_another_process_is_found_by_looking(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, other_outbox: Outbox
) -> None:
    async with sending(mailbox.url):
        await anyio.sleep(0.5)
        await put(store, other_outbox)

        await wait_until(store, outbox, is_sent)

    assert len(mailbox.letters) == 1


async def test_rel08_greylisting_is_waited_out(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, clock: FixedClock
) -> None:
    mailbox.misbehave(Trouble("RCPT", "450 4.2.1 nora@exemple.fr greylisted", times=2))
    async with sending(mailbox.url):
        await put(store, outbox)
        first = await wait_until(store, outbox, lambda trace: trace.reason is not None)
        clock.advance(seconds=2)
        second = await wait_until(store, outbox, lambda trace: trace.attempts == 2 and trace.due_at > clock.now())
        clock.advance(seconds=5)
        last = await wait_until(store, outbox, is_sent)

    assert (first.state, first.reason) == (MailState.WAITING, "RCPT 450 4.2.1")
    assert first.due_at - first.created_at == timedelta(seconds=2)
    assert second.due_at - first.due_at == timedelta(seconds=5)
    assert last.attempts == 3
    assert len(mailbox.letters) == 1


async def test_rel08_a_refusal_for_good_is_a_dead_letter_with_its_reason(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox
) -> None:
    mailbox.misbehave(Trouble("RCPT", "550 5.1.1 <nora@exemple.fr> unknown"))
    async with sending(mailbox.url):
        mail_id = await put(store, outbox)
        trace = await wait_until(store, outbox, lambda trace: trace.state is MailState.DEAD)

    payload = await store.read(
        lambda tx: tx.execute(select(MAIL.c.sealed_payload).where(MAIL.c.id == mail_id)).scalar_one()
    )
    assert (trace.reason, payload) == ("RCPT 550 5.1.1", None)
    assert mailbox.letters == []


async def test_rel08_after_24_hours_a_letter_is_given_up(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, clock: FixedClock
) -> None:
    mailbox.misbehave(Trouble("DATA", "451 4.3.0 later"))
    await store.write(lambda tx: outbox.put(tx, make_letter(expires_at=clock.now() + timedelta(hours=48))))
    clock.advance(hours=24)

    async with sending(mailbox.url):
        trace = await wait_until(store, outbox, lambda trace: trace.state is MailState.DEAD)

    assert trace.reason == "DATA 451 4.3.0"


async def test_rel08_a_letter_whose_link_has_ended_is_not_sent(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, clock: FixedClock
) -> None:
    await put(store, outbox)
    clock.advance(hours=24)

    async with sending(mailbox.url):
        await wait_until(store, outbox, lambda trace: trace.state is MailState.EXPIRED)

    assert mailbox.letters == []


async def test_rel08_a_letter_that_fails_just_before_its_end_waits_no_longer_than_that(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, clock: FixedClock
) -> None:
    mailbox.misbehave(Trouble("RCPT", "450 later"))
    expires_at = clock.now() + timedelta(seconds=1)
    await store.write(lambda tx: outbox.put(tx, make_letter(expires_at=expires_at)))

    async with sending(mailbox.url):
        trace = await wait_until(store, outbox, lambda trace: trace.reason is not None)

    assert trace.due_at == expires_at


async def test_rel08_a_cut_in_data_is_tried_again(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, clock: FixedClock
) -> None:
    mailbox.misbehave(Trouble("DATA", CUT, times=1))
    async with sending(mailbox.url):
        await put(store, outbox)
        await wait_until(store, outbox, lambda trace: trace.reason == "disconnected")
        clock.advance(seconds=2)
        await wait_until(store, outbox, is_sent)

    assert len(mailbox.letters) == 1


async def test_a_letter_sent_twice_is_recognised_by_its_message_id(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, clock: FixedClock
) -> None:
    mailbox.misbehave(Trouble("DATA", CUT, keeps_letter=True, times=1))
    async with sending(mailbox.url):
        mail_id = await put(store, outbox)
        await wait_until(store, outbox, lambda trace: trace.reason == "disconnected")
        clock.advance(seconds=2)
        await wait_until(store, outbox, is_sent)

    assert [letter.message["Message-ID"] for letter in mailbox.letters] == [f"<{mail_id}@clickasso.fr>"] * 2


async def test_rel08_a_server_that_is_down_is_waited_for(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox
) -> None:
    url = mailbox.url
    mailbox.close()

    async with sending(url):
        await put(store, outbox)
        trace = await wait_until(store, outbox, lambda trace: trace.reason is not None)

    assert (trace.state, trace.reason) == (MailState.WAITING, "connection refused")


async def test_two_senders_send_each_letter_once(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox
) -> None:
    async with sending(mailbox.url), sending(mailbox.url):
        for number in range(40):
            await put(store, outbox, f"m{number}@exemple.fr")
        await anyio.to_thread.run_sync(mailbox.wait_for, 40)
        await anyio.sleep(0.5)

    assert sorted(letter.to for letter in mailbox.letters) == sorted(f"m{number}@exemple.fr" for number in range(40))


async def test_rel08_a_slow_domain_holds_up_nobody(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox
) -> None:
    mailbox.misbehave(Trouble("RCPT", "250 OK", wait_seconds=3, domain="@lent.fr"))
    async with sending(mailbox.url):
        await store.write(lambda tx: [outbox.put(tx, make_letter(to=f"m{number}@lent.fr")) for number in range(12)])
        began = time.monotonic()
        await put(store, outbox, "nora@vif.fr")
        await wait_until(store, outbox, is_sent, "nora@vif.fr")

    assert time.monotonic() - began < 10
    assert next(letter for letter in mailbox.letters if letter.to == "nora@vif.fr").received_at - began < 1


async def test_sec09_a_decoy_is_never_sent_and_ends_like_a_letter(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox
) -> None:
    async with sending(mailbox.url):
        decoy = await store.write(lambda tx: outbox.put_decoy(tx, make_letter()))
        await put(store, outbox, "autre@exemple.fr")
        await wait_until(store, outbox, is_sent, "autre@exemple.fr")
        await anyio.sleep(0.2)

    row = await store.read(lambda tx: tx.execute(select(MAIL).where(MAIL.c.id == decoy)).mappings().one())
    assert (row["state"], row["sealed_payload"]) == (MailState.EXPIRED, None)
    assert [letter.to for letter in mailbox.letters] == ["autre@exemple.fr"]


async def test_rel08_a_letter_sent_while_the_database_is_away_is_marked_when_it_is_back(
    store: Store,
    outbox: Outbox,
    clock: FixedClock,
    entropy: SeededEntropy,
    mailbox: Mailbox,
    open_transport: OpenTransport,
) -> None:
    failing = FailingStore(store)
    await put(store, outbox)
    mailbox.misbehave(Trouble("DATA", "250 OK", wait_seconds=0.5))

    async with make_sending(failing, outbox, clock, entropy, open_transport)(mailbox.url):
        await anyio.sleep(0.3)  # the letter is on its way
        failing.is_away = True
        await anyio.to_thread.run_sync(mailbox.wait_for)
        await anyio.sleep(1)
        failing.is_away = False
        trace = await wait_until(store, outbox, is_sent)

    assert (trace.attempts, len(mailbox.letters)) == (1, 1)


async def test_a_sender_survives_a_database_that_is_away(
    store: Store,
    outbox: Outbox,
    clock: FixedClock,
    entropy: SeededEntropy,
    mailbox: Mailbox,
    open_transport: OpenTransport,
) -> None:
    failing = FailingStore(store, is_away=True)
    await put(store, outbox)

    async with make_sending(failing, outbox, clock, entropy, open_transport)(mailbox.url):
        await anyio.sleep(0.5)
        failing.is_away = False
        await wait_until(store, outbox, is_sent)

    assert len(mailbox.letters) == 1


@pytest.mark.parametrize("trouble", [Trouble("RCPT", "550 nora@exemple.fr"), Trouble("DATA", "451 nora"), Trouble("X")])
async def test_sec29_no_address_link_or_code_is_in_the_log(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, trouble: Trouble
) -> None:
    mailbox.misbehave(trouble)
    with structlog.testing.capture_logs() as lines:
        async with sending(mailbox.url):
            await put(store, outbox)
            await wait_until(store, outbox, lambda trace: trace.reason is not None or is_sent(trace))

    said = repr(lines)
    assert lines
    assert not any(secret in said for secret in ("nora", "exemple", "rl_", "BCDF", "Escrime"))


async def test_a_template_that_fails_holds_up_its_own_letter_only(
    store: Store,
    outbox: Outbox,
    clock: FixedClock,
    entropy: SeededEntropy,
    mailbox: Mailbox,
    open_transport: OpenTransport,
) -> None:
    english_only = Renderer(lambda language: BrokenCatalogue() if language == "en" else gettext.NullTranslations())
    courier = Courier(english_only, open_transport(mailbox.url), clock, SENDER)
    broken = await store.write(lambda tx: outbox.put(tx, make_letter(language="en", to="emma@exemple.fr")))
    await put(store, outbox)

    async with running(MailWorker(store, outbox, courier, clock, entropy)):
        await wait_until(store, outbox, is_sent)
        trace = await wait_until(store, outbox, lambda trace: trace.reason is not None, "emma@exemple.fr")

    assert (trace.id, trace.state, trace.reason) == (broken, MailState.WAITING, "KeyError")


async def test_an_address_that_is_none_is_a_dead_letter(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox
) -> None:
    async with sending(mailbox.url):
        await put(store, outbox, "nora@exemple.fr,tous@exemple.fr")
        trace = await wait_until(
            store, outbox, lambda trace: trace.state is MailState.DEAD, "nora@exemple.fr,tous@exemple.fr"
        )

    assert trace.reason == "bad address"
    assert mailbox.letters == []


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_rel05_what_is_not_finished_in_time_is_given_back_without_costing_an_attempt(
    store: Store, outbox: Outbox, sending: Sending, mailbox: Mailbox, clock: FixedClock
) -> None:
    mailbox.misbehave(Trouble("RCPT", "250 OK", wait_seconds=60))
    began = time.monotonic()
    async with sending(mailbox.url):
        await put(store, outbox)
        await anyio.sleep(0.5)

    trace = await trace_of(store, outbox)
    claims = await store.write(
        lambda tx: outbox_store.claim(
            tx, "next", 1, now=clock.now(), lease_now=clock.now(), until=clock.now() + timedelta(seconds=10)
        )
    )
    assert time.monotonic() - began < 10
    assert (trace.state, trace.attempts, trace.reason) == (MailState.WAITING, 0, None)
    assert [claim.id for claim in claims] == [trace.id]
