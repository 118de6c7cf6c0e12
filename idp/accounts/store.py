"""SQL of credentials and subjects. Each function runs in the caller's unit.

A credential is keyed by (association, canonical email, else canonical username); a subject by (association, person).
Says nothing about who is eligible.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.accounts.tables import Credential, Subject
from idp.entropy import Entropy, random_id
from idp.store import Transaction
from idp.store.prepared import Prepared
from idp.store.tables import table_of

_CREDENTIAL = table_of(Credential)
_SUBJECT = table_of(Subject)


@dataclass(frozen=True)
class CredentialFacts:
    """A credential as it was when read. Two that are equal have seen no change in between."""

    id: str
    association_id: str
    login_key: str
    address: str | None
    """Where mail goes, as the membership domain gave it last."""
    password_hash: str | None
    password_changed_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    created_at: datetime


_COLUMNS = [_CREDENTIAL.c[field.name] for field in fields(CredentialFacts)]
_BY_KEY = Prepared(
    select(*_COLUMNS).where(
        _CREDENTIAL.c.association_id == bindparam("association"), _CREDENTIAL.c.login_key == bindparam("key")
    )
)
_WITH_ID = select(*_COLUMNS).where(_CREDENTIAL.c.id == bindparam("credential"))
_BY_ID = Prepared(_WITH_ID)
_HOLD = _WITH_ID.with_for_update(key_share=True)
_THIS = update(_CREDENTIAL).where(_CREDENTIAL.c.id == bindparam("credential"))
_SET_ADDRESS = _THIS.values(address=bindparam("new_address"))
_SET_PASSWORD = _THIS.where(_CREDENTIAL.c.disabled_at.is_(None)).values(
    password_hash=bindparam("fresh"), password_changed_at=bindparam("at")
)
_REPLACE_HASH = _THIS.where(_CREDENTIAL.c.password_hash == bindparam("was")).values(password_hash=bindparam("fresh"))
_FORGET_PASSWORD = _THIS.values(password_hash=None, password_changed_at=bindparam("at"))
_MOVE = _THIS.values(login_key=bindparam("new_key"), address=bindparam("new_address"))
_DISABLE = _THIS.where(_CREDENTIAL.c.disabled_at.is_(None)).values(
    disabled_at=bindparam("at"), disabled_reason=bindparam("reason")
)
_ENABLE = _THIS.where(_CREDENTIAL.c.disabled_at.is_not(None)).values(disabled_at=None, disabled_reason=None)
_SUB = Prepared(
    select(_SUBJECT.c.sub).where(
        _SUBJECT.c.association_id == bindparam("association"), _SUBJECT.c.person_id == bindparam("person")
    )
)
_DROP_SUBJECT = delete(_SUBJECT).where(
    _SUBJECT.c.association_id == bindparam("association"), _SUBJECT.c.person_id == bindparam("person")
)
_INSERTS = {
    # Two first requests at the same moment make one account (S8): the second insert finds the first and does nothing.
    dialect: (
        make(_CREDENTIAL).on_conflict_do_nothing(index_elements=["association_id", "login_key"]),
        make(_SUBJECT).on_conflict_do_nothing(index_elements=["association_id", "person_id"]),
    )
    for dialect, make in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}


def find_credential(tx: Transaction, association_id: str, login_key: str) -> CredentialFacts | None:
    """Return the credential of a mailbox (or, without one, a username), if it was ever born."""
    return _facts(_BY_KEY.first(tx, {"association": association_id, "key": login_key}))


def credential_by_id(tx: Transaction, credential_id: str) -> CredentialFacts | None:
    """Return the credential, if it is still there."""
    return _facts(_BY_ID.first(tx, {"credential": credential_id}))


def hold_credential(tx: Transaction, credential_id: str) -> CredentialFacts | None:
    """Return the credential and keep it as it is until the end of this unit; whoever else holds it waits.

    Every unit that opens a session, or that takes away what hangs on a credential, holds it before it reads: so no
    session outlives the new password that overtook its sign-in (SEC-05). SQLite has one writer at a time and needs no
    lock.
    """
    return _facts(tx.execute(_HOLD, {"credential": credential_id}).one_or_none())


def create_credential(
    tx: Transaction, association_id: str, login_key: str, *, address: str | None, at: datetime, entropy: Entropy
) -> CredentialFacts:
    """Return the mailbox's credential, born now without a password where it wasn't yet: once, whoever else asks (S8).

    `address` becomes the address that mail goes to.
    """
    born = {
        "id": random_id(entropy, "cred"),
        "association_id": association_id,
        "login_key": login_key,
        "address": address,
        "created_at": at,
    }
    tx.execute(_INSERTS[tx.dialect.name][0], born)
    facts = find_credential(tx, association_id, login_key)
    if facts is None:  # pragma: no cover -- the line above wrote it, in this very unit
        raise LookupError(login_key)
    if address is not None and facts.address != address:
        tx.execute(_SET_ADDRESS, {"credential": facts.id, "new_address": address})
        return replace(facts, address=address)
    return facts


def set_password(tx: Transaction, credential_id: str, password_hash: str, at: datetime) -> bool:
    """Set the password. False, and nothing set, when the account is disabled or gone.

    Ends nothing by itself: `idp.accounts.access.end_credential` does (S33).
    """
    return bool(tx.execute(_SET_PASSWORD, {"credential": credential_id, "fresh": password_hash, "at": at}).rowcount)


def replace_hash(tx: Transaction, credential_id: str, *, was: str, fresh: str) -> bool:
    """Store the same password at today's price, unless it changed meanwhile (then False)."""
    return bool(tx.execute(_REPLACE_HASH, {"credential": credential_id, "was": was, "fresh": fresh}).rowcount)


