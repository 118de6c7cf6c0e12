"""Events kept for people and machines."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from idp.store.types import JsonDocument, UtcDateTime


class AuditEvent(SQLModel, table=True):
    """Something that happened to an account or was done by an operator (CNIL 2021-122). No secret, no password."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_subject", "association_id", "person_id"), Index("ix_audit_time", "happened_at"))

    id: int | None = Field(default=None, primary_key=True)
    happened_at: datetime = Field(sa_type=UtcDateTime)
    name: str
    """A dotted name such as `login.succeeded`."""
    association_id: str | None = None
    person_id: str | None = None
    credential_id: str | None = None
    client_id: str | None = None
    source: str | None = None
    """The network address it came from, kept as security data."""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
