"""The SQL of reset links. Use is one conditional UPDATE whose row count decides."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from idp.recovery.rules import MAXIMUM_TRIES, Link, is_live, to_cancel
from idp.recovery.tables import ResetLink
from idp.store import Transaction
from idp.store.secrets import TokenHash
from idp.store.tables import table_of

_LINK = table_of(ResetLink)
_COLUMNS = [_LINK.c[name] for name in Link.__dataclass_fields__]
_LIVE = _LINK.c.used_at.is_(None) & _LINK.c.cancelled_at.is_(None) & (_LINK.c.expires_at > bindparam("at"))
_BY_LINK = select(*_COLUMNS).where(_LINK.c.link_hash == bindparam("secret"))
_BY_FORM = select(*_COLUMNS).where(_LINK.c.form_hash == bindparam("secret"), _LINK.c.form_expires_at > bindparam("at"))
_OF_CREDENTIAL = select(*_COLUMNS).where(_LINK.c.credential_id == bindparam("credential"), _LIVE)
_CANCEL = update(_LINK).where(_LINK.c.link_hash == bindparam("link"), _LIVE).values(cancelled_at=bindparam("at"))
_SPEND = update(_LINK).where(_LINK.c.link_hash == bindparam("link"), _LIVE).values(used_at=bindparam("at"))
_COUNT_TRY = (
    update(_LINK)
    .where(_LINK.c.browser_hash == bindparam("browser"), _LIVE, _LINK.c.code_tries < MAXIMUM_TRIES)
    .values(code_tries=_LINK.c.code_tries + 1)
    .returning(_LINK.c.link_hash, _LINK.c.code_hash)
)
_OPEN_FORM = (
    update(_LINK)
    .where(_LINK.c.link_hash == bindparam("link"), _LIVE)
    .values(form_hash=bindparam("form"), form_expires_at=bindparam("until"), code_tries=_LINK.c.code_tries - 1)
)


def add_link(tx: Transaction, link: Link, code_hash: TokenHash | None) -> None:
    """Store a link; where three are live already, the oldest is cancelled (SEC-04)."""
    live = [Link(*row) for row in tx.execute(_OF_CREDENTIAL, {"credential": link.credential_id, "at": link.created_at})]
    for old in to_cancel(live):
        tx.execute(_CANCEL, {"link": old.link_hash, "at": link.created_at})
    tx.execute(_LINK.insert(), {**asdict(link), "code_hash": code_hash, "code_tries": 0})


def find_by_link(tx: Transaction, secret: TokenHash, at: datetime) -> Link | None:
    """Return the live link that this mailed secret opens."""
    return _live(tx, _BY_LINK, {"secret": secret}, at)


def find_by_form(tx: Transaction, secret: TokenHash, at: datetime) -> Link | None:
    """Return the live link whose form this secret holds: its code was typed less than 15 minutes ago."""
    return _live(tx, _BY_FORM, {"secret": secret, "at": at}, at)


def find_former(tx: Transaction, secret: TokenHash) -> Link | None:
    """Return the link that this mailed secret opens or once opened, as long as it is kept."""
    row = tx.execute(_BY_LINK, {"secret": secret}).first()
    return Link(*row) if row else None


def _live(tx: Transaction, statement: Any, values: dict[str, Any], at: datetime) -> Link | None:  # noqa: ANN401 -- a Select of these columns
    row = tx.execute(statement, values).first()
    link = Link(*row) if row else None
    return link if link and is_live(link, at) else None


def live_links(tx: Transaction, credential_id: str, at: datetime) -> list[Link]:
    """Return the mailbox's live links."""
    return [Link(*row) for row in tx.execute(_OF_CREDENTIAL, {"credential": credential_id, "at": at})]


def spend_link(tx: Transaction, link: Link, at: datetime) -> bool:
    """Use the link, once: False when it was used, cancelled or has ended meanwhile."""
    return tx.execute(_SPEND, {"link": link.link_hash, "at": at}).rowcount == 1


def count_code_try(tx: Transaction, browser: TokenHash, at: datetime) -> dict[str, str]:
    """Count a try on every live code of this browser, before it is compared. Returns code hash → link hash."""
    rows = tx.execute(_COUNT_TRY, {"browser": browser, "at": at}).all()
    return {code: link for link, code in rows if code}


def open_form(tx: Transaction, link_hash: str, form: TokenHash, until: datetime, at: datetime) -> bool:
    """Give the form of a link a secret of its own, its code having been typed right; the try is given back."""
    values = {"link": link_hash, "form": form, "until": until, "at": at}
    return tx.execute(_OPEN_FORM, values).rowcount == 1
