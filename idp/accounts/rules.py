"""Decides why somebody can't sign in, for those who must help them (« Pourquoi cette personne ne peut-elle pas… »).

Knows no database: the caller passes what stands. The member never reads any of it (S34–S40).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from idp.eligibility.rules import ENTERS, Standing
from idp.eligibility.verdict import Reason


class Cause(StrEnum):
    """Why; the value names the template that says it."""

    UNKNOWN_ASSOCIATION = "unknown_association"
    UNKNOWN_IDENTIFIER = "unknown_identifier"
    BANNED = "banned"
    MAILBOX_CLOSED = "mailbox_closed"
    """The adult behind a minor's only address is banned."""
    NO_SEASON = "no_season"
    """The association has never started a season."""
    FUTURE_SEASON = "future_season"
    """A member of a season that has not started."""
    PAST_SEASON = "past_season"
    NO_ACTIVE_CHILD = "no_active_child"
    DISABLED = "disabled"
    NO_PASSWORD = "no_password"  # noqa: S105 -- a cause, not a password
    """Nobody has ever set one."""
    NO_ADDRESS = "no_address"
    """No password, and no address to send a link to."""
    NONE = "none"
    """Nothing of ours: the password is wrong, or nobody has tried."""


@dataclass(frozen=True)
class Account:
    """What stands of one mailbox."""

    standings: Mapping[str, Standing]
    """By person."""
    reason: Reason | None
    """The verdict's."""
    has_season: bool
    waits_for_season: bool
    """Whether somebody is a member of a season that has not started."""
    is_disabled: bool
    has_password: bool
    has_address: bool


def cause_of(account: Account) -> Cause:
    """Return the first thing to mend: the verdict's reason, then the account's own state."""
    if account.reason is not None:
        return _refused(account, account.reason)
    if account.is_disabled:
        return Cause.DISABLED
    if not account.has_password:
        return Cause.NO_PASSWORD if account.has_address else Cause.NO_ADDRESS
    return Cause.NONE


def cause_of_standing(standing: Standing) -> Cause:
    """Return why one person behind a mailbox may not enter."""
    return Cause.NONE if standing in ENTERS else Cause(standing.value)


def _refused(account: Account, reason: Reason) -> Cause:
    if reason is Reason.BANNED and Standing.MAILBOX_CLOSED in account.standings.values():
        return Cause.MAILBOX_CLOSED
    if reason is Reason.PAST_SEASON and not account.has_season:
        return Cause.NO_SEASON
    if reason is Reason.PAST_SEASON and account.waits_for_season:
        return Cause.FUTURE_SEASON
    return Cause(reason.value)