def forget_password(tx: Transaction, credential_id: str, at: datetime) -> None:
    """Leave the credential without a password: nobody stands behind it any more."""
    tx.execute(_FORGET_PASSWORD, {"credential": credential_id, "at": at})


def move_credential(tx: Transaction, credential_id: str, *, new_key: str, new_address: str | None) -> None:
    """Let the credential follow its person to another email or username, which must have no credential yet."""
    tx.execute(_MOVE, {"credential": credential_id, "new_key": new_key, "new_address": new_address})


def disable(tx: Transaction, credential_id: str, at: datetime, reason: str | None = None) -> bool:
    """Disable the account. False when it is already."""
    return bool(tx.execute(_DISABLE, {"credential": credential_id, "at": at, "reason": reason}).rowcount)


def enable(tx: Transaction, credential_id: str) -> bool:
    """Enable the account again. False when it is already."""
    return bool(tx.execute(_ENABLE, {"credential": credential_id}).rowcount)


def subject_of(tx: Transaction, association_id: str, person_id: str, *, at: datetime, entropy: Entropy) -> str:
    """Return the person's `sub`, drawn at first need: random, and never anybody else's (OIDC Core §8)."""
    whose = {"association": association_id, "person": person_id}
    known: str | None = _SUB.scalar(tx, whose)
    if known is not None:
        return known
    born = {
        "sub": random_id(entropy, "sub"),
        "association_id": association_id,
        "person_id": person_id,
        "created_at": at,
    }
    tx.execute(_INSERTS[tx.dialect.name][1], born)
    sub: str = _SUB.scalar(tx, whose)
    return sub


def drop_subject(tx: Transaction, association_id: str, person_id: str) -> None:
    """Forget the person's `sub` with the person (SEC-48). Who comes back gets another."""
    tx.execute(_DROP_SUBJECT, {"association": association_id, "person": person_id})


def _facts(row: Sequence[Any] | None) -> CredentialFacts | None:
    return CredentialFacts(*row) if row is not None else None
