"""Registered applications."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from idp.store.types import JsonDocument, UtcDateTime


class Client(SQLModel, table=True):
    """An application. `metadata_` holds what RFC 7591 names; secrets are kept as keyed hashes."""

    __tablename__ = "client"
    __table_args__ = (Index("ix_client_is_default", "is_default"),)

    client_id: str = Field(primary_key=True)
    name: str
    profile: str = "strict"
    """`strict`, `openid` or `fapi2`."""
    auth_method: str = "client_secret_basic"
    secret_hashes: list[Any] = Field(default_factory=list, sa_type=JsonDocument)
    """One or, while rotating, two."""
    trusted: bool = True
    """No consent page."""
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
    """redirect_uris, post_logout_redirect_uris, grant_types, scope, resources, initiate_login_uri, …"""
    is_default: bool = False
    """Whether it is the default application of some association."""
    version: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
