"""Who waits for whom when a verdict changes while somebody signs in.

A unit that issues something (a session, a code, a token) shares its association; a unit that takes something away (a
ban, a new season) has it alone. Whoever comes second sees what the first has committed, so that no credential survives
the ban that overtook it (SEC-22). SQLite has one writer at a time and needs none of this.
"""

from sqlalchemy import bindparam, func, select

from idp.store.unit_of_work import Transaction

_SHARED = select(func.pg_advisory_xact_lock_shared(func.hashtextextended(bindparam("association_id"), 0)))
_ALONE = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("association_id"), 0)))


def share_association(tx: Transaction, association_id: str) -> None:
    """Hold the association together with others until the end of this unit. Call it before any epoch is read."""
    if tx.dialect.name == "postgresql":
        tx.execute(_SHARED, {"association_id": association_id})


def take_association(tx: Transaction, association_id: str) -> None:
    """Hold the association alone until the end of this unit, for as short a time as can be."""
    if tx.dialect.name == "postgresql":
        tx.execute(_ALONE, {"association_id": association_id})
