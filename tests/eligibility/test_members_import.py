"""`members import`: whole or not at all, seen by nobody until it is published, idempotent, and heard by verdicts."""

from collections.abc import Callable, Mapping, Sequence

import pytest
from sqlalchemy import func, select

from idp.accounts.moving import Movers
from idp.audit.tables import AuditEvent
from idp.eligibility.directory import check_in
from idp.eligibility.epochs import current_change, is_stale
from idp.eligibility.importing import store as editions
from idp.eligibility.importing.faults import CellFault, FaultKind
from idp.eligibility.importing.rows import COLUMNS
from idp.eligibility.importing.service import Busy, Faulty, Imported, MembersImport
from idp.eligibility.importing.staging import PARTS
from idp.eligibility.tables import DirectoryImport
from idp.eligibility.verdict import Eligible, PersonKind, Reason, Refusal, Verdict
from idp.store import Store, Transaction
from idp.store.tables import table_of
from tests.factories import Club, make_club
from tests.fakes import FixedClock, LetterBox, SeededEntropy

PERSON = dict.fromkeys(COLUMNS, "") | {
    "association": "75012",
    "season": "2026-2027",
    "external_id": "M1",
    "given_name": "Hugo",
    "family_name": "Martin",
    "birth_date": "1990-05-17",
    "email": "hugo@exemple.fr",
}
CHILD = {"external_id": "C1", "given_name": "Lina", "birth_date": "2016-05-09", "email": ""}
GUARDIAN = {"external_id": "P1", "season": "", "given_name": "Nora", "email": "nora@exemple.fr", "guardian_of": "C1"}


def file_of(*persons: Mapping[str, str]) -> bytes:
    lines = [COLUMNS, *({**PERSON, **person}.values() for person in persons)]
    return "\n".join(",".join(line) for line in lines).encode()


@pytest.fixture
def club(store: Store) -> Club:
    return store.write_blocking(make_club)


@pytest.fixture
def importer(club: Club, store: Store, clock: FixedClock, entropy: SeededEntropy) -> MembersImport:
    assert club.code == PERSON["association"]
    movers = Movers(LetterBox(), clock, "https://compte.exemple.fr")
    return MembersImport(store, movers, clock, entropy)


@pytest.fixture
def check(store: Store, clock: FixedClock) -> Callable[[str], Verdict]:
    return lambda identifier: store.read_blocking(lambda tx: check_in(tx, "75012", identifier, clock.now()))


def unheard(_done: int, _all: int) -> None:
    """Nobody watches."""


def imported(outcome: object) -> Imported:
    assert isinstance(outcome, Imported), outcome
    return outcome


def row_counts(tx: Transaction) -> Sequence[int]:
    return [tx.execute(select(func.count()).select_from(table)).scalar_one() for table in PARTS]


def test_members_guardians_and_roles_come_in(importer: MembersImport, check: Callable[[str], Verdict]) -> None:
    outcome = imported(importer.run(file_of({"roles": "bureau;secrétaire"}, CHILD, GUARDIAN), unheard))

    assert (outcome.rows, outcome.added, outcome.changed, outcome.unchanged) == (3, 3, 0, 0)
    hugo, nora = check("hugo@exemple.fr"), check("nora@exemple.fr")
    assert isinstance(hugo, Eligible)
    assert isinstance(nora, Eligible)
    assert hugo.persons[0].roles == ("bureau", "secrétaire")
    assert (nora.persons[0].kind, nora.persons[0].acting_for[0].id) == (PersonKind.GUARDIAN, "C1")


def test_a_second_run_changes_nothing_and_raises_no_epoch(store: Store, importer: MembersImport) -> None:
    file = file_of({"roles": "bureau"}, CHILD, GUARDIAN)
    importer.run(file, unheard)
    before = store.read_blocking(lambda tx: (current_change(tx), row_counts(tx)))

    outcome = imported(importer.run(file, unheard))

    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 0, 3)
    assert store.read_blocking(lambda tx: (current_change(tx), row_counts(tx))) == before


def test_an_import_that_changes_something_raises_the_association_s_epoch_once(
    store: Store, club: Club, importer: MembersImport
) -> None:
    before = store.read_blocking(current_change)

    importer.run(file_of({}, CHILD, GUARDIAN), unheard)

    assert store.read_blocking(current_change) == before + 1
    assert store.read_blocking(lambda tx: is_stale(tx, club.id, "M1", before))


