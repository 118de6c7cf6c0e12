"""Verdicts that may answer again for a moment, in this process. Refusals are never kept.

Whether ban or season have overtaken a verdict is not known here: the caller compares change numbers (decision 10).
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from idp.eligibility.membership.rules import use_of
from idp.eligibility.verdict import Eligible, Verdict

MOST_VERDICTS = 10_000

Key = tuple[str, str]
"""Association and identifier, canonical."""


@dataclass(frozen=True)
class _Kept:
    verdict: Eligible
    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        """Tell whether it may still answer. A clock that was set back revives nothing (SEC-26)."""
        return self.since <= at < self.until


class VerdictCache:
    """At most `most` verdicts; the one that was used longest ago goes first."""

    def __init__(self, most: int = MOST_VERDICTS) -> None:
        """A verdict takes some 2 KB."""
        self._most = most
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def find(self, key: Key, at: datetime) -> Eligible | None:
        """Return the verdict that may answer now."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if not kept.holds(at):
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return kept.verdict

    def put(self, key: Key, verdict: Verdict, at: datetime) -> None:
        """Keep what was answered to a question asked at `at`, as long as the service allows; drop what it replaces."""
        self._kept.pop(key, None)
        if not isinstance(verdict, Eligible) or not use_of(verdict.max_age_seconds):
            return
        self._kept[key] = _Kept(verdict, at, at + use_of(verdict.max_age_seconds))
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
