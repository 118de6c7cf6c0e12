"""SQL of associations, their names and their seasons. Each function runs in the caller's unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.associations.rules import NameKind, canonical_name
from idp.associations.tables import Association, AssociationName, Season
from idp.store import Transaction
from idp.store.prepared import Prepared
from idp.store.tables import table_of

_ASSOCIATION = table_of(Association)
_NAME = table_of(AssociationName)
_SEASON = table_of(Season)


@dataclass(frozen=True)
class PublicAssociation:
    """What pages may show of an association. That it exists is public; who belongs to it is not."""

    id: str
    code: str
    alias: str | None
    name: str
    contact: str | None
    disclosure: str | None
    """`explicit`, `discreet`, or nothing: as `[login] disclosure` says."""


@dataclass(frozen=True)
class SeasonRecord:
    """A season of an association."""

    id: str
    label: str
    ends_on: date | None
    started_at: datetime | None


@dataclass(frozen=True)
class AssociationRecord:
    """An association with its season's pointer."""

    public: PublicAssociation
    timezone: str
    grace_days: int
    edition: int
    current_season: SeasonRecord | None
    previous_season_id: str | None
    season_started_at: datetime | None
    created_at: datetime

    @property
    def id(self) -> str:
        """The association's identifier, which nothing changes."""
        return self.public.id


@dataclass(frozen=True)
class NameRecord:
    """A code or alias. `key` is canonical, `label` as the club wrote it."""

    key: str
    label: str
    kind: NameKind
    association_id: str


