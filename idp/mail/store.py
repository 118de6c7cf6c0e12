"""The SQL of the outbox. A claim is a lease: whoever holds it sends, and when it ends another may.

One conditional UPDATE claims (with SKIP LOCKED on PostgreSQL), so that two senders never take one letter. Payloads are
wiped as soon as a letter has ended, whichever way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, case, delete, func, or_, select, update

from idp.mail.tables import OutboxMail
from idp.store import Transaction
from idp.store.tables import table_of

DECOY = "decoy"
"""The kind of a row that is never sent (SEC-09)."""

_MAIL = table_of(OutboxMail)


class MailState(StrEnum):
    """Where a letter stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Claim:
    """A letter that this sender holds until its lease ends. `attempts` counts this one."""

    id: str
    kind: str
    sealed_payload: bytes
    attempts: int
    expires_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class OutboxState:
    """How the outbox fares, for doctor and metrics. Decoys don't count."""

    depth: int
    """Letters that wait."""
    oldest_age: timedelta
    """Since the oldest waiting letter was put."""
    overdue: timedelta
    """How long the most neglected letter has been due without anybody holding it. Over a minute: no sender runs."""
    dead: int
    """Letters given up, as long as they are kept."""

    @property
    def is_stuck(self) -> bool:
        """Whether nobody takes letters up (REL-15). A mail server that refuses them is no such case."""
        return self.overdue > timedelta(minutes=1)


@dataclass(frozen=True)
class MailTrace:
    """What is known of a letter, for `account why` and the console: never its text."""

    id: str
    kind: str
    state: MailState
    attempts: int
    reason: str | None
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None


class Resend(StrEnum):
    """What became of a wish to send a letter again."""

    QUEUED = "queued"
    """It waits, and is tried at once."""
    WIPED = "wiped"
    """It was sent, died or expired, and its text is gone: a new link must be asked for."""
    UNKNOWN = "unknown"


_INSERT = _MAIL.insert()

_WAITS = _MAIL.c.state == MailState.WAITING
_IS_REAL = _MAIL.c.kind != DECOY
_IS_FREE = or_(_MAIL.c.leased_until.is_(None), _MAIL.c.leased_until <= bindparam("lease_now"))
_HELD = (_MAIL.c.leased_by == bindparam("sender")) & _WAITS

