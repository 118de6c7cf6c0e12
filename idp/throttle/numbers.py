"""Turns the settings of `[throttle]` into rules; docs/throttling.md says what each number is for."""

from dataclasses import dataclass
from datetime import timedelta

from idp.settings import Throttle
from idp.throttle.rules import Bucket, Ladder, Quota, Run, Watch

SECOND = 1_000
TEN_MINUTES = 600 * SECOND
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
SIEGE_LADDER_FREE = 1


@dataclass(frozen=True)
class Numbers:
    """The rules of every counter."""

    pair: Ladder
    """Of an account and a source, or a known browser."""
    account_day: Quota
    account_run: Run
    address: Bucket
    range: Bucket
    accounts: Bucket
    """Different accounts tried from one address."""
    association: Watch
    siege: Ladder
    """Of an association under attack and a source."""
    success: Quota
    """How often a success of one account speaks for its source."""
    mails_hour: Quota
    mails_day: Quota
    misses_source: Quota
    misses_association: Quota
    known_for: timedelta

    @classmethod
    def of(cls, settings: Throttle) -> "Numbers":
        """Return the rules that the settings ask for."""
        first, longest = settings.first_wait_seconds * SECOND, settings.longest_wait_minutes * 60 * SECOND
        return cls(
            pair=Ladder(settings.free_failures, first, longest),
            account_day=Quota(settings.account_failures_a_day, DAY),
            account_run=Run(settings.account_failures_in_a_row),
            address=Bucket(settings.address_failures, TEN_MINUTES),
            range=Bucket(settings.range_failures, TEN_MINUTES),
            accounts=Bucket(settings.address_accounts, TEN_MINUTES),
            association=Watch(settings.association_failures_an_hour, HOUR),
            siege=Ladder(SIEGE_LADDER_FREE, first, longest),
            success=Quota(1, HOUR),
            mails_hour=Quota(settings.mails_an_hour, HOUR),
            mails_day=Quota(settings.mails_a_day, DAY),
            misses_source=Quota(settings.misses_a_source, HOUR),
            misses_association=Quota(settings.misses_an_association, HOUR),
            known_for=settings.known_browser,
        )
