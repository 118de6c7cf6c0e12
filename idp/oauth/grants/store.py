"""The SQL of grants, codes and refresh tokens. Each use is one conditional UPDATE; what it returns decides (SEC-03)."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select, update

from idp.accounts.tables import Credential
from idp.eligibility.epochs import WHOLE_ASSOCIATION
from idp.eligibility.tables import Epoch
from idp.oauth.grants.rules import GrantFacts, Peeked, Renewal, SpentCode
from idp.oauth.tables import AuthorizationCode, Grant, RefreshToken
from idp.sessions.tables import BrowserSession
from idp.store import Transaction, UtcDateTime
from idp.store.prepared import Prepared
from idp.store.secrets import TokenHash
from idp.store.tables import table_of

_GRANT = table_of(Grant)
_CODE = table_of(AuthorizationCode)
_REFRESH = table_of(RefreshToken)
_CREDENTIAL = table_of(Credential)
_SESSION = table_of(BrowserSession)
_EPOCH = table_of(Epoch)

_GRANT_FIELDS = tuple(GrantFacts.__dataclass_fields__)
_CODE_FIELDS = tuple(SpentCode.__dataclass_fields__)
_GRANT_COLUMNS = [_GRANT.c[name] for name in _GRANT_FIELDS]

_CREDENTIAL_OPENS = exists().where(_CREDENTIAL.c.id == _GRANT.c.credential_id, _CREDENTIAL.c.disabled_at.is_(None))
_SESSION_LIVES = exists().where(
    _SESSION.c.sid == _GRANT.c.sid, _SESSION.c.ended_at.is_(None), _SESSION.c.expires_at > bindparam("at")
)
_LIVES = (
    _GRANT.c.revoked_at.is_(None),
    _GRANT.c.expires_at > bindparam("at"),
    _CREDENTIAL_OPENS,
    or_(_GRANT.c.offline.is_(True), _SESSION_LIVES),
)
"""A grant outlives its session's end by time where `offline_access` was granted, and nothing else."""
_OF_GRANT_S_PERSON = (
    _EPOCH.c.association_id == _GRANT.c.association_id,
    or_(_EPOCH.c.person_id == _GRANT.c.person_id, _EPOCH.c.person_id == WHOLE_ASSOCIATION),
)
_FRESH = ~exists().where(*_OF_GRANT_S_PERSON, _EPOCH.c.number > bindparam("new_as_of"))
_MOVED = exists().where(*_OF_GRANT_S_PERSON, _EPOCH.c.number > _GRANT.c.as_of)

