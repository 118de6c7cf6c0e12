"""Change numbers, and the tables of the embedded directory."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
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
    """A person of an association's directory: member, guardian, or both.

    As `Membership` and `Guardianship`, a row counts from one edition of the directory until another
    (`idp.eligibility.editions`): an import writes the next edition beside the one that is read.
    """

    __tablename__ = "member"
    __table_args__ = (
        Index("ix_member_email", "email_key", "association_id"),
        Index("ix_member_username", "association_id", "username_key"),
        Index(
            "ix_member_username_once",
            "association_id",
            "username_key",
            unique=True,
            sqlite_where=text("until_edition IS NULL"),
            postgresql_where=text("until_edition IS NULL"),
        ),
    )

    association_id: str = Field(primary_key=True, sa_column_args=(ForeignKey("association.id"),))
    external_id: str = Field(primary_key=True)
    since_edition: int = Field(primary_key=True)
    until_edition: int | None = None
    """The first edition without this row; none for the latest."""
    given_name: str
    family_name: str
    birth_date: date | None = None
    email: str | None = None
    """As the club wrote it: where mail goes."""
    email_key: str | None = None
    """Canonical: what is compared (S6, S7)."""
    username: str | None = None
    username_key: str | None = None
    """Unique in the association among the latest rows (S5)."""
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """A person is a member in a season."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_season", "season_id"),)

    association_id: str = Field(primary_key=True, sa_column_args=(ForeignKey("association.id"),))
    external_id: str = Field(primary_key=True)
    season_id: str = Field(primary_key=True, sa_column_args=(ForeignKey("season.id"),))
    since_edition: int = Field(primary_key=True)
    until_edition: int | None = None
    roles: list[Any] = Field(default_factory=list, sa_type=JsonDocument)


class Guardianship(SQLModel, table=True):
    """A guardian of a child. `legal` marks a protected adult: the reach does not end at 18."""

    __tablename__ = "guardianship"
    __table_args__ = (Index("ix_guardianship_child", "association_id", "child_id"),)

    association_id: str = Field(primary_key=True, sa_column_args=(ForeignKey("association.id"),))
    guardian_id: str = Field(primary_key=True)
    child_id: str = Field(primary_key=True)
    since_edition: int = Field(primary_key=True)
    until_edition: int | None = None
    legal: bool = False


class DirectoryImport(SQLModel, table=True):
    """An import under way: one at a time in an association, so that its next edition has one writer."""

    __tablename__ = "directory_import"

    association_id: str = Field(primary_key=True, sa_column_args=(ForeignKey("association.id"),))
    import_id: str
    leased_until: datetime = Field(sa_type=UtcDateTime)
    """Renewed by each batch; past it the import is dead and the next one clears up."""


class PendingMove(SQLModel, table=True):
    """An identifier that changed with an edition, and the credential that has yet to follow (or not)."""

    __tablename__ = "pending_move"

    association_id: str = Field(primary_key=True, sa_column_args=(ForeignKey("association.id"),))
    person_id: str = Field(primary_key=True)
    edition: int
    """The edition that holds the new identifier."""
    old_key: str
    old_email: str | None = None
    new_key: str | None = None
    new_email: str | None = None
    was_alone: bool
    leaves_nobody: bool
    """Of those who stood behind the old identifier none does any more."""


class Ban(SQLModel, table=True):
    """A person may not enter an association, whatever the season (S2)."""

    __tablename__ = "ban"

    association_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
