"""The outbox: mails that were promised."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from idp.store.types import UtcDateTime


class OutboxMail(SQLModel, table=True):
    """A mail that waits, was sent, or died. The payload is sealed, and wiped when it is no longer needed."""

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_due", "state", "due_at"), Index("ix_outbox_recipient", "recipient_hash"))

    id: str = Field(primary_key=True)
    kind: str
    """The template: `reset_link`, `password_changed`, … or `decoy`, which is never sent (SEC-09)."""
    recipient_hash: str
    """Keyed hash of the canonical address, so that `account why` finds the last mail."""
    sealed_payload: bytes | None = None
    state: str
    """`waiting`, `sent`, `dead` or `expired`."""
    attempts: int = 0
    due_at: datetime = Field(sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leased_by: str | None = None
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When sending it would be pointless (the link inside has ended)."""
    reason: str | None = None
    """Why the last attempt failed: an SMTP code or a class of fault, never the server's text with addresses."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
