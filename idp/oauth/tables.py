"""Pending requests, grants, codes and refresh tokens. Only hashes of secrets are kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlmodel import Field, SQLModel

from idp.store.types import JsonDocument, UtcDateTime


class PendingRequest(SQLModel, table=True):
    """An application's request that waits for a sign-in, tied to the browser that brought it (SEC-15)."""

    __tablename__ = "pending_request"
    __table_args__ = (
        Index("ix_pending_browser", "browser_hash"),
        Index("ix_pending_expiry", "expires_at"),
    )

    id: str = Field(primary_key=True)
    """Stands in the addresses of pages; worth nothing without the browser's cookie."""
    browser_hash: str
    client_id: str
    parameters: dict[str, Any] = Field(sa_type=JsonDocument)
    """The checked parameters of the request, as sent."""
    association: str | None = None
    """The association it named, as typed: bound, nothing typed later changes it."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Grant(SQLModel, table=True):
    """What a person gave a client: the family of its code, refresh tokens and access tokens."""

    __tablename__ = "token_grant"
    __table_args__ = (
        Index("ix_grant_person", "association_id", "person_id"),
        Index("ix_grant_credential", "credential_id"),
        Index("ix_grant_session", "sid"),
        Index("ix_grant_expiry", "expires_at"),
    )

    id: str = Field(primary_key=True)
    client_id: str
    sub: str
    association_id: str
    person_id: str
    credential_id: str
    sid: str
    auth_time: datetime = Field(sa_type=UtcDateTime)
    scope: str
    resource: str | None = None
    association_code: str
    identifier: str
    """With `association_code`: what the hook is asked with."""
    claims: dict[str, Any] = Field(sa_type=JsonDocument)
    """Of the last verdict: `membership`, and the person's names and email for /userinfo."""
    as_of: int
    offline: bool = False
    """Whether `offline_access` was granted: it then outlives the session's end by time."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AuthorizationCode(SQLModel, table=True):
    """A code: 60 seconds, one use."""

    __tablename__ = "authorization_code"
    __table_args__ = (Index("ix_code_expiry", "expires_at"),)

    code_hash: str = Field(primary_key=True)
    grant_id: str = Field(sa_column_args=(ForeignKey("token_grant.id"),), index=True)
    client_id: str
    redirect_uri: str
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RefreshToken(SQLModel, table=True):
    """One token of a family; the last one not used is the live one."""

    __tablename__ = "refresh_token"
    __table_args__ = (Index("ix_refresh_expiry", "expires_at"),)

    token_hash: str = Field(primary_key=True)
    grant_id: str = Field(sa_column_args=(ForeignKey("token_grant.id"),), index=True)
    client_id: str
    issued_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
