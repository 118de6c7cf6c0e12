"""Sends what waits in the outbox, several letters at a time, until each is sent, dead or expired (REL-08).

A letter is claimed by a lease that is renewed while it is being sent, so that a killed sender's letters are taken up by
another within ten seconds. Nothing is sent twice, but where a sender dies between the server's answer and the mark.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import anyio
import structlog
from anyio import CapacityLimiter, to_thread
from anyio.abc import TaskGroup

from idp.clock import Clock
from idp.entropy import Entropy, random_id
from idp.errors import Unavailable
from idp.mail import store as outbox_store
from idp.mail.courier import Courier
from idp.mail.letter import Letter
from idp.mail.outbox import Outbox, Unreadable
from idp.mail.rules import domain_of, next_attempt
from idp.mail.slots import PARALLEL, Slots
from idp.mail.store import DECOY, Claim, MailState
from idp.mail.transport import Failure
from idp.store import Store, Transaction

LEASE = timedelta(seconds=9)
RENEW_SECONDS = 3.0
IDLE_SECONDS = 1.0
LOOKS_AFTER_RING = (0.01, 0.05, 0.25)
"""Seconds: the bell rings inside the unit that puts a letter, and on PostgreSQL its commit may come a little later."""
AHEAD = 32
"""Letters that a sender holds at most, those that wait for a slot included."""
LONGEST_SEND_SECONDS = 900.0
GIVEN_BACK_FOR = timedelta(seconds=5)
DRAIN_SECONDS = 6.0
ABORT_SECONDS = 1.5

_log = structlog.get_logger(__name__)

Written = TypeVar("Written")


class MailWorker:
    """A sender. As many may run as one likes, in one process or several: none sends what another holds."""

    def __init__(self, store: Store, outbox: Outbox, courier: Courier, clock: Clock, entropy: Entropy) -> None:
        """`outbox` must be the one that this process puts letters in, for its bell to be heard."""
        self._store = store
        self._outbox = outbox
        self._courier = courier
        self._clock = clock
        self._name = random_id(entropy, "sender")
        self._held: dict[str, float | None] = {}
        """The letters we hold, with the loop's time when their sending began."""
        self._aborted: set[str] = set()
        self._database_ahead: timedelta | None = None

    async def run(self, stop: anyio.Event) -> None:
        """Send until `stop` is set; then let what is in flight finish, for six seconds, and give back the rest."""
        self._stop = stop
        self._wake = anyio.Event()
        self._emptied = anyio.Event()
        self._slots = Slots()
        self._threads = CapacityLimiter(PARALLEL)
        loop = asyncio.get_running_loop()
        with self._outbox.bell.heard_by(lambda: loop.call_soon_threadsafe(self._rouse)):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._hold_on)
                tasks.start_soon(self._rouse_at_stop)
                await self._send_until_stop(tasks)
                await self._drain()
                tasks.cancel_scope.cancel()

    def _rouse(self) -> None:
        self._wake.set()

    async def _rouse_at_stop(self) -> None:
        await self._stop.wait()
        self._rouse()

    async def _send_until_stop(self, tasks: TaskGroup) -> None:
        looks: tuple[float, ...] = LOOKS_AFTER_RING
        has_sent = False
        while not self._stop.is_set():
            claims = await self._claim()
            for claim in claims:
                self._held[claim.id] = None
                tasks.start_soon(self._carry, claim)
            if has_sent and not self._held:
                await to_thread.run_sync(self._courier.transport.close_idle, limiter=self._threads)
            has_sent = bool(self._held)
            pause, *later = looks or (IDLE_SECONDS,)
            with anyio.move_on_after(pause):
                await self._wake.wait()
            looks = LOOKS_AFTER_RING if self._wake.is_set() else tuple(later)
            self._wake = anyio.Event()

    async def _claim(self) -> list[Claim]:
        most = AHEAD - len(self._held)
        if most <= 0:
            return []

        def unit(tx: Transaction) -> list[Claim]:
            now = self._clock.now()
            if self._database_ahead is None:
                self._database_ahead = outbox_store.database_ahead(tx, now)
            lease_now = now + self._database_ahead
            return outbox_store.claim(tx, self._name, most, now=now, lease_now=lease_now, until=lease_now + LEASE)

        try:
            return await self._store.write(unit)
        except Unavailable as fault:
            _log.warning("mail.database_unavailable", part=fault.part)
            return []

    async def _carry(self, claim: Claim) -> None:
        try:
            if claim.expires_at is not None and claim.expires_at <= self._clock.now():
                await self._end(claim, MailState.EXPIRED)
            else:
                await self._send(claim, self._outbox.open(claim.sealed_payload))
        except Unreadable:  # put by another release or under another KEK: another sender may know
            await self._settle(claim, Failure("unreadable"))
        finally:
            del self._held[claim.id]
            self._aborted.discard(claim.id)
            if len(self._held) == AHEAD // 2:
                self._rouse()
            if not self._held:
                self._emptied.set()

    async def _send(self, claim: Claim, letter: Letter) -> None:
        async with self._slots.one_for(domain_of(letter.to)) as has_slot:
            if not has_slot or self._stop.is_set():
                return await self._give_back(claim, GIVEN_BACK_FOR if not has_slot else timedelta(0))
            self._held[claim.id] = anyio.current_time()
            failure = await to_thread.run_sync(
                self._courier.carry, claim, letter, limiter=self._threads, abandon_on_cancel=True
            )
        return await self._settle(claim, failure)

    async def _settle(self, claim: Claim, failure: Failure | None) -> None:
        """Mark what became of the letter."""
        if claim.kind == DECOY:
            return await self._end(claim, MailState.EXPIRED)
        if failure is None:
            return await self._end(claim, MailState.SENT)
        if failure.is_final:
            return await self._end(claim, MailState.DEAD, failure.reason)
        if claim.id in self._aborted and self._stop.is_set():
            return await self._give_back(claim, timedelta(0))
        due_at = next_attempt(claim.created_at, claim.attempts, self._clock.now())
        if due_at is None:
            return await self._end(claim, MailState.DEAD, failure.reason)
        return await self._postpone(claim, min(due_at, claim.expires_at or due_at), failure.reason)

    async def _end(self, claim: Claim, state: MailState, reason: str | None = None) -> None:
        at = self._clock.now()
        await self._write(lambda tx: outbox_store.end(tx, claim.id, state, reason, at))
        if claim.kind != DECOY:
            _log.info(f"mail.{state}", mail=claim.id, kind=claim.kind, attempts=claim.attempts, reason=reason)

    async def _postpone(self, claim: Claim, due_at: datetime, reason: str) -> None:
        await self._write(lambda tx: outbox_store.postpone(tx, self._name, claim.id, due_at, reason))
        _log.warning("mail.postponed", mail=claim.id, kind=claim.kind, attempts=claim.attempts, reason=reason)

    async def _give_back(self, claim: Claim, wait: timedelta) -> None:
        due_at = self._clock.now() + wait
        await self._write(lambda tx: outbox_store.give_back(tx, self._name, claim.id, due_at))

    async def _write(self, unit: Callable[[Transaction], Written]) -> Written:
        """Write, however long the database is away: a letter that was sent must not be sent again."""
        while True:
            try:
                return await self._store.write(unit)
            except Unavailable as fault:
                _log.warning("mail.database_unavailable", part=fault.part)
                await anyio.sleep(IDLE_SECONDS / 2)

    async def _hold_on(self) -> None:
        """Renew the leases of what we hold, and cut what takes for ever."""
        while True:
            await anyio.sleep(RENEW_SECONDS)
            latest_start = anyio.current_time() - LONGEST_SEND_SECONDS
            for mail_id in [mail for mail, began in self._held.items() if began is not None and began < latest_start]:
                self._courier.transport.abort(mail_id)
            if self._held:
                ids, until = list(self._held), self._clock.now() + (self._database_ahead or timedelta(0)) + LEASE
                await self._write(partial(outbox_store.renew, sender=self._name, ids=ids, until=until))

    async def _drain(self) -> None:
        """Wait for the letters in flight; then cut them, which gives them back."""
        await self._wait_until_nothing_held(DRAIN_SECONDS)
        for mail_id in list(self._held):
            self._aborted.add(mail_id)
            self._courier.transport.abort(mail_id)
        await self._wait_until_nothing_held(ABORT_SECONDS)
        with anyio.move_on_after(ABORT_SECONDS):
            await to_thread.run_sync(self._courier.transport.close_idle, abandon_on_cancel=True)

    async def _wait_until_nothing_held(self, seconds: float) -> None:
        self._emptied = anyio.Event()
        with anyio.move_on_after(seconds):
            if self._held:
                await self._emptied.wait()
