"""Takes access away, everywhere at once, inside one unit: sessions, grants (with their codes and tokens), links."""

from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, update

from idp.oauth.tables import Grant
from idp.recovery.tables import ResetLink
from idp.sessions.tables import BrowserSession
from idp.store import Transaction
from idp.store.tables import table_of

_SESSION = table_of(BrowserSession)
_GRANT = table_of(Grant)
_LINK = table_of(ResetLink)


def end_person(tx: Transaction, association_id: str, person_id: str, at: datetime) -> None:
    """End the person's sessions and grants. Others behind the same mailbox keep theirs."""
    person = {"association": association_id, "person": person_id, "at": at}
    for table, column in ((_SESSION, "ended_at"), (_GRANT, "revoked_at")):
        whose = (table.c.association_id == bindparam("association")) & (table.c.person_id == bindparam("person"))
        tx.execute(update(table).where(whose, table.c[column].is_(None)).values({column: bindparam("at")}), person)


def end_credential(tx: Transaction, credential_id: str, at: datetime) -> None:
    """End all sessions, grants and live links of a mailbox: its password changed, or it was disabled (S33)."""
    mailbox = {"credential": credential_id, "at": at}
    for table, column in ((_SESSION, "ended_at"), (_GRANT, "revoked_at")):
        whose: ColumnElement[bool] = table.c.credential_id == bindparam("credential")
        tx.execute(update(table).where(whose, table.c[column].is_(None)).values({column: bindparam("at")}), mailbox)
    cancel_links(tx, credential_id, at)


def cancel_links(tx: Transaction, credential_id: str, at: datetime) -> None:
    """Cancel the mailbox's live reset links and the codes beside them."""
    live = _LINK.c.used_at.is_(None) & _LINK.c.cancelled_at.is_(None)
    tx.execute(
        update(_LINK)
        .where(_LINK.c.credential_id == bindparam("credential"), live)
        .values(cancelled_at=bindparam("at")),
        {"credential": credential_id, "at": at},
    )


def end_session(tx: Transaction, sid: str, at: datetime) -> None:
    """End one session and the grants that live by it; those with `offline_access` end too: the person signed out."""
    for table, column in ((_SESSION, "ended_at"), (_GRANT, "revoked_at")):
        tx.execute(
            update(table)
            .where(table.c.sid == bindparam("session"), table.c[column].is_(None))
            .values({column: bindparam("at")}),
            {"session": sid, "at": at},
        )


def end_everyone(tx: Transaction, at: datetime) -> None:
    """End every session and every grant: a signing key fell into other hands (SEC-25)."""
    for table, column in ((_SESSION, "ended_at"), (_GRANT, "revoked_at")):
        tx.execute(update(table).where(table.c[column].is_(None)).values({column: bindparam("at")}), {"at": at})
