"""Signing keys, sealed by the KEK."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from idp.store.types import JsonDocument, UtcDateTime


class SigningKey(SQLModel, table=True):
    """A key of the ring. One row per algorithm is active; `next` ones are published and don't sign yet."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True)
    algorithm: str
    """`ES256` or `RS256`."""
    state: str
    """`next`, `active`, `retired` or `removed`."""
    sealed_private: bytes
    public_jwk: dict[str, Any] = Field(sa_type=JsonDocument)
    created_at: datetime = Field(sa_type=UtcDateTime)
    activated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
