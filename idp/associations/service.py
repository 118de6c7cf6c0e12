"""What an operator does to associations: adds them, edits them, gives them names (S3, S4).

Each method is one unit with its audit event. What takes effect for members raises the association's epoch, so that
every earlier verdict is asked again; who stays eligible notices nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from idp.associations import store as associations
from idp.associations.holding import UnknownAssociation, held_association
from idp.associations.rules import (
    DISCLOSURES,
    MOST_GRACE_DAYS,
    Field,
    NameKind,
    Unfit,
    canonical_name,
    is_fit_code,
    is_fit_text,
    is_timezone,
)
from idp.associations.store import AssociationRecord, NameRecord, PublicAssociation
from idp.audit.store import Event, record
from idp.clock import Clock
from idp.eligibility.epochs import raise_epoch
from idp.entropy import Entropy, random_id
from idp.store import Store, Transaction

T = TypeVar("T")


@dataclass(frozen=True)
class Description:
    """What an operator says of an association. `None` leaves as it is, or takes the default for a new one."""

    code: str | None = None
    aliases: tuple[str, ...] | None = None
    """The current ones, the one shown to members first; those left out are retired, and go on leading here."""
    name: str | None = None
    contact: str | None = None
    """Empty: none."""
    timezone: str | None = None
    disclosure: str | None = None
    """`explicit` or `discreet`; empty: as `[login] disclosure` says."""
    grace_days: int | None = None


@dataclass(frozen=True)
class Described:
    """Done. `changed` tells whether there was anything to do."""

    association: AssociationRecord
    names: Sequence[NameRecord]
    changed: bool = True


@dataclass(frozen=True)
class NameTaken:
    """The code or alias belongs to an association already (one namespace over the service, SEC-35)."""

    label: str
    holder_code: str


class _NameOvertakenError(Exception):
    """Another association took the name while this unit ran."""


class Associations:
    """The associations of this service's own directory."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        """Ports."""
        self._store = store
        self._clock = clock
        self._entropy = entropy

    def add(self, wanted: Description) -> Described | Unfit | NameTaken:
        """Make an association with a code, at least, and a name (its code, where none is given)."""
        wanted = replace(_trimmed(wanted), code=(wanted.code or "").strip())
        unfit = _unfit(wanted)
        return unfit or self._write(lambda tx: self._add(tx, wanted))

    def edit(self, text: str, wanted: Description) -> Described | UnknownAssociation | Unfit | NameTaken:
        """Change what `wanted` says of the association with this code or alias."""
        wanted = _trimmed(wanted)
        unfit = _unfit(wanted)
        return unfit or self._write(lambda tx: self._edit(tx, text, wanted))

    def list(self, after: str = "", limit: int = 100) -> Sequence[AssociationRecord]:
        """Return a page of associations by code, from the first code above `after`."""
        return self._store.read_blocking(lambda tx: associations.list_associations(tx, after, limit))

    def _write(self, unit: Callable[[Transaction], T]) -> T:
        try:
            return self._store.write_blocking(unit)
        except _NameOvertakenError:
            return self._store.write_blocking(unit)  # now the other's name is there to be seen

    def _add(self, tx: Transaction, wanted: Description) -> Described | NameTaken:
        code, at = wanted.code or "", self._clock.now()
        aliases = wanted.aliases or ()
        taken = _taken(tx, (code, *aliases), "")
        if taken:
            return taken
        public = PublicAssociation(
            id=random_id(self._entropy, "asso"),
            code=code,
            alias=aliases[0] if aliases else None,
            name=wanted.name or code,
            contact=wanted.contact or None,
            disclosure=wanted.disclosure or None,
        )
        timezone = wanted.timezone or "Europe/Paris"
        made = AssociationRecord(public, timezone, wanted.grace_days or 0, 0, None, None, None, at)
        associations.add_association(tx, made)
        _put_names(tx, public.id, code, aliases)
        record(tx, Event("association.added", at, association_id=public.id, detail={"code": code}))
        return Described(made, associations.names_of(tx, public.id))

    def _edit(self, tx: Transaction, text: str, wanted: Description) -> Described | UnknownAssociation | NameTaken:
        before = held_association(tx, text)
        if before is None:
            return UnknownAssociation()
        code = before.public.code if wanted.code is None else wanted.code
        names = associations.names_of(tx, before.id)
        aliases = _ordered(names, before) if wanted.aliases is None else wanted.aliases
        taken = _taken(tx, (code, *aliases), before.id)
        if taken:
            return taken
        after = _edited(before, wanted, code, aliases)
        _retire(tx, names)
        _put_names(tx, before.id, code, aliases)
        names_now = associations.names_of(tx, before.id)
        if after == before and names_now == names:
            return Described(before, names, changed=False)
        associations.edit_association(tx, after)
        raise_epoch(tx, before.id)
        record(tx, Event("association.edited", self._clock.now(), association_id=before.id))
        return Described(after, names_now)