_FREE_AND_DUE = (
    select(_MAIL.c.id)
    .where(_WAITS, _MAIL.c.due_at <= bindparam("now"), _IS_FREE)
    .order_by(_MAIL.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("free_and_due")
)
_CLAIM = (
    update(_MAIL)
    .where(_MAIL.c.id.in_(select(_FREE_AND_DUE.c.id)))
    .values(leased_until=bindparam("until"), leased_by=bindparam("sender"), attempts=_MAIL.c.attempts + 1)
    .returning(
        _MAIL.c.id,
        _MAIL.c.kind,
        _MAIL.c.sealed_payload,
        _MAIL.c.attempts,
        _MAIL.c.expires_at,
        _MAIL.c.created_at,
    )
)
_RENEW = (
    update(_MAIL).where(_MAIL.c.id.in_(bindparam("ids", expanding=True)), _HELD).values(leased_until=bindparam("until"))
)
_END = (
    update(_MAIL)
    .where(_MAIL.c.id == bindparam("mail"), _WAITS)
    .values(
        state=bindparam("new_state"),
        reason=bindparam("why"),
        ended_at=bindparam("at"),
        sealed_payload=None,
        leased_until=None,
        leased_by=None,
    )
)
_POSTPONE = (
    update(_MAIL)
    .where(_MAIL.c.id == bindparam("mail"), _HELD)
    .values(due_at=bindparam("due"), reason=bindparam("why"), leased_until=None, leased_by=None)
)
_GIVE_BACK = (
    update(_MAIL)
    .where(_MAIL.c.id == bindparam("mail"), _HELD)
    .values(due_at=bindparam("due"), attempts=_MAIL.c.attempts - 1, leased_until=None, leased_by=None)
)
_HURRY = update(_MAIL).where(_MAIL.c.id == bindparam("mail"), _WAITS).values(due_at=bindparam("at"))
_EXISTS = select(_MAIL.c.id).where(_MAIL.c.id == bindparam("mail"), _IS_REAL)
_FREE_DUE_AT = case((_IS_FREE, _MAIL.c.due_at))
_WAITING_STATE = select(func.count(), func.min(_MAIL.c.created_at), func.min(_FREE_DUE_AT)).where(_WAITS, _IS_REAL)
_DEAD_COUNT = select(func.count()).where(_MAIL.c.state == MailState.DEAD, _IS_REAL)
_LAST_TO = (
    select(
        _MAIL.c.id,
        _MAIL.c.kind,
        _MAIL.c.state,
        _MAIL.c.attempts,
        _MAIL.c.reason,
        _MAIL.c.created_at,
        _MAIL.c.due_at,
        _MAIL.c.ended_at,
    )
    .where(_MAIL.c.recipient_hash == bindparam("recipient"), _IS_REAL)
    .order_by(_MAIL.c.created_at.desc())
    .limit(1)
)
_OLD = (
    select(_MAIL.c.id)
    .where(_MAIL.c.state.in_([MailState.SENT, MailState.DEAD, MailState.EXPIRED]), _MAIL.c.due_at < bindparam("before"))
    .limit(bindparam("most"))
)
_PURGE = delete(_MAIL).where(_MAIL.c.id.in_(_OLD))
_DATABASE_TIME = select(func.clock_timestamp(type_=_MAIL.c.created_at.type))


def insert(tx: Transaction, row: dict[str, object]) -> None:
    """Write a waiting letter."""
    tx.execute(_INSERT, row)


def claim(
    tx: Transaction, sender: str, most: int, *, now: datetime, lease_now: datetime, until: datetime
) -> list[Claim]:
    """Take at most `most` letters that are due and that nobody holds, the longest due first."""
    wanted = {"sender": sender, "most": most, "now": now, "lease_now": lease_now, "until": until}
    return [Claim(*row) for row in tx.execute(_CLAIM, wanted)]


def renew(tx: Transaction, sender: str, ids: Sequence[str], until: datetime) -> int:
    """Hold the letters for longer. Returns how many are still ours."""
    return tx.execute(_RENEW, {"ids": list(ids), "sender": sender, "until": until}).rowcount


def end(tx: Transaction, mail_id: str, state: MailState, reason: str | None, at: datetime) -> None:
    """Say how the letter ended and wipe its payload, whoever holds it now: what was sent must not be sent again."""
    tx.execute(_END, {"mail": mail_id, "new_state": state, "why": reason, "at": at})


def postpone(tx: Transaction, sender: str, mail_id: str, due_at: datetime, reason: str) -> None:
    """Let go of a letter that failed, until `due_at`."""
    tx.execute(_POSTPONE, {"mail": mail_id, "sender": sender, "due": due_at, "why": reason})


def give_back(tx: Transaction, sender: str, mail_id: str, due_at: datetime) -> None:
    """Let go of a letter that was not tried: it costs no attempt."""
    tx.execute(_GIVE_BACK, {"mail": mail_id, "sender": sender, "due": due_at})


def hurry(tx: Transaction, mail_id: str, at: datetime) -> Resend:
    """Make a waiting letter due at once, where its text still lives."""
    if tx.execute(_EXISTS, {"mail": mail_id}).first() is None:
        return Resend.UNKNOWN
    return Resend.QUEUED if tx.execute(_HURRY, {"mail": mail_id, "at": at}).rowcount else Resend.WIPED


def outbox_state(tx: Transaction, now: datetime) -> OutboxState:
    """Count what waits and what died."""
    depth, oldest, due = tx.execute(_WAITING_STATE, {"lease_now": now}).one()
    none = timedelta(0)
    return OutboxState(
        depth=depth,
        oldest_age=max(now - oldest, none) if oldest else none,
        overdue=max(now - due, none) if due else none,
        dead=tx.execute(_DEAD_COUNT).scalar_one(),
    )


def last_letter_to(tx: Transaction, recipient_hash: str) -> MailTrace | None:
    """Return the latest letter put for the address behind the hash."""
    row = tx.execute(_LAST_TO, {"recipient": recipient_hash}).mappings().first()
    return MailTrace(**{**row, "state": MailState(row["state"])}) if row else None


def purge_ended(tx: Transaction, before: datetime, most: int = 500) -> int:
    """Drop at most `most` letters that ended and were due before `before`. Returns how many went."""
    return tx.execute(_PURGE, {"before": before, "most": most}).rowcount


def database_ahead(tx: Transaction, now: datetime) -> timedelta:
    """Return how far the database's clock is ahead of ours; none on SQLite, which has no other clock.

    Leases are written in the database's time, so that replicas whose clocks differ agree when one has ended (REL-06).
    """
    if tx.dialect.name != "postgresql":
        return timedelta(0)
    there: datetime = tx.execute(_DATABASE_TIME).scalar_one()
    return there - now