def test_a_changed_row_is_the_whole_truth_about_its_person(
    importer: MembersImport, check: Callable[[str], Verdict]
) -> None:
    importer.run(file_of({"roles": "bureau", "username": "hugom"}, CHILD, GUARDIAN), unheard)

    outcome = imported(importer.run(file_of({"family_name": "Durand"}, GUARDIAN | {"guardian_of": ""}), unheard))

    assert (outcome.changed, outcome.unchanged) == (2, 0)
    hugo = check("hugo@exemple.fr")
    assert isinstance(hugo, Eligible)
    assert (hugo.persons[0].family_name, hugo.persons[0].roles) == ("Durand", ())
    assert check("hugom") == Refusal(Reason.UNKNOWN_IDENTIFIER)
    assert check("nora@exemple.fr") == Refusal(Reason.NO_ACTIVE_CHILD)


def test_rows_that_nobody_reads_any_more_are_gone(store: Store, importer: MembersImport) -> None:
    importer.run(file_of({"roles": "bureau"}, CHILD, GUARDIAN), unheard)
    before = store.read_blocking(row_counts)

    importer.run(file_of({"roles": "x", "given_name": "H"}, GUARDIAN | {"guardian_of": "C1:legal"}), unheard)

    assert store.read_blocking(row_counts) == before


def test_who_is_not_in_the_file_stays(importer: MembersImport, check: Callable[[str], Verdict]) -> None:
    importer.run(file_of({}), unheard)

    importer.run(file_of({"external_id": "M2", "email": "lea@exemple.fr"}), unheard)

    assert isinstance(check("hugo@exemple.fr"), Eligible)
    assert isinstance(check("lea@exemple.fr"), Eligible)


def test_an_unknown_season_is_made_and_never_current(importer: MembersImport, check: Callable[[str], Verdict]) -> None:
    outcome = imported(importer.run(file_of({"season": "2027-2028"}), unheard))

    assert outcome.new_seasons == ["2027-2028"]
    assert check("hugo@exemple.fr") == Refusal(Reason.PAST_SEASON)


def test_one_person_in_two_seasons_and_as_a_guardian_is_one_person(
    importer: MembersImport, check: Callable[[str], Verdict]
) -> None:
    rows = ({"season": "2025-2026", "roles": "ancien"}, {"roles": "actuel"}, {"season": "", "guardian_of": "C1"}, CHILD)

    assert imported(importer.run(file_of(*rows), unheard)).added == 2

    verdict = check("hugo@exemple.fr")
    assert isinstance(verdict, Eligible)
    assert verdict.persons[0].kind is PersonKind.MEMBER
    assert verdict.persons[0].roles == ("actuel",)
    assert [child.id for child in verdict.persons[0].acting_for] == ["C1"]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([{"email": "x"}], CellFault(3, "email", FaultKind.NOT_AN_ADDRESS, "x")),
        ([{"association": "99"}], CellFault(3, "association", FaultKind.UNKNOWN_ASSOCIATION, "99")),
        ([{"guardian_of": "C9"}], CellFault(3, "guardian_of", FaultKind.UNKNOWN_PERSON, "C9")),
        ([{}, {}], CellFault(4, "external_id", FaultKind.REPEATED_ROW, "M1", "3")),
        (
            [{}, {"season": "2025-2026", "email": "h@exemple.fr"}],
            CellFault(4, "email", FaultKind.DIFFERS, "h@exemple.fr", "3"),
        ),
        (
            [{"username": "hugo"}, {"external_id": "M2", "username": "HUGO"}],
            CellFault(4, "username", FaultKind.USERNAME_TAKEN, "HUGO", "M1"),
        ),
    ],
)
def test_one_fault_and_nothing_is_imported(
    store: Store,
    importer: MembersImport,
    check: Callable[[str], Verdict],
    rows: Sequence[Mapping[str, str]],
    fault: CellFault,
) -> None:
    before = store.read_blocking(lambda tx: (current_change(tx), row_counts(tx)))

    outcome = importer.run(file_of({"external_id": "M0", "email": "bon@exemple.fr"}, *rows), unheard)

    assert isinstance(outcome, Faulty)
    assert outcome.faults == [fault]
    assert store.read_blocking(lambda tx: (current_change(tx), row_counts(tx))) == before
    assert check("bon@exemple.fr") == Refusal(Reason.UNKNOWN_IDENTIFIER)


