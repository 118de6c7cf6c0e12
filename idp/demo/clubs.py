"""The demonstration's clubs: filled as an operator fills theirs, with associations, a season, a members file, a ban.

Some accounts have their password already, so that one can sign in at once; it is hashed and stored as a member's own
would be. All others set theirs by mail. Doing it again changes nothing: the next run finishes a first one that was cut.
"""

from datetime import date
from pathlib import Path

from idp.accounts.identifiers import canonical_identifier
from idp.accounts.passwords import PasswordHash, PlainPassword
from idp.accounts.store import create_credential, set_password
from idp.associations.seasons import SeasonStarted
from idp.associations.service import Described, Description, NameTaken
from idp.associations.store import association_named
from idp.demo.accounts import PASSWORD, WITH_PASSWORD
from idp.eligibility.importing.service import Imported
from idp.eligibility.members import Changed
from idp.errors import CommandError
from idp.services import Services
from idp.store import Transaction

MEMBERS = Path(__file__).parent / "members.csv"
FIRST_MONTH = 9
"""French clubs begin their season in September."""

ESCRIME = Description(
    code="69003", aliases=("Escrime-Lyon",), name="Escrime Lyon", contact="secretariat@escrime-lyon.exemple.fr"
)
JUDO = Description(code="29200", aliases=("Judo-Brest",), name="Judo Club de Brest", contact="02 98 00 00 00")
BANNED = ("Escrime-Lyon", "E7")


def season_year(today: date) -> int:
    """Return the year in which the season of this day began."""
    return today.year if today.month >= FIRST_MONTH else today.year - 1


def members_file(today: date) -> str:
    """Return the members file, its seasons those of today."""
    year = season_year(today)
    content = MEMBERS.read_text("utf-8")
    return content.replace(",CURRENT,", f",{_label(year)},").replace(",LAST,", f",{_label(year - 1)},")


def fill(services: Services, members: str) -> None:
    """Make the clubs, with these members, and give some their password.

    Raises `CommandError` where something else has a club's name already, `Unavailable`.
    """
    year = season_year(services.ports.clock.now().date())
    for club in (ESCRIME, JUDO):
        _expect(services.associations.add(club), Described, NameTaken)
        for began in (year - 1, year):  # one after the other, as time goes: last season's members were members
            started = services.seasons.start(club.code or "", _label(began), date(began + 1, 8, 31))
            _expect(started, SeasonStarted)
    _expect(services.members_import.run(members.encode(), _unheard), Imported)
    _expect(services.members.ban(*BANNED, "demonstration"), Changed)
    fresh = services.hasher.hash_blocking(PlainPassword(PASSWORD))
    services.store.write_blocking(lambda tx: _give_passwords(tx, services, fresh))


def _label(year: int) -> str:
    return f"{year}-{year + 1}"


def _give_passwords(tx: Transaction, services: Services, fresh: PasswordHash) -> None:
    """Store the password of those who have none."""
    at = services.ports.clock.now()
    for account in WITH_PASSWORD:
        association = association_named(tx, account.association)
        if association is None:
            continue
        key = canonical_identifier(account.identifier)
        address = account.identifier if "@" in account.identifier else None
        credential = create_credential(tx, association.id, key, address=address, at=at, entropy=services.ports.entropy)
        if credential.password_hash is None:
            set_password(tx, credential.id, fresh, at)


def _unheard(*_progress: object) -> None:
    """Let a dozen lines be imported in silence."""


def _expect(outcome: object, *expected: type) -> None:
    if not isinstance(outcome, expected):
        raise CommandError(f"the demonstration's clubs can't be made: {outcome}")