_WITH_SEASON = select(
    _ASSOCIATION,
    _SEASON.c.label.label("season_label"),
    _SEASON.c.ends_on.label("season_ends_on"),
    _SEASON.c.started_at.label("season_first_started_at"),
).select_from(_ASSOCIATION.outerjoin(_SEASON, _SEASON.c.id == _ASSOCIATION.c.current_season_id))
_COLUMNS = tuple(_WITH_SEASON.exported_columns.keys())
_BY_NAME = Prepared(
    _WITH_SEASON.join(_NAME, _NAME.c.association_id == _ASSOCIATION.c.id).where(_NAME.c.key == bindparam("key"))
)
_BY_ID = _WITH_SEASON.where(_ASSOCIATION.c.id == bindparam("association"))
_PAGE = _WITH_SEASON.where(_ASSOCIATION.c.code > bindparam("after")).order_by(_ASSOCIATION.c.code)
_NAMES = select(_NAME).where(_NAME.c.association_id == bindparam("association")).order_by(_NAME.c.kind, _NAME.c.label)
_HOLDER = select(_NAME).where(_NAME.c.key == bindparam("name_key"))
_ADD = insert(_ASSOCIATION)
_PUT_NAME = {
    dialect: statement.on_conflict_do_update(
        index_elements=["key"],
        set_={"label": statement.excluded.label, "kind": statement.excluded.kind},
        # A name that another association took first stays theirs, and no row comes back.
        where=_NAME.c.association_id == statement.excluded.association_id,
    ).returning(_NAME.c.key)
    for dialect, statement in (("sqlite", sqlite_insert(_NAME)), ("postgresql", postgresql_insert(_NAME)))
}
_SEASON_FIELDS = [_SEASON.c[name] for name in ("id", "label", "ends_on", "started_at")]
_SEASONS = select(*_SEASON_FIELDS).where(_SEASON.c.association_id == bindparam("association"))
_SEASON_BY_LABEL = _SEASONS.where(_SEASON.c.label == bindparam("label"))
_ADD_SEASON = {
    dialect: make(_SEASON).on_conflict_do_nothing(index_elements=["association_id", "label"])
    for dialect, make in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_SET_END = update(_SEASON).where(_SEASON.c.id == bindparam("season")).values(ends_on=bindparam("new_end"))
_MARK_STARTED = update(_SEASON).where(_SEASON.c.id == bindparam("season")).values(started_at=bindparam("at"))
_MOVE_POINTER = (
    update(_ASSOCIATION)
    .where(_ASSOCIATION.c.id == bindparam("association"))
    .values(
        current_season_id=bindparam("season"),
        previous_season_id=_ASSOCIATION.c.current_season_id,
        season_started_at=bindparam("at"),
    )
)
_EDITABLE = ("code", "alias", "name", "contact", "timezone", "disclosure", "grace_days")
_EDIT = (
    update(_ASSOCIATION)
    .where(_ASSOCIATION.c.id == bindparam("association"))
    .values({name: bindparam(f"new_{name}") for name in _EDITABLE})
)


def find_association(tx: Transaction, text: str) -> PublicAssociation | None:
    """Return the association that has this code or alias, a retired one too, in any spelling (S3, S4)."""
    record = association_named(tx, text)
    return record.public if record else None


def association_named(tx: Transaction, text: str) -> AssociationRecord | None:
    """As `find_association`, with the season's pointer."""
    row = _BY_NAME.first(tx, {"key": canonical_name(text)})
    return _record(dict(zip(_COLUMNS, row, strict=True))) if row else None


def association_by_id(tx: Transaction, association_id: str) -> AssociationRecord:
    """Return the association with this id, which must exist."""
    return _record(dict(tx.execute(_BY_ID, {"association": association_id}).mappings().one()))


def list_associations(tx: Transaction, after: str = "", limit: int = 100) -> Sequence[AssociationRecord]:
    """Return a page of associations by code, from the first code above `after`."""
    return [_record(dict(row)) for row in tx.execute(_PAGE.limit(limit), {"after": after}).mappings()]


def names_of(tx: Transaction, association_id: str) -> Sequence[NameRecord]:
    """Return every code and alias of an association, retired ones too."""
    return [_name(row) for row in tx.execute(_NAMES, {"association": association_id}).mappings()]


def holder_of(tx: Transaction, key: str) -> NameRecord | None:
    """Return whose name this is, if anybody's."""
    row = tx.execute(_HOLDER, {"name_key": key}).mappings().one_or_none()
    return _name(row) if row else None


def add_association(tx: Transaction, record: AssociationRecord) -> None:
    """Write a new association. Its names are put with `put_name`."""
    public = record.public
    tx.execute(
        _ADD,
        {
            "id": public.id,
            "code": public.code,
            "alias": public.alias,
            "name": public.name,
            "contact": public.contact,
            "timezone": record.timezone,
            "disclosure": public.disclosure,
            "grace_days": record.grace_days,
            "edition": 0,
            "created_at": record.created_at,
        },
    )


def put_name(tx: Transaction, association_id: str, label: str, kind: NameKind) -> bool:
    """Give the association a name, or change the kind of one it has. False when the name is another's."""
    row = {"key": canonical_name(label), "association_id": association_id, "label": label, "kind": kind.value}
    return tx.execute(_PUT_NAME[tx.dialect.name], row).first() is not None


def edit_association(tx: Transaction, record: AssociationRecord) -> None:
    """Write what an operator may change of an association."""
    values = {name: getattr(record.public, name, None) for name in _EDITABLE}
    values |= {"timezone": record.timezone, "grace_days": record.grace_days}
    tx.execute(_EDIT, {"association": record.id, **{f"new_{name}": value for name, value in values.items()}})


def seasons_of(tx: Transaction, association_id: str) -> Sequence[SeasonRecord]:
    """Return the association's seasons by label."""
    rows = tx.execute(_SEASONS.order_by(_SEASON.c.label), {"association": association_id})
    return [SeasonRecord(**row) for row in rows.mappings()]


def season_labelled(tx: Transaction, association_id: str, label: str) -> SeasonRecord | None:
    """Return the association's season with this label."""
    found = tx.execute(_SEASON_BY_LABEL, {"association": association_id, "label": label}).mappings().one_or_none()
    return SeasonRecord(**found) if found else None


def add_season(
    tx: Transaction, association_id: str, label: str, *, season_id: str, ends_on: date | None, at: datetime
) -> SeasonRecord:
    """Return the season with this label, made now with `season_id` where there was none. Never makes it current."""
    row = {"id": season_id, "association_id": association_id, "label": label, "ends_on": ends_on, "created_at": at}
    tx.execute(_ADD_SEASON[tx.dialect.name], row)
    season = season_labelled(tx, association_id, label)
    if season is None:  # pragma: no cover -- the line above wrote it, in this very unit
        raise LookupError(label)
    return season


def set_season_end(tx: Transaction, season_id: str, ends_on: date) -> None:
    """Say when the season ends. It cuts nobody."""
    tx.execute(_SET_END, {"season": season_id, "new_end": ends_on})


def move_pointer(tx: Transaction, association_id: str, season_id: str, at: datetime) -> None:
    """Make the season the current one and remember the one before (S1)."""
    tx.execute(_MARK_STARTED, {"season": season_id, "at": at})
    tx.execute(_MOVE_POINTER, {"association": association_id, "season": season_id, "at": at})


def _record(row: Mapping[str, Any]) -> AssociationRecord:
    season = None
    if row["season_label"] is not None:
        season = SeasonRecord(
            row["current_season_id"], row["season_label"], row["season_ends_on"], row["season_first_started_at"]
        )
    public = PublicAssociation(row["id"], row["code"], row["alias"], row["name"], row["contact"], row["disclosure"])
    return AssociationRecord(
        public,
        row["timezone"],
        row["grace_days"],
        row["edition"],
        season,
        row["previous_season_id"],
        row["season_started_at"],
        row["created_at"],
    )


def _name(row: RowMapping) -> NameRecord:
    return NameRecord(row["key"], row["label"], NameKind(row["kind"]), row["association_id"])
