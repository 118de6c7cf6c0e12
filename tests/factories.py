"""Clubs and members for stories: each function writes what its name says, in the caller's unit, through real stores.

`make_club` gives a club whose season runs; `add_member` puts a person in its directory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from idp.accounts.identifiers import canonical_identifier
from idp.accounts.store import CredentialFacts, create_credential, set_password
from idp.associations.rules import NameKind
from idp.associations.store import (
    AssociationRecord,
    PublicAssociation,
    add_association,
    add_season,
    association_by_id,
    move_pointer,
    put_name,
)
from idp.eligibility.tables import Ban, Guardianship, Member, Membership
from idp.entropy import Entropy
from idp.store import Transaction
from idp.store.tables import table_of
from tests.fakes import SeededEntropy

SEASON_START = datetime(2026, 9, 1, tzinfo=UTC)
SEASON = "2026-2027"
LAST_SEASON = "2025-2026"


@dataclass(frozen=True)
class Club:
    """An association and its current season."""

    id: str
    code: str
    alias: str | None
    season_id: str | None


def make_club(  # noqa: PLR0913 -- a story names only what matters to it
    tx: Transaction,
    code: str = "75012",
    alias: str | None = "MonAssociation",
    *,
    name: str = "Mon association",
    contact: str | None = None,
    disclosure: str | None = None,
    timezone: str = "Europe/Paris",
    grace_days: int = 0,
    season: str | None = SEASON,
    started_at: datetime = SEASON_START,
) -> Club:
    """A club; with `season=None` none has started yet."""
    club = Club(f"a-{code}", code, alias, f"s-{code}-{season}" if season else None)
    public = PublicAssociation(club.id, code, alias, name, contact, disclosure)
    add_association(tx, AssociationRecord(public, timezone, grace_days, 0, None, None, None, started_at))
    put_name(tx, club.id, code, NameKind.CODE)
    if alias:
        put_name(tx, club.id, alias, NameKind.ALIAS)
    if season:
        start_season(tx, club, season, started_at)
    return club


def make_season(tx: Transaction, club: Club, label: str, at: datetime = SEASON_START) -> str:
    """A season that nobody made current."""
    season_id = f"s-{club.code}-{label}"
    return add_season(tx, club.id, label, season_id=season_id, ends_on=_end_of(label), at=at).id


def start_season(tx: Transaction, club: Club, label: str, at: datetime = SEASON_START) -> str:
    """Move the pointer, without the epoch that the service raises."""
    season_id = make_season(tx, club, label, at)
    move_pointer(tx, club.id, season_id, at)
    return season_id


def add_member(  # noqa: PLR0913 -- as above
    tx: Transaction,
    club: Club,
    external_id: str,
    *,
    email: str | None = None,
    username: str | None = None,
    given_name: str = "Hugo",
    family_name: str = "Martin",
    birth_date: date | None = date(1990, 5, 17),
    seasons: Sequence[str] = (SEASON,),
    roles: Sequence[str] = (),
    guardian_of: Sequence[str] = (),
    legal_guardian_of: Sequence[str] = (),
) -> str:
    """A person, member in `seasons`: with `seasons=()` a guardian only. Returns `external_id`."""
    edition = association_by_id(tx, club.id).edition
    whose = {"association_id": club.id, "since_edition": edition}
    tx.execute(
        table_of(Member).insert(),
        {
            **whose,
            "external_id": external_id,
            "given_name": given_name,
            "family_name": family_name,
            "birth_date": birth_date,
            "email": email,
            "email_key": canonical_identifier(email) if email else None,
            "username": username,
            "username_key": canonical_identifier(username) if username else None,
            "updated_at": SEASON_START,
        },
    )
    for label in seasons:
        season_id = make_season(tx, club, label)
        row = {**whose, "external_id": external_id, "season_id": season_id, "roles": list(roles)}
        tx.execute(table_of(Membership).insert(), row)
    links: Mapping[str, bool] = dict.fromkeys(guardian_of, False) | dict.fromkeys(legal_guardian_of, True)
    for child, legal in links.items():
        row = {**whose, "guardian_id": external_id, "child_id": child, "legal": legal}
        tx.execute(table_of(Guardianship).insert(), row)
    return external_id


def ban_person(tx: Transaction, club: Club, person_id: str, at: datetime = SEASON_START) -> None:
    """A ban that is simply there; the service ends sessions besides."""
    row = {"association_id": club.id, "person_id": person_id, "created_at": at}
    tx.execute(table_of(Ban).insert(), row)


def give_credential(
    tx: Transaction,
    club: Club,
    identifier: str,
    *,
    password_hash: str | None = None,
    at: datetime = SEASON_START,
    entropy: Entropy | None = None,
) -> CredentialFacts:
    """The credential of a mailbox or username, with a stored hash if one is given."""
    key = canonical_identifier(identifier)
    address = identifier if "@" in identifier else None
    drawn = entropy or SeededEntropy(key.encode())
    credential = create_credential(tx, club.id, key, address=address, at=at, entropy=drawn)
    if password_hash is not None:
        set_password(tx, credential.id, password_hash, at)
        return create_credential(tx, club.id, key, address=address, at=at, entropy=drawn)
    return credential


def _end_of(label: str) -> date | None:
    year = label.rpartition("-")[2]
    return date(int(year), 8, 31) if year.isdigit() else None