def _trimmed(wanted: Description) -> Description:
    def trim(text: str | None) -> str | None:
        return text if text is None else text.strip()

    return replace(
        wanted,
        code=trim(wanted.code),
        name=trim(wanted.name),
        contact=trim(wanted.contact),
        aliases=None if wanted.aliases is None else tuple(alias.strip() for alias in wanted.aliases if alias.strip()),
    )


def _unfit(wanted: Description) -> Unfit | None:
    """Return the first value that can't be. What is left out, or emptied where it may be, is fit."""
    checks = [
        (Field.CODE, wanted.code, wanted.code is None or is_fit_code(wanted.code)),
        *((Field.ALIAS, alias, is_fit_code(alias)) for alias in wanted.aliases or ()),
        (Field.NAME, wanted.name, wanted.name is None or is_fit_text(wanted.name)),
        (Field.CONTACT, wanted.contact, not wanted.contact or is_fit_text(wanted.contact)),
        (Field.TIMEZONE, wanted.timezone, wanted.timezone is None or is_timezone(wanted.timezone)),
        (Field.DISCLOSURE, wanted.disclosure, not wanted.disclosure or wanted.disclosure in DISCLOSURES),
        (Field.GRACE_DAYS, wanted.grace_days, 0 <= (wanted.grace_days or 0) <= MOST_GRACE_DAYS),
    ]
    return next((Unfit(field, str(value)) for field, value, is_fit in checks if not is_fit), None)


def _taken(tx: Transaction, labels: Sequence[str], association_id: str) -> NameTaken | None:
    """Return the first label that isn't this association's to have: another's, or the same one twice."""
    seen: set[str] = set()
    for label in labels:
        key = canonical_name(label)
        holder = associations.holder_of(tx, key)
        if holder and holder.association_id != association_id:
            return NameTaken(label, associations.association_by_id(tx, holder.association_id).public.code)
        if key in seen:
            return NameTaken(label, labels[0])
        seen.add(key)
    return None


def _ordered(names: Sequence[NameRecord], association: AssociationRecord) -> tuple[str, ...]:
    """Return the current aliases, the one shown to members first."""
    labels = [name.label for name in names if name.kind is NameKind.ALIAS]
    return tuple(sorted(labels, key=lambda label: label != association.public.alias))


def _retire(tx: Transaction, names: Sequence[NameRecord]) -> None:
    for name in names:
        associations.put_name(tx, name.association_id, name.label, NameKind.RETIRED)


def _put_names(tx: Transaction, association_id: str, code: str, aliases: Sequence[str]) -> None:
    for label, kind in ((code, NameKind.CODE), *((alias, NameKind.ALIAS) for alias in aliases)):
        if not associations.put_name(tx, association_id, label, kind):
            raise _NameOvertakenError(label)


def _edited(before: AssociationRecord, wanted: Description, code: str, aliases: Sequence[str]) -> AssociationRecord:
    public = replace(
        before.public,
        code=code,
        alias=aliases[0] if aliases else None,
        name=before.public.name if wanted.name is None else wanted.name,
        contact=before.public.contact if wanted.contact is None else wanted.contact or None,
        disclosure=before.public.disclosure if wanted.disclosure is None else wanted.disclosure or None,
    )
    return replace(
        before,
        public=public,
        timezone=wanted.timezone or before.timezone,
        grace_days=before.grace_days if wanted.grace_days is None else wanted.grace_days,
    )
