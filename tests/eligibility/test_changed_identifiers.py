"""An import with a changed email: the credential follows a person who was alone, and else stays (SEC-48)."""

from collections.abc import Mapping

import pytest

from idp.accounts.moving import Movers
from idp.accounts.store import CredentialFacts, find_credential, subject_of
from idp.eligibility.importing.rows import COLUMNS
from idp.eligibility.importing.service import Imported, MembersImport
from idp.mail.letter import LetterKind
from idp.store import Store
from tests.factories import Club, give_credential, make_club
from tests.fakes import FixedClock, LetterBox, SeededEntropy

HUGO = dict.fromkeys(COLUMNS, "") | {
    "association": "75012",
    "season": "2026-2027",
    "external_id": "M1",
    "given_name": "Hugo",
    "family_name": "Martin",
    "email": "old@exemple.fr",
}
LEA = HUGO | {"external_id": "M2", "given_name": "Léa"}


class Directory:
    """The club's directory, brought in by files, and its mailboxes."""

    def __init__(self, store: Store, clock: FixedClock, entropy: SeededEntropy) -> None:
        self.letter_box = LetterBox()
        self._store = store
        self.club: Club = store.write_blocking(lambda tx: make_club(tx, contact="bureau@exemple.fr"))
        movers = Movers(self.letter_box, clock, "https://compte.exemple.fr")
        self._importer = MembersImport(store, movers, clock, entropy)

    def bring(self, *persons: Mapping[str, str]) -> Imported:
        lines = [COLUMNS, *(person.values() for person in persons)]
        outcome = self._importer.run("\n".join(",".join(line) for line in lines).encode(), lambda _done, _all: None)
        assert isinstance(outcome, Imported), outcome
        return outcome

    def give_password(self, identifier: str, password_hash: str) -> CredentialFacts:
        return self._store.write_blocking(
            lambda tx: give_credential(tx, self.club, identifier, password_hash=password_hash)
        )

    def password_of(self, key: str) -> str | None:
        found = self.find(key)
        return found.password_hash if found else None

    def find(self, key: str) -> CredentialFacts | None:
        return self._store.read_blocking(lambda tx: find_credential(tx, self.club.id, key))

    def told(self) -> list[tuple[LetterKind, str, bool | str | None]]:
        return [(letter.kind, letter.to, letter.context.get("first_password")) for letter in self.letter_box.letters]


@pytest.fixture
def directory(store: Store, clock: FixedClock, entropy: SeededEntropy) -> Directory:
    return Directory(store, clock, entropy)


def test_the_credential_follows_who_was_alone_and_both_addresses_are_told(directory: Directory) -> None:
    directory.bring(HUGO)
    before = directory.give_password("old@exemple.fr", "hugo's")

    outcome = directory.bring(HUGO | {"email": "New@exemple.fr"})

    moved = directory.find("new@exemple.fr")
    assert outcome.moved == 1
    assert moved is not None
    assert (moved.id, moved.address, moved.password_hash) == (before.id, "New@exemple.fr", "hugo's")
    assert directory.find("old@exemple.fr") is None
    assert directory.told() == [
        (LetterKind.ADDRESS_CHANGED_OLD, "old@exemple.fr", None),
        (LetterKind.ADDRESS_CHANGED_NEW, "New@exemple.fr", False),
    ]
    letter = directory.letter_box.letters[1]
    assert letter.context["forgotten_url"] == "https://compte.exemple.fr/password/forgot?association=75012"
    assert letter.reply_to == "bureau@exemple.fr"


def test_another_spelling_of_the_same_address_moves_nothing(directory: Directory) -> None:
    directory.bring(HUGO)
    directory.give_password("old@exemple.fr", "hugo's")

    outcome = directory.bring(HUGO | {"email": "OLD@exemple.fr"})

    assert (outcome.changed, outcome.moved) == (1, 0)
    assert directory.told() == []


def test_who_leaves_a_shared_address_sets_a_first_password_at_the_new_one(directory: Directory) -> None:
    directory.bring(HUGO, LEA)
    directory.give_password("old@exemple.fr", "the family's")

    directory.bring(HUGO | {"email": "new@exemple.fr"})

    assert directory.password_of("old@exemple.fr") == "the family's"
    assert directory.password_of("new@exemple.fr") is None
    assert directory.told() == [(LetterKind.ADDRESS_CHANGED_NEW, "new@exemple.fr", True)]


