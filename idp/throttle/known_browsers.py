"""The browsers that an account knows: where it was opened before, by its password or by its mailbox (F-11).

A browser has one secret in a cookie of its own; the database has its hash, once for each account. The secret is renewed
at each success, so that one planted by somebody else is worth nothing afterwards. Being known opens nothing: it only
lets a browser try while strangers must wait.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.store import Transaction
from idp.store.prepared import Prepared
from idp.store.secrets import TokenHash
from idp.store.tables import table_of
from idp.throttle.tables import KnownBrowser

MOST_ACCOUNTS = 20
"""Accounts that one browser is known for; a club's computer has no reason to gather more."""

_KNOWN = table_of(KnownBrowser)
_LIVE = (_KNOWN.c.secret_hash == bindparam("secret")) & (_KNOWN.c.expires_at > bindparam("at"))
_KNOWN_AS = Prepared(select(_KNOWN.c.id).where(_LIVE, _KNOWN.c.account_key == bindparam("account")))
_ACCOUNT = Prepared(select(_KNOWN.c.account_key).where(_LIVE).order_by(_KNOWN.c.account_key).limit(1))
_OLDEST = (
    select(_KNOWN.c.account_key)
    .where(_KNOWN.c.secret_hash == bindparam("secret"))
    .order_by(_KNOWN.c.expires_at.desc())
    .offset(MOST_ACCOUNTS - 1)
)
_DROP = delete(_KNOWN).where(_KNOWN.c.secret_hash == bindparam("secret"), _KNOWN.c.account_key.in_(_OLDEST))
_RENEW = update(_KNOWN).where(_KNOWN.c.secret_hash == bindparam("was")).values(secret_hash=bindparam("fresh"))
_FORGET = delete(_KNOWN).where(_KNOWN.c.account_key == bindparam("account"))
_MARK = {
    (dialect, is_anew): statement.on_conflict_do_update(
        index_elements=["secret_hash", "account_key"],
        set_={"expires_at": statement.excluded.expires_at} | ({"id": statement.excluded.id} if is_anew else {}),
    )
    for dialect, statement in (("sqlite", sqlite_insert(_KNOWN)), ("postgresql", postgresql_insert(_KNOWN)))
    for is_anew in (False, True)
}


def known_as(tx: Transaction, secret: TokenHash | None, account_key: str, at: datetime) -> str | None:
    """Return under which id the account knows this browser, if it was opened there before and not too long ago."""
    if secret is None:
        return None
    found: str | None = _KNOWN_AS.scalar(tx, {"secret": secret, "account": account_key, "at": at})
    return found


def account_of(tx: Transaction, secret: TokenHash | None, at: datetime) -> str | None:
    """Return an account that knows this browser, always the same one, if there is any."""
    found: str | None = _ACCOUNT.scalar(tx, {"secret": secret, "at": at}) if secret is not None else None
    return found


@dataclass(frozen=True)
class Renewal:
    """A browser's old secret, if it brought one, and its fresh one, by their hashes."""

    was: TokenHash | None
    fresh: TokenHash


def mark_known(
    tx: Transaction, account_key: str, renewal: Renewal, at: datetime, span: timedelta, *, is_anew: bool = False
) -> None:
    """Have the account know the browser under its fresh secret; the old secret is worth nothing from now on.

    `is_anew`: what failed in it before is forgotten, for its person proved to read the account's mail.
    """
    if renewal.was is not None:
        tx.execute(_RENEW, {"was": renewal.was, "fresh": renewal.fresh})
        tx.execute(_DROP, {"secret": renewal.fresh})
    row = {"secret_hash": renewal.fresh, "account_key": account_key, "id": renewal.fresh, "expires_at": at + span}
    tx.execute(_MARK[tx.dialect.name, is_anew], row)


def forget_browsers(tx: Transaction, account_key: str) -> None:
    """Have the account know no browser any more: its password was reset."""
    tx.execute(_FORGET, {"account": account_key})
