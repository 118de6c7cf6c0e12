"""Joins the rows of a file into persons, checks them against one another, and finds what differs from the directory.

A row is the whole truth about its person: an emptied cell empties the directory's, a link left out ends. Persons that
the file doesn't name stay as they are. Knows no database: the caller passes what the directory holds.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from idp.eligibility.importing.faults import CellFault, FaultKind
from idp.eligibility.importing.rows import NO_LINKS, MemberRow

OWN = ("given_name", "family_name", "birth_date", "email", "username")
"""What every row of a person must say alike."""

PersonKey = tuple[str, str]
"""(association's id, external id)."""


@dataclass(slots=True)
class WantedPerson:
    """A person as the file wants them. `rows` are the lines that speak of them, the first one with their own values."""

    association_id: str
    rows: list[MemberRow]
    roles_by_season: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Roles by the season's label; later by its id."""
    children: Mapping[str, bool] = field(default_factory=lambda: NO_LINKS)
    """Child → whether the link is legal."""

    @property
    def first(self) -> MemberRow:
        """The row that has the person's own values."""
        return self.rows[0]

    @property
    def key(self) -> PersonKey:
        """Who it is."""
        return self.association_id, self.rows[0].external_id


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as the directory holds them. `own` are the values named by `OWN`."""

    own: tuple[object, ...]
    email_key: str | None
    username_key: str | None
    roles_by_season: Mapping[str, tuple[str, ...]]
    """By the season's id."""
    children: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Difference:
    """What must be written to make the directory hold a person as wanted."""

    person: WantedPerson
    known: KnownPerson | None
    is_own_changed: bool
    ended_seasons: Sequence[str]
    """Ids of seasons whose roles change: their rows end."""
    new_seasons: Sequence[str]
    ended_children: Sequence[str]
    new_children: Sequence[str]

    @property
    def moves(self) -> bool:
        """Whether the identifier that opened the person's door is another from now on, or none."""
        old = self.known and (self.known.email_key or self.known.username_key)
        row = self.person.first
        return bool(old) and old != (row.email_key or row.username_key)


def join_rows(
    rows: Iterable[MemberRow], associations: Mapping[str, str]
) -> tuple[dict[PersonKey, WantedPerson], list[CellFault]]:
    """Join rows into persons; rows that contradict an earlier one are left out, as faults.

    `associations` are the ids of those whose names the file uses.
    """
    persons: dict[PersonKey, WantedPerson] = {}
    faults: list[CellFault] = []
    for row in rows:
        association_id = associations.get(row.association)
        if association_id is None:
            faults.append(CellFault(row.line, "association", FaultKind.UNKNOWN_ASSOCIATION, row.association))
            continue
        person = persons.get((association_id, row.external_id))
        found = list(_contradictions(person, row)) if person else []
        faults += found
        if not found:
            _join(persons, person, association_id, row)
    return persons, faults


def username_faults(
    persons: Mapping[PersonKey, WantedPerson], holders: Mapping[tuple[str, str], str]
) -> Iterator[CellFault]:
    """Find usernames that two persons of an association want, or that somebody else keeps (S5).

    `holders` tells who holds a username now, by (association's id, canonical username).
    """
    takers: dict[tuple[str, str], WantedPerson] = {}
    for (association_id, external_id), person in persons.items():
        row = person.first
        if row.username_key is None:
            continue
        wanted = association_id, row.username_key
        rival = takers.setdefault(wanted, person)
        holder = holders.get(wanted)
        keeps = holder is not None and holder != external_id and (association_id, holder) not in persons
        if rival is not person:
            yield CellFault(row.line, "username", FaultKind.USERNAME_TAKEN, row.username or "", rival.first.external_id)
        elif keeps:
            yield CellFault(row.line, "username", FaultKind.USERNAME_TAKEN, row.username or "", holder or "")


def link_faults(persons: Mapping[PersonKey, WantedPerson], known_ids: Collection[PersonKey]) -> Iterator[CellFault]:
    """Find guardians of children whom neither the file nor the directory knows."""
    for (association_id, _), person in persons.items():
        for row in person.rows:
            for child in row.guardian_of:
                if (association_id, child) not in persons and (association_id, child) not in known_ids:
                    yield CellFault(row.line, "guardian_of", FaultKind.UNKNOWN_PERSON, child)


def without_lines(persons: Mapping[PersonKey, WantedPerson], lines: Collection[int]) -> dict[PersonKey, WantedPerson]:
    """Leave these lines of the file out, and persons of whom none is left."""
    kept: dict[PersonKey, WantedPerson] = {}
    for (association_id, _), person in persons.items():
        for row in person.rows:
            if row.line not in lines:
                _join(kept, kept.get((association_id, row.external_id)), association_id, row)
    return kept


def difference(person: WantedPerson, season_ids: Mapping[str, str], known: KnownPerson | None) -> Difference | None:
    """Return what must be written for a person, or nothing. `season_ids` are by label."""
    wanted = {season_ids[label]: roles for label, roles in person.roles_by_season.items()}
    had_roles = known.roles_by_season if known else {}
    had_children = known.children if known else {}
    new_seasons = tuple(season for season, roles in wanted.items() if had_roles.get(season) != roles)
    new_children = tuple(child for child, legal in person.children.items() if had_children.get(child) is not legal)
    found = Difference(
        person,
        known,
        is_own_changed=known is None or known.own != tuple(getattr(person.first, name) for name in OWN),
        ended_seasons=tuple(season for season in new_seasons if season in had_roles),
        new_seasons=new_seasons,
        ended_children=tuple(child for child, legal in had_children.items() if person.children.get(child) is not legal),
        new_children=new_children,
    )
    anything = found.is_own_changed or new_seasons or new_children or found.ended_children
    return found if anything else None


def _contradictions(person: WantedPerson, row: MemberRow) -> Iterator[CellFault]:
    first = person.first
    if row.season in person.roles_by_season or (not row.season and any(not other.season for other in person.rows)):
        yield CellFault(row.line, "external_id", FaultKind.REPEATED_ROW, row.external_id, str(first.line))
    for name in OWN:
        if getattr(row, name) != getattr(first, name):
            yield CellFault(row.line, name, FaultKind.DIFFERS, str(getattr(row, name) or ""), str(first.line))


def _join(
    persons: dict[PersonKey, WantedPerson], person: WantedPerson | None, association_id: str, row: MemberRow
) -> None:
    if person is None:
        person = persons[association_id, row.external_id] = WantedPerson(association_id, [])
    person.rows.append(row)
    if row.season:
        person.roles_by_season[row.season] = row.roles
    if row.guardian_of:
        legal = {child: is_legal or person.children.get(child, False) for child, is_legal in row.guardian_of.items()}
        person.children = {**person.children, **legal}
