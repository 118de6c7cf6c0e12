"""The SQL of sessions."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.engine import Row

from idp.oauth.tables import PendingRequest
from idp.recovery.tables import ResetLink
from idp.sessions.rules import Session, is_live
from idp.sessions.tables import BrowserSession
from idp.store import Transaction
from idp.store.secrets import TokenHash
from idp.store.tables import table_of

_SESSION = table_of(BrowserSession)
_COLUMNS = [_SESSION.c[name] for name in Session.__dataclass_fields__]
_OF_BROWSER = (
    select(*_COLUMNS)
    .where(_SESSION.c.browser_hash == bindparam("browser"), _SESSION.c.ended_at.is_(None))
    .order_by(_SESSION.c.seen_at.desc(), _SESSION.c.sid)
)
_BY_SID = select(*_COLUMNS).where(_SESSION.c.sid == bindparam("session"), _SESSION.c.ended_at.is_(None))
_RENEW = (
    update(_SESSION)
    .where(
        _SESSION.c.browser_hash == bindparam("browser"),
        _SESSION.c.association_id == bindparam("association"),
        _SESSION.c.person_id == bindparam("person"),
        _SESSION.c.credential_id == bindparam("credential"),
        _SESSION.c.ended_at.is_(None),
        _SESSION.c.expires_at > bindparam("at"),
        _SESSION.c.seen_at > bindparam("used_after"),
    )
    .returning(_SESSION.c.sid)
)
_REFRESH = (
    update(_SESSION)
    .where(_SESSION.c.sid == bindparam("session"), _SESSION.c.ended_at.is_(None))
    .values(
        seen_at=bindparam("at"),
        association_code=bindparam("new_code"),
        identifier=bindparam("new_identifier"),
        facts=bindparam("new_facts", type_=_SESSION.c.facts.type),
        as_of=bindparam("new_as_of"),
    )
    .returning(_SESSION.c.sid)
)
_MOVES = [
    update(table).where(table.c.browser_hash == bindparam("old")).values(browser_hash=bindparam("new"))
    for table in (_SESSION, table_of(PendingRequest), table_of(ResetLink))
]


def _session(row: Row[Any]) -> Session:
    return Session(**row._mapping)  # noqa: SLF001 -- SQLAlchemy's public name for a row as a mapping


def live_sessions(tx: Transaction, browser: TokenHash, at: datetime, idle: timedelta) -> list[Session]:
    """Return the browser's live sessions, the last used first."""
    found = (_session(row) for row in tx.execute(_OF_BROWSER, {"browser": browser}))
    return [session for session in found if is_live(session, at, idle)]


def find_session(tx: Transaction, sid: str, at: datetime, idle: timedelta) -> Session | None:
    """Return the session with this `sid` if it is alive."""
    row = tx.execute(_BY_SID, {"session": sid}).first()
    session = _session(row) if row else None
    return session if session and is_live(session, at, idle) else None


def open_session(tx: Transaction, session: Session, idle: timedelta) -> Session:
    """Open a session, or renew the live one that the same person has in the same browser: it keeps its `sid`."""
    renewed = tx.execute(
        _RENEW.values(
            auth_time=session.auth_time,
            seen_at=session.seen_at,
            expires_at=session.expires_at,
            association_code=session.association_code,
            identifier=session.identifier,
            facts=dict(session.facts),
            as_of=session.as_of,
        ),
        {
            "browser": session.browser_hash,
            "association": session.association_id,
            "person": session.person_id,
            "credential": session.credential_id,
            "at": session.seen_at,
            "used_after": session.seen_at - idle,
        },
    ).scalar()
    if renewed is not None:
        return Session(**{**_fields(session), "sid": renewed})
    tx.execute(_SESSION.insert().values(**_fields(session), created_at=session.seen_at))
    return session


def _fields(session: Session) -> dict[str, Any]:
    return {**asdict(session), "facts": dict(session.facts)}


def refresh_session(tx: Transaction, sid: str, at: datetime, verdict: Mapping[str, Any]) -> bool:
    """Note the last verdict and the last use; False when the session has ended meanwhile.

    `verdict` has `association_code`, `identifier`, `facts` and `as_of`.
    """
    values = {f"new_{name.removeprefix('association_')}": value for name, value in verdict.items()}
    return tx.execute(_REFRESH, {"session": sid, "at": at, **values}).first() is not None


def drop_undecided(tx: Transaction, sid: str) -> None:
    """Remove a session that has turned into a person's."""
    tx.execute(delete(_SESSION).where(_SESSION.c.sid == sid, _SESSION.c.person_id == ""))


def move_browser(tx: Transaction, old: TokenHash, new: TokenHash) -> None:
    """Give all that hangs on a browser's cookie to the cookie that replaces it at a sign-in (SEC-15)."""
    for move in _MOVES:
        tx.execute(move, {"old": old, "new": new})
