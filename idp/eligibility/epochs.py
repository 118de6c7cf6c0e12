"""Change numbers: how everybody notices at once that a verdict is out of date.

Every ban, unban, new season, import or erasure takes the next number of one counter and writes it down for the
association or the person concerned. Whoever asks the hook notes the counter first (`as_of`); a verdict is stale as
soon as its association or person carries a higher number. Read inside the unit that issues anything, after
`share_association` (SEC-22).
"""

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.eligibility.tables import ChangeCounter, Epoch
from idp.errors import Unavailable
from idp.store import Transaction
from idp.store.prepared import Prepared
from idp.store.tables import table_of

_COUNTER = table_of(ChangeCounter)
_EPOCH = table_of(Epoch)
WHOLE_ASSOCIATION = ""
ATTEMPTS = 3
"""How often the hook is asked anew when a change overtakes what was to be issued; then `overtaken`."""

_CURRENT = Prepared(select(_COUNTER.c.number).where(_COUNTER.c.id == 1))
_NEXT = update(_COUNTER).where(_COUNTER.c.id == 1).values(number=_COUNTER.c.number + 1).returning(_COUNTER.c.number)
_LATEST = select(func.max(_EPOCH.c.number)).where(
    _EPOCH.c.association_id == bindparam("association"),
    _EPOCH.c.person_id.in_([bindparam("person"), bindparam("whole", WHOLE_ASSOCIATION)]),
)


def current_change(tx: Transaction) -> int:
    """Return the number of the latest change of all. Note it before you ask the hook."""
    number: int = _CURRENT.scalar(tx, {})
    return number


def raise_epoch(tx: Transaction, association_id: str, person_id: str = WHOLE_ASSOCIATION) -> int:
    """Make every earlier verdict on the person, or on the whole association, stale. Returns the new number."""
    number: int = tx.execute(_NEXT).scalar_one()
    insert = postgresql_insert if tx.dialect.name == "postgresql" else sqlite_insert
    row = {"association_id": association_id, "person_id": person_id, "number": number}
    tx.execute(
        insert(_EPOCH)
        .values(row)
        .on_conflict_do_update(index_elements=["association_id", "person_id"], set_={"number": number})
    )
    return number


def is_stale(tx: Transaction, association_id: str, person_id: str, as_of: int) -> bool:
    """Tell whether something changed for this person or association after change number `as_of`."""
    latest = tx.execute(_LATEST, {"association": association_id, "person": person_id}).scalar_one()
    return latest is not None and latest > as_of


def overtaken() -> Unavailable:
    """Return what to raise when the verdict changed at each of the `ATTEMPTS`: nothing was spent, come again."""
    return Unavailable("eligibility", "the verdict changed again and again")
