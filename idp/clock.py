"""The time as a port, so that rules and services can be tried at any hour.

Nothing else in the package reads the machine's clock.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, in UTC."""

    def now(self) -> datetime:
        """Return the present as an aware datetime in UTC."""
        ...


class SystemClock:
    """The machine's clock, shifted by `[testing] clock_skew_seconds` where tests ask for it."""

    def __init__(self, skew: timedelta = timedelta(0)) -> None:
        """`skew` is added to the machine's time."""
        self._skew = skew

    def now(self) -> datetime:
        """Return the machine's time in UTC, skew included."""
        return datetime.now(UTC) + self._skew