def test_when_all_leave_a_shared_address_its_password_opens_nothing_any_more(directory: Directory) -> None:
    directory.bring(HUGO, LEA)
    directory.give_password("old@exemple.fr", "the family's")

    directory.bring(HUGO | {"email": "hugo@exemple.fr"}, LEA | {"email": "lea@exemple.fr"})

    assert directory.password_of("old@exemple.fr") is None
    assert directory.password_of("hugo@exemple.fr") is None
    assert directory.password_of("lea@exemple.fr") is None


def test_no_password_goes_to_an_address_that_others_have(directory: Directory) -> None:
    directory.bring(HUGO, LEA | {"email": "lea@exemple.fr"})
    directory.give_password("old@exemple.fr", "hugo's")

    directory.bring(HUGO | {"email": "lea@exemple.fr"})

    assert directory.password_of("lea@exemple.fr") is None
    assert directory.password_of("old@exemple.fr") is None


def test_who_joins_an_address_with_a_password_uses_that_one(directory: Directory) -> None:
    directory.bring(HUGO, LEA | {"email": "lea@exemple.fr"})
    directory.give_password("old@exemple.fr", "hugo's")
    directory.give_password("lea@exemple.fr", "léa's")

    directory.bring(HUGO | {"email": "lea@exemple.fr"})

    assert directory.password_of("lea@exemple.fr") == "léa's"
    assert directory.password_of("old@exemple.fr") is None
    assert directory.told()[-1] == (LetterKind.ADDRESS_CHANGED_NEW, "lea@exemple.fr", False)


def test_two_who_exchange_addresses_do_not_get_each_other_s_password(directory: Directory) -> None:
    directory.bring(HUGO, LEA | {"email": "lea@exemple.fr"})
    directory.give_password("old@exemple.fr", "hugo's")
    directory.give_password("lea@exemple.fr", "léa's")

    directory.bring(HUGO | {"email": "lea@exemple.fr"}, LEA)

    assert directory.password_of("lea@exemple.fr") is None
    assert directory.password_of("old@exemple.fr") is None


def test_who_takes_over_an_address_does_not_get_its_old_password(directory: Directory) -> None:
    directory.bring(HUGO, LEA | {"email": "lea@exemple.fr"}, HUGO | {"external_id": "M3", "email": "m3@exemple.fr"})
    directory.give_password("old@exemple.fr", "hugo's")

    directory.bring(HUGO | {"email": "m3@exemple.fr"}, LEA)

    assert directory.password_of("old@exemple.fr") is None


def test_the_credential_of_a_username_follows_to_the_first_email(directory: Directory) -> None:
    directory.bring(HUGO | {"email": "", "username": "hugo"})
    before = directory.give_password("hugo", "hugo's")

    directory.bring(HUGO | {"email": "new@exemple.fr", "username": "hugo"})

    moved = directory.find("new@exemple.fr")
    assert moved is not None
    assert (moved.id, moved.password_hash) == (before.id, "hugo's")
    assert directory.told() == [(LetterKind.ADDRESS_CHANGED_NEW, "new@exemple.fr", False)]


def test_who_loses_every_identifier_has_no_door_left(directory: Directory) -> None:
    directory.bring(HUGO)
    directory.give_password("old@exemple.fr", "hugo's")

    directory.bring(HUGO | {"email": ""})

    assert directory.password_of("old@exemple.fr") is None
    assert directory.told() == [(LetterKind.ADDRESS_CHANGED_OLD, "old@exemple.fr", None)]


def test_where_no_account_was_born_nobody_is_told(directory: Directory) -> None:
    directory.bring(HUGO)

    directory.bring(HUGO | {"email": "new@exemple.fr"})

    assert directory.told() == []


def test_the_sub_stays_with_the_person(
    store: Store, directory: Directory, clock: FixedClock, entropy: SeededEntropy
) -> None:
    directory.bring(HUGO)

    def sub() -> str:
        return store.write_blocking(lambda tx: subject_of(tx, directory.club.id, "M1", at=clock.now(), entropy=entropy))

    before = sub()
    directory.bring(HUGO | {"email": "new@exemple.fr"})

    assert sub() == before


def test_many_credentials_follow_in_several_units(directory: Directory) -> None:
    people = [HUGO | {"external_id": f"M{n}", "email": f"m{n}@exemple.fr"} for n in range(30)]
    directory.bring(*people)
    for n in range(0, 30, 2):
        directory.give_password(f"m{n}@exemple.fr", f"of {n}")

    outcome = directory.bring(*(person | {"email": person["email"].replace("exemple", "autre")} for person in people))

    assert outcome.moved == 30
    assert [directory.password_of(f"m{n}@autre.fr") for n in (0, 1, 28, 29)] == ["of 0", None, "of 28", None]
    assert len(directory.letter_box.letters) == 30