_PEEK_CODE = Prepared(
    select(*_GRANT_COLUMNS, _CODE.c.used_at, _CODE.c.expires_at, _GRANT.c.revoked_at).where(
        _GRANT.c.id == _CODE.c.grant_id, _CODE.c.code_hash == bindparam("secret")
    )
)
_PEEK_REFRESH = Prepared(
    select(*_GRANT_COLUMNS, _REFRESH.c.used_at, _REFRESH.c.expires_at, _GRANT.c.revoked_at).where(
        _GRANT.c.id == _REFRESH.c.grant_id, _REFRESH.c.token_hash == bindparam("secret")
    )
)
_SPEND_CODE = Prepared(
    update(_CODE)
    .where(_CODE.c.code_hash == bindparam("secret"), _CODE.c.used_at.is_(None), _CODE.c.expires_at > bindparam("at"))
    .values(used_at=bindparam("at"))
    .returning(*(_CODE.c[name] for name in SpentCode.__dataclass_fields__))
)
_SPEND_REFRESH = Prepared(
    update(_REFRESH)
    .where(
        _REFRESH.c.token_hash == bindparam("secret"),
        _REFRESH.c.client_id == bindparam("client"),
        _REFRESH.c.expires_at > bindparam("at"),
        or_(_REFRESH.c.used_at.is_(None), _REFRESH.c.used_at > bindparam("grace_begins")),
    )
    .values(
        used_at=func.coalesce(_REFRESH.c.used_at, bindparam("at", type_=UtcDateTime))
    )  # a grace is counted from the first use
    .returning(_REFRESH.c.grant_id)
)
_USED_CODE = Prepared(
    select(_CODE.c.grant_id).where(_CODE.c.code_hash == bindparam("secret"), _CODE.c.used_at.is_not(None))
)
_USED_REFRESH = Prepared(
    select(_REFRESH.c.grant_id).where(
        _REFRESH.c.token_hash == bindparam("secret"),
        _REFRESH.c.client_id == bindparam("client"),
        _REFRESH.c.used_at.is_not(None),
    )
)
_REVOKE = Prepared(
    update(_GRANT)
    .where(_GRANT.c.id == bindparam("grant"), _GRANT.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
    .returning(*_GRANT_COLUMNS)
)
_RENEW = Prepared(
    update(_GRANT)
    .where(_GRANT.c.id == bindparam("grant"), *_LIVES, _FRESH)
    .values(
        association_code=bindparam("new_association_code"),
        identifier=bindparam("new_identifier"),
        claims=bindparam("new_claims", type_=_GRANT.c.claims.type),
        as_of=bindparam("new_as_of"),
    )
    .returning(*_GRANT_COLUMNS)
)
_LIVING = Prepared(select(*_GRANT_COLUMNS, _MOVED.label("moved")).where(_GRANT.c.id == bindparam("grant"), *_LIVES))
_ADD_GRANT = Prepared(_GRANT.insert().values({name: bindparam(name) for name in (*_GRANT_FIELDS, "created_at")}))
_ADD_CODE = Prepared(
    _CODE.insert().values({name: bindparam(name) for name in (*_CODE_FIELDS, "code_hash", "expires_at")})
)
_ADD_REFRESH = Prepared(
    _REFRESH.insert().values(
        {name: bindparam(name) for name in ("token_hash", "grant_id", "client_id", "issued_at", "expires_at")}
    )
)


def add_grant(tx: Transaction, grant: GrantFacts, at: datetime) -> None:
    """Write a family down."""
    _ADD_GRANT.run(tx, {**vars(grant), "created_at": at})


def add_code(tx: Transaction, code_hash: TokenHash, code: SpentCode, expires_at: datetime) -> None:
    """Write an unused code down."""
    _ADD_CODE.run(tx, {**vars(code), "code_hash": code_hash, "expires_at": expires_at})


def peek_code(tx: Transaction, code_hash: TokenHash) -> Peeked | None:
    """Return what stands behind a code, used or not, and spend nothing."""
    return _peeked(_PEEK_CODE.first(tx, {"secret": code_hash}))


def peek_refresh_token(tx: Transaction, token_hash: TokenHash) -> Peeked | None:
    """Return what stands behind a refresh token, used or not, and spend nothing."""
    return _peeked(_PEEK_REFRESH.first(tx, {"secret": token_hash}))


def spend_code(tx: Transaction, code_hash: TokenHash, at: datetime) -> SpentCode | None:
    """Use a code, whoever brought it; nothing when it is unknown, used or past its time."""
    row = _SPEND_CODE.first(tx, {"secret": code_hash, "at": at})
    return SpentCode(*row) if row else None


def spend_refresh_token(
    tx: Transaction, token_hash: TokenHash, client_id: str, at: datetime, grace_begins: datetime | None
) -> str | None:
    """Use a client's refresh token and return its grant's id.

    Nothing when it is unknown, past its time, or was used before (before `grace_begins`, where there is a grace).
    """
    spent = {"secret": token_hash, "client": client_id, "at": at, "grace_begins": grace_begins}
    grant_id: str | None = _SPEND_REFRESH.scalar(tx, spent)
    return grant_id


def grant_of_used_code(tx: Transaction, code_hash: TokenHash) -> str | None:
    """Return the id of the grant whose code was used before: a replay, by whomever."""
    grant_id: str | None = _USED_CODE.scalar(tx, {"secret": code_hash})
    return grant_id


def grant_of_used_refresh_token(tx: Transaction, token_hash: TokenHash, client_id: str) -> str | None:
    """Return the id of the grant whose refresh token the client has used before."""
    grant_id: str | None = _USED_REFRESH.scalar(tx, {"secret": token_hash, "client": client_id})
    return grant_id


def add_refresh_token(
    tx: Transaction, token_hash: TokenHash, grant: GrantFacts, *, issued_at: datetime, expires_at: datetime
) -> None:
    """Write the family's next refresh token down."""
    row = {
        "token_hash": token_hash,
        "grant_id": grant.id,
        "client_id": grant.client_id,
        "issued_at": issued_at,
        "expires_at": expires_at,
    }
    _ADD_REFRESH.run(tx, row)


def revoke_grant(tx: Transaction, grant_id: str, at: datetime) -> GrantFacts | None:
    """End a family; nothing when it had ended before."""
    return _grant(_REVOKE.first(tx, {"grant": grant_id, "at": at}))


def renew_grant(tx: Transaction, grant_id: str, renewal: Renewal, at: datetime) -> GrantFacts | None:
    """Note the verdict on a family that lives, as the condition for giving it anything.

    Nothing when it was revoked, its time is past, its credential disabled, its session ended (unless offline), or when
    something has changed for its person or association after the verdict (SEC-22). Call `share_association` first.
    """
    values = {f"new_{name}": value for name, value in vars(renewal).items()}
    return _grant(_RENEW.first(tx, {"grant": grant_id, "at": at, **values}))


def living_grant(tx: Transaction, grant_id: str, at: datetime) -> tuple[GrantFacts, bool] | None:
    """Return a family that lives, and whether something has changed for it since its last verdict."""
    row = _LIVING.first(tx, {"grant": grant_id, "at": at})
    if row is None:
        return None
    *facts, moved = row
    return GrantFacts(*facts), bool(moved)


def _peeked(row: tuple[Any, ...] | None) -> Peeked | None:
    if row is None:
        return None
    *facts, used_at, expires_at, revoked_at = row
    return Peeked(GrantFacts(*facts), used_at=used_at, expires_at=expires_at, is_revoked=revoked_at is not None)


def _grant(row: tuple[Any, ...] | None) -> GrantFacts | None:
    return GrantFacts(*row) if row else None
