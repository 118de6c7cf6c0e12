"""Remembers what verdicts said of associations: names for pages, and codes for commands that act here.

The membership domain stays the authority: its latest word replaces what was known, and nobody may enter by what is kept
here. Persons are not kept.
"""

from datetime import datetime

from sqlalchemy import Insert, bindparam, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.associations.rules import NameKind, canonical_name
from idp.associations.tables import Association, AssociationName
from idp.eligibility.verdict import AssociationFacts
from idp.store import Transaction
from idp.store.tables import table_of

_ASSOCIATION = table_of(Association)
_NAME = table_of(AssociationName)
_SAID = ("code", "alias", "name", "contact", "timezone")


def _statements(dialect: str) -> tuple[Insert, Insert]:
    insert = postgresql_insert if dialect == "postgresql" else sqlite_insert
    known, name = insert(_ASSOCIATION), insert(_NAME)
    return (
        known.on_conflict_do_update(index_elements=["id"], set_={one: known.excluded[one] for one in _SAID}),
        # A name that moved to another association leads there from now on.
        name.on_conflict_do_update(
            index_elements=["key"], set_={one: name.excluded[one] for one in ("association_id", "label", "kind")}
        ),
    )


_UPSERTS = {dialect: _statements(dialect) for dialect in ("sqlite", "postgresql")}
_RETIRE = (
    update(_NAME)
    .where(_NAME.c.association_id == bindparam("association"), _NAME.c.key.not_in([bindparam("a"), bindparam("b")]))
    .values(kind=NameKind.RETIRED.value)
)


def remember_association(tx: Transaction, facts: AssociationFacts, at: datetime) -> None:
    """Keep what a verdict said of its association. Names it no longer has go on leading to it."""
    upsert_association, upsert_name = _UPSERTS[tx.dialect.name]
    said = {one: getattr(facts, one) for one in _SAID}
    tx.execute(upsert_association, {"id": facts.id, **said, "grace_days": 0, "edition": 0, "created_at": at})
    names = {canonical_name(facts.alias or ""): (facts.alias, NameKind.ALIAS)}
    names |= {canonical_name(facts.code): (facts.code, NameKind.CODE)}
    rows = [
        {"key": key, "association_id": facts.id, "label": label, "kind": kind.value}
        for key, (label, kind) in sorted(names.items())
        if key
    ]
    tx.execute(_RETIRE, {"association": facts.id, "a": rows[0]["key"], "b": rows[-1]["key"]})
    for row in rows:
        tx.execute(upsert_name, row)
