"""Sessions of a browser."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from idp.store.types import JsonDocument, UtcDateTime


class BrowserSession(SQLModel, table=True):
    """A person signed in, in one browser. `sid` is public (ID tokens carry it); the cookie's hash is the key to it."""

    __tablename__ = "browser_session"
    __table_args__ = (
        Index("ix_session_browser", "browser_hash"),
        Index("ix_session_person", "association_id", "person_id"),
        Index("ix_session_credential", "credential_id"),
        Index("ix_session_expiry", "expires_at"),
    )

    sid: str = Field(primary_key=True)
    browser_hash: str
    credential_id: str
    association_id: str
    person_id: str
    auth_time: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    """The absolute end; the idle end is `seen_at` and the setting."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    association_code: str
    """The last verdict's: what the hook is asked with."""
    identifier: str
    """The last verdict's email, else what was typed."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
    """What pages show of the last verdict: names of the association and the person."""
    as_of: int
    """Change number of the last verdict."""
