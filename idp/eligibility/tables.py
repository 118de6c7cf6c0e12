"""Change numbers, and the tables of the embedded directory."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from idp.store.types import JsonDocument, UtcDateTime


class ChangeCounter(SQLModel, table=True):
    """One row: the number of the latest change."""

    __tablename__ = "change_counter"

    id: int = Field(primary_key=True)
    number: int


class Epoch(SQLModel, table=True):
    """The latest change that concerns a person, or (with an empty person) a whole association."""

    __tablename__ = "epoch"

    association_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    number: int


class Member(SQLModel, table=True):
    """A person of an association's directory: member, guardian, or both."""

    __tablename__ = "member"
    __table_args__ = (
        Index("ix_member_email", "association_id", "email_key"),
        Index("ix_member_username", "association_id", "username_key", unique=True),
    )

    association_id: str = Field(primary_key=True, sa_column_args=(ForeignKey("association.id"),))
    external_id: str = Field(primary_key=True)
    given_name: str
    family_name: str
    birth_date: date | None = None
    email: str | None = None
    """As the club wrote it: where mail goes."""
    email_key: str | None = None
    """Canonical: what is compared (S6, S7)."""
    username: str | None = None
    username_key: str | None = None
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """A person is a member in a season."""

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(["association_id", "external_id"], ["member.association_id", "member.external_id"]),
        Index("ix_membership_person", "association_id", "external_id"),
    )

    season_id: str = Field(primary_key=True, sa_column_args=(ForeignKey("season.id"),))
    external_id: str = Field(primary_key=True)
    association_id: str
    roles: list[Any] = Field(default_factory=list, sa_type=JsonDocument)


class Guardianship(SQLModel, table=True):
    """A guardian of a child. `legal` marks a protected adult: the reach does not end at 18."""

    __tablename__ = "guardianship"
    __table_args__ = (Index("ix_guardianship_child", "association_id", "child_id"),)

    association_id: str = Field(primary_key=True, sa_column_args=(ForeignKey("association.id"),))
    guardian_id: str = Field(primary_key=True)
    child_id: str = Field(primary_key=True)
    legal: bool = False


class Ban(SQLModel, table=True):
    """A person may not enter an association, whatever the season (S2)."""

    __tablename__ = "ban"

    association_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
