"""Decides what a reset link may do. Keeps S24–S27: 24 hours to the second, one use, three live at most, cancelled by
the use of another. Knows no database and no clock: the caller passes the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

MAXIMUM_LIVE = 3
MAXIMUM_TRIES = 5


@dataclass(frozen=True)
class Link:
    """A reset link as the store keeps it; hashes only."""

    link_hash: str
    credential_id: str
    address: str
    association_code: str
    identifier: str
    browser_hash: str | None
    client_id: str | None
    request_id: str | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    cancelled_at: datetime | None = None


def is_live(link: Link, at: datetime) -> bool:
    """Tell whether a link may still be used: refused from its last second on."""
    return link.used_at is None and link.cancelled_at is None and at < link.expires_at


def to_cancel(live: Sequence[Link]) -> list[Link]:
    """Return the links that a new one pushes out: the oldest, so that three are live with it."""
    ordered = sorted(live, key=lambda link: link.created_at)
    return ordered[: max(0, len(ordered) - MAXIMUM_LIVE + 1)]


def canonical_code(typed: str) -> str:
    """Return a typed code as it was mailed: no spaces or hyphens, capitals."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())
