"""Decides when the membership service is spared, and how long its verdict may answer for it.

Design: « The eligibility hook », provider `http`. Knows no clock and no network: the caller passes the time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.eligibility.verdict import Purpose

FAILURES_TO_OPEN = 5
PROBE_EVERY = timedelta(seconds=5)
LONGEST_USE = timedelta(seconds=60)
NOT_OFFERED_FOR = timedelta(minutes=5)
"""How long we believe that a service doesn't offer what it answered 404 to."""
REMEMBERED = frozenset({Purpose.AUTHORIZE, Purpose.CODE, Purpose.REFRESH})
"""Where an earlier verdict may answer. Who types a password or wants a link is asked about anew, every time."""


def use_of(max_age_seconds: int | None) -> timedelta:
    """Return how long a verdict may be used again: as the service allows, 60 s at most, not at all where it is mute."""
    return min(timedelta(seconds=max_age_seconds or 0), LONGEST_USE)


@dataclass(frozen=True)
class Breaker:
    """Spares a service that is down, and those who would wait for it.

    Opens after five questions in a row that failed, lets one through every 5 s to probe, closes on one good answer.
    """

    failures: int = 0
    probe_at: datetime | None = None
    """When the next question may be let through; none while closed."""

    @property
    def is_open(self) -> bool:
        """Whether questions are refused unasked."""
        return self.probe_at is not None

    def admits(self, at: datetime) -> bool:
        """Tell whether a question may be asked now. A clock that was set back delays no probe."""
        return self.probe_at is None or at >= self.probe_at or at < self.probe_at - PROBE_EVERY

    def asked(self, at: datetime) -> "Breaker":
        """A question that was admitted goes out: while open it is the probe, and the next one waits its 5 s."""
        return replace(self, probe_at=at + PROBE_EVERY) if self.is_open else self

    def answered(self) -> "Breaker":
        """A good answer came."""
        return Breaker()

    def failed(self, at: datetime) -> "Breaker":
        """No answer came, or one that can't be used. What was asked before we opened delays no probe."""
        failures = self.failures + 1
        opens = failures >= FAILURES_TO_OPEN and not self.is_open
        return replace(self, failures=failures, probe_at=at + PROBE_EVERY if opens else self.probe_at)

    def learned_nothing(self, at: datetime) -> "Breaker":
        """An answer came that says neither: if it was the probe, the next question probes."""
        return replace(self, probe_at=at) if self.is_open else self
