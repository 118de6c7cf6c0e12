"""Decides which session is alive. Knows no database and no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

UNDECIDED = ""
"""The person of a session whose holder has not yet said who they are (« Qui êtes-vous ? »)."""


@dataclass(frozen=True)
class Session:
    """Somebody signed in, in one browser. `sid` is public; `facts` is what pages show of the last verdict."""

    sid: str
    browser_hash: str
    credential_id: str
    association_id: str
    person_id: str
    auth_time: datetime
    seen_at: datetime
    expires_at: datetime
    association_code: str
    identifier: str
    facts: Mapping[str, Any]
    as_of: int

    @property
    def is_decided(self) -> bool:
        """Whether a person was chosen."""
        return self.person_id != UNDECIDED


def is_live(session: Session, at: datetime, idle: timedelta) -> bool:
    """Tell whether neither limit has passed: the absolute one, and the one of disuse (ASVS 7.3.1, 7.3.2)."""
    return at < session.expires_at and at < session.seen_at + idle


def is_fresh(session: Session, at: datetime, max_age: timedelta | None) -> bool:
    """Tell whether the password was given within `max_age` (OpenID Connect Core §3.1.2.1)."""
    return max_age is None or at - session.auth_time <= max_age
