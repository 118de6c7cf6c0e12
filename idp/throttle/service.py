"""Counts attempts before they are tried, and slows down who fails too often (SEC-11 to 14, SEC-45; F-09 to F-12).

A refused attempt is not counted and costs one read. One that is admitted is counted in a unit of its own, before hook
and hash; success and our own 503 give it back. A browser that the account knows has counters of its own, so that no
stranger can shut a member out. Opens nothing and refuses nobody for good.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from idp.associations.store import find_association
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.errors import Unavailable
from idp.settings import Settings
from idp.store import Store, Transaction
from idp.store.secrets import TokenHash
from idp.throttle.gate import Admitted, Counted, NullThrottle, Throttled, Throttling, Ticket, Try
from idp.throttle.gates import Gates
from idp.throttle.keys import KeyedHash, Keys
from idp.throttle.known_browsers import Renewal, account_of, forget_browsers, known_as, mark_known
from idp.throttle.numbers import Numbers
from idp.throttle.rules import Counter, Free, Gate, as_instant, as_milliseconds, judge
from idp.throttle.store import hold, keep, learn, meaning_of, read

NAMES_KEPT = timedelta(days=180)

log = structlog.get_logger("idp.throttle")


@dataclass(frozen=True)
class Account:
    """What is tried, by its keys. `association_id` is there where the association is ours."""

    association: str
    account: str
    known_id: str | None = None
    """Under which id the account knows the browser, if it does."""
    association_id: str | None = None


class Throttle:
    """The counters in the database."""

    def __init__(self, store: Store, keyed_hash: KeyedHash, clock: Clock, settings: Settings) -> None:
        """`keyed_hash` hides what is counted; it must be the same in every process. The numbers are `[throttle]`'s."""
        self._store = store
        self._clock = clock
        self._numbers = Numbers.of(settings.throttle)
        self._keys = Keys(keyed_hash)
        self._gates = Gates(self._keys, self._numbers)

    # Sign-in.

    async def admit(self, tried: Try) -> Admitted | Throttled:
        """Count an attempt before it is tried.

        Raises `Unavailable`; then nothing may be tried.
        """
        account, refused = await self._store.read(lambda tx: self._look(tx, tried))
        if refused is not None:
            return refused
        return await self._store.write(lambda tx: self._count(tx, Ticket(tried, account.account), account))

    async def confirm(self, ticket: Ticket, association_id: str, login_key: str) -> Admitted | Throttled:
        """Say which account it turned out to be: where it was typed in another way, it is counted as itself, too."""
        association = self._keys.association(association_id)
        account = self._keys.account(association, login_key)
        if account == ticket.account_key:
            return Admitted(ticket)

        def unit(tx: Transaction) -> Admitted | Throttled:
            now = self._clock.now()
            learn(tx, self._association_name(ticket.tried), association, now + NAMES_KEPT)
            learn(tx, self._account_name(association, ticket.tried), account, now + NAMES_KEPT)
            known_id = known_as(tx, ticket.tried.known, account, now)
            return self._count(tx, ticket, Account(association, account, known_id), is_counted=True)

        return await self._store.write(unit)

    async def give_back(self, ticket: Ticket) -> None:
        """Count the attempt no more: we could not answer it. Where even that fails, time forgives it."""
        with suppress(Unavailable):
            await self._store.write(lambda tx: self._give_back(tx, ticket, ()))

    def succeed(self, tx: Transaction, ticket: Ticket, fresh: TokenHash) -> None:
        """In the unit that opens the session: count the attempt no more, and know the browser under `fresh`."""
        now, source = self._clock.now(), ticket.tried.source
        known = self._gates.of_known(ticket.known_id)[:1] if ticket.known_id else []
        ended = known or [self._gates.pair(ticket.account_key, source)]
        self._give_back(tx, ticket, [*ended, self._gates.account_run(ticket.account_key)])
        renewal = Renewal(ticket.tried.known, fresh)
        mark_known(tx, ticket.account_key, renewal, now, self._numbers.known_for)

    # Recovery.

    def admits_mail(self, tx: Transaction, address: str, *, is_real: bool) -> bool:
        """Count a mail with a link to this address, and tell whether it may be sent (SEC-45).

        With `is_real=False` the same work is done for an address that nothing is sent to.
        """
        return self._count_if_free(tx, self._gates.of_mails(self._keys.mailbox(address, is_real=is_real)))

    def may_tell(self, tx: Transaction, tried: Try, *, missed: bool) -> bool:
        """Count a miss, and tell whether the explicit answer may be given (SEC-11); a hit costs the same."""
        now = self._clock.now()
        association = self._association(tx, tried, now)[0]
        gates = self._gates.of_misses(tried.source, association, account_of(tx, tried.known, now))
        return self._count_if_free(tx, gates, is_to_count=missed)

    def pardon(self, tx: Transaction, association_id: str, login_key: str, renewal: Renewal | None) -> None:
        """A mailed reset: forget the account's failures and its browsers, and know this one."""
        account = self.account_key(association_id, login_key)
        now = self._clock.now()
        day, run = self._gates.of_account(account, None)[1:]
        held = hold(tx, [day.key, run.key], now)
        keep(tx, {key: (Counter(), now) for key in held})
        forget_browsers(tx, account)
        if renewal is not None:
            mark_known(tx, account, renewal, now, self._numbers.known_for, is_anew=True)

    def know(self, tx: Transaction, account_key: str, renewal: Renewal) -> None:
        """Know a browser whose person opened a mailed link in it."""
        mark_known(tx, account_key, renewal, self._clock.now(), self._numbers.known_for, is_anew=True)

    def account_key(self, association_id: str, login_key: str) -> str:
        """Return the key of an account, for links that will make a browser known to it."""
        return self._keys.account(self._keys.association(association_id), login_key)

    # What they have in common.

    def _look(self, tx: Transaction, tried: Try) -> tuple[Account, Throttled | None]:
        """Find out whom it is about, and whether it is refused as things stand. Locks nothing, writes nothing."""
        now = self._clock.now()
        at = as_milliseconds(now)
        association, association_id = self._association(tx, tried, now)
        name = self._account_name(association, tried)
        key = meaning_of(tx, name, now) or self._keys.account(association, tried.identifier)
        account = Account(association, key, known_as(tx, tried.known, key, now), association_id)
        counters = read(tx, [gate.key for gate in self._to_hold(account, tried)])
        standing = judge(self._to_pass(account, tried, counters, at), counters, at)
        return account, None if isinstance(standing, Free) else Throttled(standing)

    def _count(
        self, tx: Transaction, ticket: Ticket, account: Account, *, is_counted: bool = False
    ) -> Admitted | Throttled:
        """Judge again with the counters in hand, and count. `is_counted`: the source and the club were counted."""
        tried, now = ticket.tried, self._clock.now()
        at = as_milliseconds(now)
        counters = hold(tx, [gate.key for gate in self._to_hold(account, tried)], now)
        gates = self._to_pass(account, tried, counters, at)
        if is_counted and account.known_id is None:
            gates = self._gates.of_account(account.account, tried.source)
        standing = judge(gates, counters, at)
        if not isinstance(standing, Free):
            return Throttled(standing)
        fresh = {gate.key: gate.rule.counted(counters[gate.key], at) for gate in gates}
        self._keep(tx, gates, fresh)
        self._sound_alarm(tx, account, counters, fresh, now)
        counted = tuple(Counted(gate, counters[gate.key]) for gate in gates)
        return Admitted(
            replace(
                ticket,
                account_key=account.account,
                at=at,
                counted=(*ticket.counted, *counted),
                known_id=account.known_id,
            )
        )

    def _give_back(self, tx: Transaction, ticket: Ticket, ended: Sequence[Gate]) -> None:
        """Take the attempt off its counters; those of `ended` begin anew. A success also speaks for its source."""
        now = self._clock.now()
        at = as_milliseconds(now)
        credit = (
            self._gates.success(ticket.account_key, ticket.tried.source) if ended and ticket.known_id is None else None
        )
        source = [
            *self._gates.of_source(ticket.tried.source, with_accounts=True),
            self._gates.misses(ticket.tried.source),
        ] if credit else []  # fmt: skip
        gates = {gate.key: gate for gate in (*(one.gate for one in ticket.counted), *ended, *source)}
        held = hold(tx, [*gates, *([credit.key] if credit else [])], now)
        fresh = dict(held)
        for one in ticket.counted:
            key = one.gate.key
            fresh[key] = one.gate.rule.given_back(fresh[key], ticket.at, one.before)
        if credit and not credit.rule.wait(held[credit.key], at):
            fresh[credit.key] = credit.rule.counted(held[credit.key], at)
            gates[credit.key] = credit
            for gate in source:
                fresh[gate.key] = _credited(gate, fresh[gate.key])
        fresh |= {gate.key: Counter() for gate in ended}
        changed = {key: counter for key, counter in fresh.items() if counter != held[key]}
        self._keep(tx, [gates[key] for key in changed], changed)

    def _count_if_free(self, tx: Transaction, gates: Sequence[Gate], *, is_to_count: bool = True) -> bool:
        now = self._clock.now()
        at = as_milliseconds(now)
        counters = hold(tx, [gate.key for gate in gates], now)
        is_free = isinstance(judge(gates, counters, at), Free)
        is_counted = is_free and is_to_count
        fresh = {
            gate.key: gate.rule.counted(counters[gate.key], at) if is_counted else counters[gate.key] for gate in gates
        }
        self._keep(tx, gates, fresh)
        return is_free

    def _keep(self, tx: Transaction, gates: Sequence[Gate], fresh: Mapping[str, Counter]) -> None:
        keep(tx, {gate.key: (fresh[gate.key], as_instant(gate.rule.ends_at(fresh[gate.key]))) for gate in gates})

    def _to_hold(self, account: Account, tried: Try) -> Sequence[Gate]:
        if account.known_id is not None:
            return self._gates.of_known(account.known_id)
        return self._gates.to_hold(account.association, account.account, tried.source)

    def _to_pass(self, account: Account, tried: Try, counters: Mapping[str, Counter], at: int) -> Sequence[Gate]:
        if account.known_id is not None:
            return self._gates.of_known(account.known_id)
        return self._gates.to_pass(account.association, account.account, tried.source, counters, at)

    def _association(self, tx: Transaction, tried: Try, now: datetime) -> tuple[str, str | None]:
        """Return the association's key, and its id if it is ours."""
        ours = find_association(tx, tried.association)
        learned = meaning_of(tx, self._association_name(tried), now)
        if ours is not None:
            return self._keys.association(ours.id), ours.id
        return learned or self._keys.unknown_association(tried.association), None

    def _association_name(self, tried: Try) -> str:
        return self._keys.counter("name", self._keys.unknown_association(tried.association))

    def _account_name(self, association: str, tried: Try) -> str:
        return self._keys.counter("name", self._keys.account(association, tried.identifier))

    def _sound_alarm(
        self,
        tx: Transaction,
        account: Account,
        before: Mapping[str, Counter],
        fresh: Mapping[str, Counter],
        now: datetime,
    ) -> None:
        """Say once an hour that an association is under attack (SEC-14)."""
        key = self._gates.association(account.association).key
        if key in fresh and len(fresh[key].marks) > 1 and len(before[key].marks) < len(fresh[key].marks):
            log.warning("association under attack", association=account.association_id or "unknown")
            record(tx, Event("throttle.alarm", now, association_id=account.association_id))


def _credited(gate: Gate, counter: Counter) -> Counter:
    """Return the counter with one failure less: a source with mostly successes is no attacker (SEC-11)."""
    return gate.rule.given_back(counter, counter.marks[0] if counter.marks else 0, counter)


def open_throttle(settings: Settings, store: Store, keyed_hash: KeyedHash, clock: Clock) -> Throttling:
    """Return the throttle that the settings ask for."""
    return Throttle(store, keyed_hash, clock, settings) if settings.testing.throttle else NullThrottle()
