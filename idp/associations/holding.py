"""Takes an association for a unit that changes what its members may do."""

from dataclasses import dataclass

from idp.associations.store import AssociationRecord, association_by_id, association_named
from idp.store import Transaction
from idp.store.locks import take_association


@dataclass(frozen=True)
class UnknownAssociation:
    """No association has this code or alias."""


def held_association(tx: Transaction, text: str) -> AssociationRecord | None:
    """Return the association with this code or alias, as it is once this unit has it alone (SEC-22)."""
    found = association_named(tx, text)
    if found is None:
        return None
    take_association(tx, found.id)
    return association_by_id(tx, found.id)
