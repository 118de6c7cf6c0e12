"""Decides who may try now, who waits, and who needs the mailbox first (SEC-11 to 14; STD-37, STD-38).

Given counters and the time, says `Free`, `Wait`, `NeedsKnownBrowser` or `NeedsReset`. Knows no database and no clock.
Instants and spans are whole milliseconds, instants since 1970 in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

FOREVER = 10**14
"""As a wait: time alone opens nothing."""
_DAY = 86_400_000


@dataclass(frozen=True)
class Counter:
    """What is remembered of one key. The rule that counts says what `count` and the instants in `marks` mean."""

    count: int = 0
    marks: tuple[int, ...] = ()


class Rule(Protocol):
    """How one kind of counter fills and empties."""

    def wait(self, counter: Counter, at: int) -> int:
        """Return how long the next attempt must wait; 0 when it may come now."""
        ...

    def counted(self, counter: Counter, at: int) -> Counter:
        """Return the counter with one attempt more."""
        ...

    def given_back(self, counter: Counter, counted_at: int, before: Counter) -> Counter:
        """Return the counter without the attempt of `counted_at`, before which it was `before`."""
        ...

    def ends_at(self, counter: Counter) -> int:
        """Return from when on the counter is as good as a new one."""
        ...


@dataclass(frozen=True)
class Ladder:
    """Failures in a row: `free` of them cost nothing, then each doubles the wait from `first` up to `longest`.

    Forgotten after `memory` without an attempt. The last attempt stands in `marks`.
    """

    free: int
    first: int
    longest: int
    memory: int = _DAY

    def delay_after(self, failures: int) -> int:
        """Return how long one waits after so many failures."""
        if failures < self.free:
            return 0
        doublings = min(failures - self.free, 40)
        return min(self.first << doublings, self.longest)

    def wait(self, counter: Counter, at: int) -> int:
        """Return what is left of the delay."""
        if not counter.marks or self._is_forgotten(counter, at):
            return 0
        return max(0, counter.marks[-1] + self.delay_after(counter.count) - at)

    def counted(self, counter: Counter, at: int) -> Counter:
        """Return one failure more, until success says otherwise."""
        known = 0 if self._is_forgotten(counter, at) else counter.count
        return Counter(known + 1, (at,))

    def given_back(self, counter: Counter, counted_at: int, before: Counter) -> Counter:
        """Return one failure less; the wait ends where it ended before, unless another attempt came between."""
        marks = before.marks if counter.marks == (counted_at,) else counter.marks
        return Counter(max(0, counter.count - 1), marks)

    def ends_at(self, counter: Counter) -> int:
        """Return the end of the memory."""
        return (counter.marks[-1] if counter.marks else 0) + self.memory

    def _is_forgotten(self, counter: Counter, at: int) -> bool:
        return at >= self.ends_at(counter)


@dataclass(frozen=True)
class Quota:
    """At most `most` in any `span`, exactly: every instant is kept in `marks`, `most` of them at most."""

    most: int
    span: int

    def wait(self, counter: Counter, at: int) -> int:
        """Return how long until the oldest of the last `most` is a span away."""
        live = self._live(counter, at)
        return max(0, live[-self.most] + self.span - at) if len(live) >= self.most else 0

    def counted(self, counter: Counter, at: int) -> Counter:
        """Return the counter with this instant."""
        live = tuple(sorted((*self._live(counter, at), at)))[-self.most :]
        return Counter(len(live), live)

    def given_back(self, counter: Counter, counted_at: int, before: Counter) -> Counter:
        """Return the counter without that instant."""
        marks = list(counter.marks)
        if counted_at in marks:
            marks.remove(counted_at)
        return Counter(len(marks), tuple(marks))

    def ends_at(self, counter: Counter) -> int:
        """Return when the last instant is a span away."""
        return (counter.marks[-1] if counter.marks else 0) + self.span

    def _live(self, counter: Counter, at: int) -> tuple[int, ...]:
        return tuple(mark for mark in counter.marks if mark > at - self.span)


@dataclass(frozen=True)
class Bucket:
    """A leaking bucket: `most` at once, then one more each `span / most`. `marks` holds when it will be empty.

    It slows a source down without ever shutting it out: whoever comes waits for one drop at most.
    """

    most: int
    span: int

    @property
    def drop(self) -> int:
        """How long one attempt takes to leak away."""
        return max(1, self.span // self.most)

    def wait(self, counter: Counter, at: int) -> int:
        """Return how long until there is room for one more."""
        return max(0, self._empty_at(counter, at) + self.drop - at - self.most * self.drop)

    def counted(self, counter: Counter, at: int) -> Counter:
        """Return the bucket with one more in it, full at most."""
        return Counter(0, (min(self._empty_at(counter, at) + self.drop, at + self.most * self.drop),))

    def given_back(self, counter: Counter, counted_at: int, before: Counter) -> Counter:
        """Return the bucket with one less in it."""
        return Counter(0, tuple(mark - self.drop for mark in counter.marks))

    def ends_at(self, counter: Counter) -> int:
        """Return when it is empty."""
        return counter.marks[-1] if counter.marks else 0

    def _empty_at(self, counter: Counter, at: int) -> int:
        return max(at, counter.marks[-1]) if counter.marks else at


@dataclass(frozen=True)
class Run:
    """Failures in a row that time does not forget, `most` of them; the last stands in `marks` (STD-37)."""

    most: int
    memory: int = 400 * _DAY

    def wait(self, counter: Counter, at: int) -> int:
        """Return 0 or `FOREVER`."""
        return FOREVER if counter.count >= self.most else 0

    def counted(self, counter: Counter, at: int) -> Counter:
        """Return one failure more."""
        return Counter(counter.count + 1, (at,))

    def given_back(self, counter: Counter, counted_at: int, before: Counter) -> Counter:
        """Return one failure less."""
        return Counter(max(0, counter.count - 1), counter.marks)

    def ends_at(self, counter: Counter) -> int:
        """Return when nobody needs it any more: attempts on the account stopped a year ago."""
        return (counter.marks[-1] if counter.marks else 0) + self.memory


@dataclass(frozen=True)
class Watch:
    """Stops nobody: tells when `most` failures came within a `span` that begins with the first.

    `marks` holds the span's begin and, once `most` was reached in it, when that was.
    """

    most: int
    span: int

    def wait(self, counter: Counter, at: int) -> int:
        """Return 0: it only looks on."""
        return 0

    def counted(self, counter: Counter, at: int) -> Counter:
        """Return one failure more; the mark of an alarm is set once a span."""
        if not counter.marks or at >= counter.marks[0] + self.span:
            return Counter(1, (at,))
        count = counter.count + 1
        alarmed = count >= self.most and len(counter.marks) == 1
        return Counter(count, (*counter.marks, at) if alarmed else counter.marks)

    def given_back(self, counter: Counter, counted_at: int, before: Counter) -> Counter:
        """Return one failure less, if it belongs to this span."""
        is_older = not counter.marks or counted_at < counter.marks[0]
        return counter if is_older else Counter(max(0, counter.count - 1), counter.marks)

    def ends_at(self, counter: Counter) -> int:
        """Return the end of the span."""
        return (counter.marks[0] if counter.marks else 0) + self.span

    def is_pressed(self, counter: Counter, at: int) -> bool:
        """Tell whether so many failures came that strangers are to be slowed down."""
        return len(counter.marks) > 1 and at < self.ends_at(counter)


class Barrier(StrEnum):
    """What a full counter asks of whoever comes."""

    PATIENCE = "patience"
    KNOWN_BROWSER = "known_browser"
    RESET = "reset"


@dataclass(frozen=True)
class Gate:
    """One counter that an attempt must pass: its key, its rule, and what it asks when it is full."""

    key: str
    rule: Rule
    barrier: Barrier = Barrier.PATIENCE


@dataclass(frozen=True)
class Free:
    """The attempt may be tried."""


@dataclass(frozen=True)
class Wait:
    """Not before so many seconds, rounded up."""

    seconds: int


@dataclass(frozen=True)
class NeedsKnownBrowser:
    """This browser must first be marked known by a mailed link, or wait so many seconds."""

    seconds: int


@dataclass(frozen=True)
class NeedsReset:
    """Only a known browser or a mailed reset opens this account (STD-37)."""


Obstacle = Wait | NeedsKnownBrowser | NeedsReset
Standing = Free | Obstacle


def judge(gates: Sequence[Gate], counters: Mapping[str, Counter], at: int) -> Standing:
    """Return what stands in the way of one attempt that must pass all gates: the hardest obstacle, the longest wait."""
    longest = dict.fromkeys(Barrier, 0)
    for gate in gates:
        wait = gate.rule.wait(counters[gate.key], at)
        longest[gate.barrier] = max(longest[gate.barrier], wait)
    if longest[Barrier.RESET]:
        return NeedsReset()
    if longest[Barrier.KNOWN_BROWSER]:
        return NeedsKnownBrowser(_seconds(longest[Barrier.KNOWN_BROWSER]))
    if longest[Barrier.PATIENCE]:
        return Wait(_seconds(longest[Barrier.PATIENCE]))
    return Free()


def _seconds(milliseconds: int) -> int:
    return -(-milliseconds // 1000)


def as_milliseconds(instant: datetime) -> int:
    """Return an instant as the rules count it."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def as_instant(milliseconds: int) -> datetime:
    """Return an instant of the rules as a datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
