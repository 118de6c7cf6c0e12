"""Pending requests: what an application asked for, kept while its member signs in, tied to one browser (SEC-15).

The id stands in the addresses of pages and is worth nothing without the browser's cookie. The association that the
request named is bound to it: nothing typed later, no second tab and no login hint changes it.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from idp.oauth.tables import PendingRequest
from idp.store import Transaction
from idp.store.secrets import TokenHash
from idp.store.tables import table_of

_PENDING = table_of(PendingRequest)
_ID = re.compile(r"rq_[A-Za-z0-9_-]{1,64}")
"""What an id of ours looks like. It comes from an address: nothing else goes to the database (SEC-31)."""


@dataclass(frozen=True)
class Pending:
    """A request that waits. `parameters` are the checked ones, as sent."""

    id: str
    browser_hash: str
    client_id: str
    parameters: Mapping[str, Any]
    association: str | None
    created_at: datetime
    expires_at: datetime


_FIND = select(*(_PENDING.c[name] for name in Pending.__dataclass_fields__)).where(
    _PENDING.c.id == bindparam("request"),
    _PENDING.c.browser_hash == bindparam("browser"),
    _PENDING.c.finished_at.is_(None),
    _PENDING.c.expires_at > bindparam("at"),
)
_FINISH = (
    update(_PENDING)
    .where(
        _PENDING.c.id == bindparam("request"),
        _PENDING.c.finished_at.is_(None),
        _PENDING.c.expires_at > bindparam("at"),
    )
    .values(finished_at=bindparam("at"))
)
_CLIENT_OF = select(_PENDING.c.client_id).where(_PENDING.c.id == bindparam("request"))


def keep_pending(tx: Transaction, pending: Pending) -> None:
    """Store a request that waits."""
    tx.execute(_PENDING.insert(), asdict(pending))


def find_pending(tx: Transaction, request_id: str, browser: TokenHash, at: datetime) -> Pending | None:
    """Return the request if it still waits, in this browser."""
    if not _ID.fullmatch(request_id):
        return None
    row = tx.execute(_FIND, {"request": request_id, "browser": browser, "at": at}).first()
    return Pending(*row) if row else None


def client_of(tx: Transaction, request_id: str) -> str | None:
    """Return who sent a request, whatever became of it: the way home for one that has ended."""
    if not _ID.fullmatch(request_id):
        return None
    client_id: str | None = tx.execute(_CLIENT_OF, {"request": request_id}).scalar()
    return client_id


def finish_pending(tx: Transaction, request_id: str, at: datetime) -> bool:
    """Answer a request, once: False when somebody was faster or it has ended."""
    return tx.execute(_FINISH, {"request": request_id, "at": at}).rowcount == 1
