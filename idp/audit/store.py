"""Writes events inside the unit that makes them true: none without its change, no change without its event."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select

from idp.audit.tables import AuditEvent
from idp.store import Transaction
from idp.store.tables import table_of

_EVENT = table_of(AuditEvent)
_INSERT = _EVENT.insert()
_OLD = select(_EVENT.c.id).where(_EVENT.c.happened_at < bindparam("before")).limit(bindparam("most"))
_PURGE = delete(_EVENT).where(_EVENT.c.id.in_(_OLD.scalar_subquery()))


@dataclass(frozen=True)
class Event:
    """What happened. `detail` holds plain values and never a secret or a typed password."""

    name: str
    happened_at: datetime
    association_id: str | None = None
    person_id: str | None = None
    credential_id: str | None = None
    client_id: str | None = None
    source: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def record(tx: Transaction, event: Event) -> None:
    """Write the event in this unit."""
    tx.execute(_INSERT, asdict(event))


def purge_events(tx: Transaction, before: datetime, most: int = 500) -> int:
    """Drop at most `most` events that are older than they may be kept (CNIL 2021-122)."""
    return tx.execute(_PURGE, {"before": before, "most": most}).rowcount
