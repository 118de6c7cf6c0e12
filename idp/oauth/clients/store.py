"""The SQL of registered applications."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from idp.oauth.clients.rules import AuthMethod, ClientFacts, Profile
from idp.oauth.clients.tables import Client
from idp.oauth.tables import Grant, PendingRequest
from idp.store import Transaction
from idp.store.prepared import Prepared
from idp.store.secrets import TokenHash
from idp.store.tables import table_of

_CLIENT = table_of(Client)
_COLUMNS = [
    _CLIENT.c[name]
    for name in ("client_id", "name", "profile", "auth_method", "secret_hashes", "trusted", "settings", "version")
]
_LISTS = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "grant_types",
    "scopes",
    "resources",
    "only_associations",
    "default_for",
)
_SINGLE = ("backchannel_logout_uri", "initiate_login_uri", "jwks", "jwks_uri", "refresh_grace_seconds")

_BY_ID = Prepared(select(*_COLUMNS).where(_CLIENT.c.client_id == bindparam("wanted")))
_PAGE = (
    select(*_COLUMNS)
    .where(_CLIENT.c.client_id > bindparam("after"))
    .order_by(_CLIENT.c.client_id)
    .limit(bindparam("count"))
)
_DEFAULTS = (
    select(*_COLUMNS).where(_CLIENT.c.is_default.is_(True)).order_by(_CLIENT.c.client_id).limit(bindparam("count"))
)
_REPLACE = (
    update(_CLIENT)
    .where(_CLIENT.c.client_id == bindparam("wanted"), _CLIENT.c.version == bindparam("read_version"))
    .values(
        name=bindparam("new_name"),
        profile=bindparam("new_profile"),
        auth_method=bindparam("new_auth_method"),
        secret_hashes=bindparam("new_secret_hashes", type_=_CLIENT.c.secret_hashes.type),
        trusted=bindparam("new_trusted"),
        settings=bindparam("new_settings", type_=_CLIENT.c.settings.type),
        is_default=bindparam("new_is_default"),
        version=_CLIENT.c.version + 1,
        updated_at=bindparam("at"),
    )
    .returning(_CLIENT.c.version)
)
_REMOVE = delete(_CLIENT).where(_CLIENT.c.client_id == bindparam("wanted")).returning(_CLIENT.c.client_id)
_GRANT = table_of(Grant)
_PENDING = table_of(PendingRequest)
_END_GRANTS = (
    update(_GRANT)
    .where(_GRANT.c.client_id == bindparam("wanted"), _GRANT.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
_DROP_PENDING = delete(_PENDING).where(_PENDING.c.client_id == bindparam("wanted"))


def find_client(tx: Transaction, client_id: str) -> ClientFacts | None:
    """Return the application with this id, if it is registered."""
    row = _BY_ID.first(tx, {"wanted": client_id})
    return _client(*row) if row else None


def list_clients(tx: Transaction, *, after: str = "", count: int = 100) -> list[ClientFacts]:
    """Return a page of at most `count` applications whose id comes after `after`."""
    return [_client(*row) for row in tx.execute(_PAGE, {"after": after, "count": count})]


def default_clients(tx: Transaction, count: int) -> list[ClientFacts]:
    """Return the first `count` applications, by id, that are the default one of some association."""
    return [_client(*row) for row in tx.execute(_DEFAULTS, {"count": count})]


def add_client(tx: Transaction, client: ClientFacts, at: datetime) -> None:
    """Register an application."""
    tx.execute(
        _CLIENT.insert(),
        {"client_id": client.client_id, **_values(client), "version": 1, "created_at": at, "updated_at": at},
    )


def replace_client(tx: Transaction, client: ClientFacts, at: datetime) -> bool:
    """Write an application anew; False when somebody else has changed it since it was read."""
    values = {f"new_{name}": value for name, value in _values(client).items()}
    row = {"wanted": client.client_id, "read_version": client.version, "at": at, **values}
    return tx.execute(_REPLACE, row).first() is not None


def remove_client(tx: Transaction, client_id: str, at: datetime) -> bool:
    """Remove an application with all that it was granted; False when there is none."""
    wanted = {"wanted": client_id}
    if tx.execute(_REMOVE, wanted).first() is None:
        return False
    tx.execute(_END_GRANTS, {**wanted, "at": at})
    tx.execute(_DROP_PENDING, wanted)
    return True


def _values(client: ClientFacts) -> dict[str, Any]:
    settings: dict[str, Any] = {name: list(getattr(client, name)) for name in _LISTS}
    settings.update({name: getattr(client, name) for name in _SINGLE})
    return {
        "name": client.name,
        "profile": client.profile.value,
        "auth_method": client.auth_method.value,
        "secret_hashes": list(client.secret_hashes),
        "trusted": client.trusted,
        "settings": settings,
        "is_default": bool(client.default_for),
    }


def _client(  # a row, column by column
    client_id: str,
    name: str,
    profile: str,
    auth_method: str,
    secret_hashes: list[TokenHash],
    trusted: bool,  # noqa: FBT001 -- as above
    settings: dict[str, Any],
    version: int,
) -> ClientFacts:
    lists: dict[str, Any] = {name: tuple(settings[name]) for name in _LISTS if name in settings}
    single: dict[str, Any] = {name: settings[name] for name in _SINGLE if name in settings}
    return ClientFacts(
        client_id=client_id,
        name=name,
        profile=Profile(profile),
        auth_method=AuthMethod(auth_method),
        secret_hashes=tuple(secret_hashes),
        trusted=trusted,
        version=version,
        **lists,
        **single,
    )
