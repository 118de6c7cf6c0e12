"""The unit of work on both databases: all or nothing, and refusals are outcomes."""

import threading
from datetime import datetime

import anyio
import pytest
from sqlalchemy import func, select

from idp.audit.store import Event, record
from idp.audit.tables import AuditEvent
from idp.errors import Unavailable
from idp.store import Store, Transaction
from idp.store.opening import open_store
from idp.store.tables import table_of
from tests.fakes import FixedClock

EVENT = table_of(AuditEvent)


def count_events(tx: Transaction) -> int:
    return tx.execute(select(func.count()).select_from(EVENT)).scalar_one()


def write_event(name: str, at: datetime) -> Event:
    return Event(name, at)


async def test_what_a_unit_wrote_is_there_once_it_has_answered(store: Store, clock: FixedClock) -> None:
    await store.write(lambda tx: record(tx, Event("login.succeeded", clock.now())))

    assert await store.read(count_events) == 1


async def test_a_unit_that_raises_leaves_nothing_behind(store: Store, clock: FixedClock) -> None:
    def unit(tx: Transaction) -> None:
        record(tx, Event("login.succeeded", clock.now()))
        raise LookupError("half way")

    with pytest.raises(LookupError):
        await store.write(unit)

    assert await store.read(count_events) == 0


async def test_a_unit_that_fails_does_not_undo_its_neighbours(store: Store, clock: FixedClock) -> None:
    def failing(tx: Transaction) -> None:
        record(tx, Event("login.failed", clock.now()))
        raise LookupError("half way")

    async def fail() -> None:
        with pytest.raises(LookupError):
            await store.write(failing)

    async with anyio.create_task_group() as group:
        for turn in range(20):
            group.start_soon(
                fail if turn % 2 else store.write,
                *(() if turn % 2 else (lambda tx: record(tx, Event("x", clock.now())),)),
            )

    assert await store.read(count_events) == 10


async def test_a_read_cannot_write(store: Store, clock: FixedClock) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only|OperationalError"):
        await store.read(lambda tx: record(tx, Event("login.succeeded", clock.now())))

    assert await store.read(count_events) == 0


def test_threads_may_write_at_the_same_time(store: Store, clock: FixedClock) -> None:
    def work() -> None:
        for _ in range(10):
            store.write_blocking(lambda tx: record(tx, Event("login.succeeded", clock.now())))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.read_blocking(count_events) == 80


def test_a_closed_store_takes_no_more_units(database_url: str, clock: FixedClock) -> None:
    store = open_store(database_url)
    store.write_blocking(lambda tx: record(tx, Event("login.succeeded", clock.now())))

    store.close()

    if store.dialect == "sqlite":
        with pytest.raises(Unavailable):
            store.write_blocking(lambda tx: record(tx, Event("login.succeeded", clock.now())))


async def test_instants_come_back_aware_and_in_utc(store: Store, clock: FixedClock) -> None:
    await store.write(lambda tx: record(tx, Event("login.succeeded", clock.now())))

    assert await store.read(lambda tx: tx.execute(select(EVENT.c.happened_at)).scalar_one()) == clock.now()
