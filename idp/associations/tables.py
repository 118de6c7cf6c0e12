"""Associations, their names, their seasons."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlmodel import Field, SQLModel

from idp.store.types import UtcDateTime


class Association(SQLModel, table=True):
    """A club. `current_season_id` is the pointer that alone decides who is a member (S1)."""

    __tablename__ = "association"

    id: str = Field(primary_key=True)
    code: str
    """As displayed; the first of its names."""
    alias: str | None = None
    """The alias shown to members, if any."""
    name: str
    contact: str | None = None
    timezone: str = "Europe/Paris"
    disclosure: str | None = None
    """`explicit`, `discreet`, or nothing: as `[login] disclosure` says."""
    grace_days: int = 0
    current_season_id: str | None = None
    previous_season_id: str | None = None
    season_started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    edition: int = 0
    """The edition of its directory that is read (`idp.eligibility.editions`)."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class AssociationName(SQLModel, table=True):
    """A code or alias, current or retired: one namespace over the whole service (S3, S4)."""

    __tablename__ = "association_name"

    key: str = Field(primary_key=True)
    """Canonical: no case, no accents, trimmed of spaces and hyphens."""
    association_id: str = Field(sa_column_args=(ForeignKey("association.id"),), index=True)
    label: str
    """As written by the club."""
    kind: str
    """`code`, `alias` or `retired`."""


class Season(SQLModel, table=True):
    """A season of one association."""

    __tablename__ = "season"
    __table_args__ = (UniqueConstraint("association_id", "label"),)

    id: str = Field(primary_key=True)
    association_id: str = Field(sa_column_args=(ForeignKey("association.id"),), index=True)
    label: str
    ends_on: date | None = None
    """Said in the claim; cuts nobody."""
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the pointer was moved to it, if ever."""
    created_at: datetime = Field(sa_type=UtcDateTime)
