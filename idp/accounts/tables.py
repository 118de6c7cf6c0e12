"""Credentials and the subjects that tokens name."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from idp.store.types import UtcDateTime


class Credential(SQLModel, table=True):
    """What opens the door of one mailbox in one association: born at the first successful request (S8)."""

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("association_id", "login_key"),)

    id: str = Field(primary_key=True)
    association_id: str
    login_key: str
    """Canonical email, else canonical username, which holds no @."""
    address: str | None = None
    """The address that mail goes to, as the membership domain gave it last."""
    password_hash: str | None = None
    """argon2id over the peppered password; none before the first reset."""
    password_changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class Subject(SQLModel, table=True):
    """`sub`: random, one per association and person, never given again."""

    __tablename__ = "subject"
    __table_args__ = (Index("ix_subject_person", "association_id", "person_id", unique=True),)

    sub: str = Field(primary_key=True)
    association_id: str
    person_id: str
    created_at: datetime = Field(sa_type=UtcDateTime)