def test_bad_lines_can_be_left_out_with_who_depends_on_them(
    importer: MembersImport, check: Callable[[str], Verdict]
) -> None:
    rows: Sequence[Mapping[str, str]] = ({}, CHILD | {"birth_date": "hier"}, GUARDIAN)

    outcome = imported(importer.run(file_of(*rows), unheard, skip_bad=True))

    assert [(fault.line, fault.kind) for fault in outcome.faults] == [
        (3, FaultKind.NOT_A_DATE),
        (4, FaultKind.UNKNOWN_PERSON),
    ]
    assert (outcome.rows, outcome.added) == (3, 1)
    assert isinstance(check("hugo@exemple.fr"), Eligible)


def test_a_child_of_an_earlier_import_may_be_named(importer: MembersImport, check: Callable[[str], Verdict]) -> None:
    importer.run(file_of(CHILD), unheard)

    importer.run(file_of(GUARDIAN), unheard)

    assert isinstance(check("nora@exemple.fr"), Eligible)


def test_a_username_that_somebody_keeps_is_refused(importer: MembersImport) -> None:
    importer.run(file_of({"username": "hugo"}), unheard)

    outcome = importer.run(file_of({"external_id": "M2", "username": "Hugo"}), unheard)

    assert isinstance(outcome, Faulty)
    assert outcome.faults == [CellFault(2, "username", FaultKind.USERNAME_TAKEN, "Hugo", "M1")]


def test_usernames_can_change_hands_in_one_import(importer: MembersImport, check: Callable[[str], Verdict]) -> None:
    first = {"email": "", "username": "un"}
    second = {"external_id": "M2", "email": "", "username": "deux"}
    importer.run(file_of(first, second), unheard)

    imported(importer.run(file_of(first | {"username": "deux"}, second | {"username": "un"}), unheard))

    verdict = check("un")
    assert isinstance(verdict, Eligible)
    assert [person.id for person in verdict.persons] == ["M2"]


def test_nothing_of_an_import_is_seen_before_it_is_published(
    importer: MembersImport, check: Callable[[str], Verdict]
) -> None:
    importer.run(file_of({}), unheard)
    seen: list[tuple[bool, bool]] = []

    def watch(_done: int, _all: int) -> None:
        seen.append((isinstance(check("hugo@exemple.fr"), Eligible), isinstance(check("lea@exemple.fr"), Eligible)))

    importer.run(file_of({"email": "h@exemple.fr"}, {"external_id": "M2", "email": "lea@exemple.fr"}), watch)

    assert len(seen) > 1
    assert set(seen) == {(True, False)}
    assert (isinstance(check("h@exemple.fr"), Eligible), isinstance(check("lea@exemple.fr"), Eligible)) == (True, True)


def test_what_a_dead_import_left_is_cleared_by_the_next(
    store: Store, importer: MembersImport, check: Callable[[str], Verdict]
) -> None:
    importer.run(file_of({"username": "hugo", "email": ""}, CHILD, GUARDIAN), unheard)
    before = store.read_blocking(row_counts)
    changed = file_of({"username": "autre", "email": ""}, {"external_id": "M2"}, GUARDIAN | {"guardian_of": ""})

    def die(done: int, every: int) -> None:
        if done > every / 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        importer.run(changed, die)
    assert isinstance(check("hugo"), Eligible)
    imported(importer.run(file_of(CHILD | {"given_name": "L"}), unheard))

    assert isinstance(check("hugo"), Eligible)
    assert isinstance(check("nora@exemple.fr"), Eligible)
    assert store.read_blocking(row_counts) == before
    assert imported(importer.run(changed, unheard)).changed == 2


def test_two_imports_of_one_association_do_not_run_at_once(
    store: Store, club: Club, clock: FixedClock, importer: MembersImport
) -> None:
    store.write_blocking(lambda tx: editions.take_lease(tx, club.id, "other", clock.now(), clock.now()))
    store.write_blocking(lambda tx: editions.renew_lease(tx, "other", clock.now().replace(year=2027)))

    assert importer.run(file_of({}), unheard) == Busy("75012")

    clock.advance(days=400)
    assert imported(importer.run(file_of({}), unheard)).added == 1
    leases = select(func.count()).select_from(table_of(DirectoryImport))
    assert store.read_blocking(lambda tx: tx.execute(leases).scalar_one()) == 0


def test_an_import_leaves_one_event_for_each_association(store: Store, importer: MembersImport) -> None:
    store.write_blocking(lambda tx: make_club(tx, "69003", "Lyon"))

    importer.run(file_of({}, {"association": "lyon"}), unheard)

    events = store.read_blocking(lambda tx: list(tx.execute(table_of(AuditEvent).select()).mappings()))
    assert [event["name"] for event in events] == ["members.imported", "members.imported"]
    assert events[0]["detail"]["persons"] == 1
