"""The SQL of counters and of the names that accounts are tried under.

`hold` is one upsert that changes nothing but takes the row, so that what it returns can't change before this unit
ends: two attempts at once are counted one after the other (F-09). Whoever holds several takes them in the order of
their keys, so that no two wait for each other.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.store import Transaction
from idp.store.prepared import Prepared
from idp.store.tables import table_of
from idp.throttle.rules import Counter
from idp.throttle.tables import ThrottleCounter, ThrottleName

_COUNTER = table_of(ThrottleCounter)
_NAME = table_of(ThrottleName)
_NEW_COUNTER: dict[str, Any] = {name: bindparam(name) for name in ("key", "count", "marks", "expires_at")}
_NEW_NAME: dict[str, Any] = {name: bindparam(name) for name in ("key", "stands_for", "expires_at")}
_HOLD = {
    dialect: Prepared(
        make(_COUNTER)
        .values(_NEW_COUNTER)
        .on_conflict_do_update(index_elements=["key"], set_={"count": _COUNTER.c.count})
        .returning(_COUNTER.c.count, _COUNTER.c.marks)
    )
    for dialect, make in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_KEEP = Prepared(
    update(_COUNTER)
    .where(_COUNTER.c.key == bindparam("held"))
    .values(count=bindparam("fresh_count"), marks=bindparam("fresh_marks"), expires_at=bindparam("ends"))
)
_READ = select(_COUNTER.c.key, _COUNTER.c.count, _COUNTER.c.marks).where(
    _COUNTER.c.key.in_(bindparam("keys", expanding=True))
)
_MEANING = Prepared(
    select(_NAME.c.stands_for).where(_NAME.c.key == bindparam("name"), _NAME.c.expires_at > bindparam("at"))
)
_LEARN = {
    dialect: statement.values(_NEW_NAME).on_conflict_do_update(
        index_elements=["key"],
        set_={"stands_for": statement.excluded.stands_for, "expires_at": statement.excluded.expires_at},
    )
    for dialect, statement in (("sqlite", sqlite_insert(_NAME)), ("postgresql", postgresql_insert(_NAME)))
}


def read(tx: Transaction, keys: Iterable[str]) -> dict[str, Counter]:
    """Return the counters of the keys as they are now; one that isn't there is empty."""
    counters = dict.fromkeys(keys, Counter())
    rows = tx.execute(_READ, {"keys": list(counters)}) if counters else ()
    return counters | {key: Counter(count, _instants(marks)) for key, count, marks in rows}


def hold(tx: Transaction, keys: Iterable[str], at: datetime) -> dict[str, Counter]:
    """Return the counters of the keys, and keep everybody else from them until the end of this unit."""
    return {key: _hold(tx, key, at) for key in sorted(set(keys))}


def _hold(tx: Transaction, key: str, at: datetime) -> Counter:
    blank = {"key": key, "count": 0, "marks": "", "expires_at": at}
    row = _HOLD[tx.dialect.name].first(tx, blank)
    return Counter(int(row[0]), _instants(row[1])) if row else Counter()


def keep(tx: Transaction, counters: Mapping[str, tuple[Counter, datetime]]) -> None:
    """Write counters that this unit holds, each with the instant from which it says nothing any more."""
    for key, (counter, ends) in sorted(counters.items()):
        marks = " ".join(map(str, counter.marks))
        _KEEP.run(tx, {"held": key, "fresh_count": counter.count, "fresh_marks": marks, "ends": ends})


def meaning_of(tx: Transaction, name: str, at: datetime) -> str | None:
    """Return what a typed name turned out to be, if that was learned."""
    found: str | None = _MEANING.scalar(tx, {"name": name, "at": at})
    return found


def learn(tx: Transaction, name: str, stands_for: str, expires_at: datetime) -> None:
    """Remember what a typed name turned out to be."""
    tx.execute(_LEARN[tx.dialect.name], {"key": name, "stands_for": stands_for, "expires_at": expires_at})


def _instants(marks: str) -> tuple[int, ...]:
    return tuple(map(int, marks.split()))
