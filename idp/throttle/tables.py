"""Counters, the names that accounts are tried under, and the browsers that accounts know. Only keyed hashes."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from idp.store.types import UtcDateTime


class ThrottleCounter(SQLModel, table=True):
    """How often something was tried. The key is a hash; what the values mean is a rule's affair."""

    __tablename__ = "throttle_counter"
    __table_args__ = (Index("ix_throttle_counter_expiry", "expires_at"),)

    key: str = Field(primary_key=True)
    count: int
    marks: str
    """Instants in milliseconds since 1970, a space between them."""
    expires_at: datetime = Field(sa_type=UtcDateTime)
    """From then on it says nothing."""


class ThrottleName(SQLModel, table=True):
    """What a typed association or account turned out to be, so that every spelling of it counts as one (F-10)."""

    __tablename__ = "throttle_name"
    __table_args__ = (Index("ix_throttle_name_expiry", "expires_at"),)

    key: str = Field(primary_key=True)
    """A hash of what was typed, canonical."""
    stands_for: str
    """The key of the association or account."""
    expires_at: datetime = Field(sa_type=UtcDateTime)


class KnownBrowser(SQLModel, table=True):
    """A browser in which an account was opened before: it need not wait for strangers who try that account (F-11)."""

    __tablename__ = "known_browser"
    __table_args__ = (
        Index("ix_known_browser_account", "account_key"),
        Index("ix_known_browser_expiry", "expires_at"),
    )

    secret_hash: str = Field(primary_key=True)
    """Of the browser's cookie."""
    account_key: str = Field(primary_key=True)
    id: str
    """Stays when the secret is renewed: the browser's own failures on the account are counted under it."""
    expires_at: datetime = Field(sa_type=UtcDateTime)


class KnownBrowserLink(SQLModel, table=True):
    """A mailed link that marks the browser it is opened in as known."""

    __tablename__ = "known_browser_link"
    __table_args__ = (Index("ix_known_browser_link_expiry", "expires_at"),)

    link_hash: str = Field(primary_key=True)
    account_key: str
    association_code: str
    """With `identifier`, what the authentication page is filled in with afterwards."""
    identifier: str
    client_id: str | None = None
    """The application that waits, for the way home from another device."""
    request_id: str | None = None
    """The pending request, for the way home in the same browser."""
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
