"""Mailed links that set a password."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlmodel import Field, SQLModel

from idp.store.types import UtcDateTime


class ResetLink(SQLModel, table=True):
    """A link of S24–S27 and the code that stands beside it in the mail. Only hashes are kept."""

    __tablename__ = "reset_link"
    __table_args__ = (
        Index("ix_reset_link_credential", "credential_id"),
        Index("ix_reset_link_browser", "browser_hash"),
        Index("ix_reset_link_form", "form_hash", unique=True),
        Index("ix_reset_link_expiry", "expires_at"),
    )

    link_hash: str = Field(primary_key=True)
    credential_id: str = Field(sa_column_args=(ForeignKey("credential.id"),))
    address: str
    """The stored address it was sent to; the link dies when the credential's address is another."""
    association_code: str
    identifier: str
    """What the hook is asked with when the form is opened and sent."""
    code_hash: str | None = None
    code_tries: int = 0
    browser_hash: str | None = None
    """The browser that asked: the code works there alone. Nobody's for a link that an operator sent."""
    form_hash: str | None = None
    """Set when the code was typed: the form's own secret."""
    form_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    client_id: str | None = None
    """The application that waits, for the way home from another device."""
    request_id: str | None = None
    """The pending request, for the way home in the same browser."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
