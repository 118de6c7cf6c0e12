"""S1–S7 on real tables: who may enter with an association and an identifier, and why not."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from idp.eligibility.directory import DirectoryProvider, check_in
from idp.eligibility.service import Eligibility
from idp.eligibility.verdict import Eligible, PersonKind, Purpose, Reason, Refusal, Verdict
from idp.store import Store, Transaction
from tests.factories import LAST_SEASON, SEASON, add_member, ban_person, make_club, make_season, start_season
from tests.fakes import FixedClock

CHILD_BORN = date(2016, 5, 9)
Check = Callable[..., Verdict]


@pytest.fixture
def check(store: Store, clock: FixedClock) -> Check:
    def ask(identifier: str = "nora@exemple.fr", association: str = "75012") -> Verdict:
        return store.read_blocking(lambda tx: check_in(tx, association, identifier, clock.now()))

    return ask


def persons_of(verdict: Verdict) -> dict[str, tuple[PersonKind, list[str]]]:
    assert isinstance(verdict, Eligible), verdict
    return {person.id: (person.kind, [child.id for child in person.acting_for]) for person in verdict.persons}


def write(store: Store, *steps: Callable[[Transaction], object]) -> None:
    store.write_blocking(lambda tx: [step(tx) for step in steps])


async def test_a_member_of_the_current_season_may_enter(store: Store, clock: FixedClock) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx, contact="bureau@exemple.fr")
        add_member(tx, club, "M1", email="Hugo@Exemple.fr", roles=["bureau"])

    await store.write(story)

    eligibility = Eligibility(DirectoryProvider(store, clock))
    verdict = await eligibility.check(" monassociation ", " hugo@EXEMPLE.fr", Purpose.LOGIN)

    assert isinstance(verdict, Eligible)
    assert (verdict.association.id, verdict.association.code, verdict.association.alias) == (
        "a-75012",
        "75012",
        "MonAssociation",
    )
    assert (verdict.season.label, verdict.season.ends_on) == (SEASON, date(2027, 8, 31))
    assert verdict.email == "Hugo@Exemple.fr"
    assert persons_of(verdict) == {"M1": (PersonKind.MEMBER, [])}
    assert verdict.persons[0].roles == ("bureau",)


def test_a_command_may_ask_without_an_event_loop(store: Store, clock: FixedClock) -> None:
    write(store, lambda tx: add_member(tx, make_club(tx), "M1", email="nora@exemple.fr"))

    eligibility = Eligibility(DirectoryProvider(store, clock))

    assert isinstance(eligibility.check_blocking("75012", "nora@exemple.fr", Purpose.LOGIN), Eligible)
    assert isinstance(eligibility.check_blocking("75012", "nora@exemple.fr", Purpose.LOGIN), Eligible)


@pytest.mark.parametrize(
    ("association", "identifier", "reason"),
    [
        ("75013", "nora@exemple.fr", Reason.UNKNOWN_ASSOCIATION),
        ("", "nora@exemple.fr", Reason.UNKNOWN_ASSOCIATION),
        ("75012", "autre@exemple.fr", Reason.UNKNOWN_IDENTIFIER),
        ("75012", "", Reason.UNKNOWN_IDENTIFIER),
        ("75012", "nora\x00@exemple.fr", Reason.UNKNOWN_IDENTIFIER),
        ("75012", "\ud800", Reason.UNKNOWN_IDENTIFIER),
    ],
)
def test_nobody_enters_with_an_unknown_value(
    store: Store, check: Check, association: str, identifier: str, reason: Reason
) -> None:
    write(store, lambda tx: add_member(tx, make_club(tx), "M1", email="nora@exemple.fr"))

    assert check(identifier, association) == Refusal(reason)


def test_a_member_of_last_season_alone_is_refused(store: Store, check: Check) -> None:
    write(store, lambda tx: add_member(tx, make_club(tx), "M1", email="nora@exemple.fr", seasons=[LAST_SEASON]))

    assert check() == Refusal(Reason.PAST_SEASON)


def test_before_any_season_has_started_nobody_enters(store: Store, check: Check) -> None:
    write(store, lambda tx: add_member(tx, make_club(tx, season=None), "M1", email="nora@exemple.fr"))

    assert check() == Refusal(Reason.PAST_SEASON)


def test_grace_days_keep_last_season_s_members_until_the_second_they_end(
    store: Store, clock: FixedClock, check: Check
) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx, season=LAST_SEASON, grace_days=30, started_at=datetime(2025, 9, 1, tzinfo=UTC))
        add_member(tx, club, "M1", email="nora@exemple.fr", seasons=[LAST_SEASON])
        start_season(tx, club, SEASON, clock.now())

    write(store, story)

    clock.advance(days=30, seconds=-1)
    assert persons_of(check()) == {"M1": (PersonKind.MEMBER, [])}
    clock.advance(seconds=1)
    assert check() == Refusal(Reason.PAST_SEASON)


def test_a_member_of_a_season_to_come_waits_for_it(store: Store, check: Check) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        make_season(tx, club, "2027-2028")
        add_member(tx, club, "M1", email="nora@exemple.fr", seasons=["2027-2028"])

    write(store, story)

    assert check() == Refusal(Reason.PAST_SEASON)


def test_a_ban_refuses_in_this_association_alone(store: Store, check: Check) -> None:
    def story(tx: Transaction) -> None:
        club, other = make_club(tx), make_club(tx, "69003", "Lyon")
        add_member(tx, club, "M1", email="nora@exemple.fr")
        add_member(tx, other, "M1", email="nora@exemple.fr")
        ban_person(tx, club, "M1")

    write(store, story)

    assert check() == Refusal(Reason.BANNED)
    assert persons_of(check(association="lyon")) == {"M1": (PersonKind.MEMBER, [])}


def test_a_guardian_enters_for_an_active_child(store: Store, check: Check) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "C1", birth_date=CHILD_BORN)
        add_member(tx, club, "C2", birth_date=CHILD_BORN, seasons=[LAST_SEASON])
        add_member(tx, club, "P1", email="nora@exemple.fr", seasons=[], guardian_of=["C1", "C2"])

    write(store, story)

    assert persons_of(check()) == {"P1": (PersonKind.GUARDIAN, ["C1"])}


def test_a_member_of_last_season_enters_as_the_guardian_of_an_active_child(store: Store, check: Check) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "C1", birth_date=CHILD_BORN)
        add_member(tx, club, "P1", email="nora@exemple.fr", seasons=[LAST_SEASON], guardian_of=["C1"])

    write(store, story)

    assert persons_of(check()) == {"P1": (PersonKind.GUARDIAN, ["C1"])}


@pytest.mark.parametrize("ban_the_child", [True, False])
def test_a_guardian_without_an_active_child_that_is_not_banned_is_refused(
    store: Store, check: Check, *, ban_the_child: bool
) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "C1", birth_date=CHILD_BORN, seasons=[SEASON if ban_the_child else LAST_SEASON])
        add_member(tx, club, "P1", email="nora@exemple.fr", seasons=[], guardian_of=["C1"])
        ban_person(tx, club, "C1")

    write(store, story)

    assert check() == Refusal(Reason.NO_ACTIVE_CHILD)


def test_a_guardian_s_reach_ends_on_the_18th_birthday_where_the_association_is(
    store: Store, clock: FixedClock, check: Check
) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx, timezone="Indian/Reunion")
        add_member(tx, club, "C1", birth_date=date(2008, 11, 25))
        add_member(tx, club, "P1", email="nora@exemple.fr", seasons=[], guardian_of=["C1"])

    write(store, story)

    clock.advance(hours=5)  # 23:05 on Réunion, the eve
    assert persons_of(check()) == {"P1": (PersonKind.GUARDIAN, ["C1"])}
    clock.advance(hours=1)  # 0:05 there, still the day before in Paris
    assert check() == Refusal(Reason.NO_ACTIVE_CHILD)


def test_a_legal_guardian_goes_on_acting_for_a_protected_adult(store: Store, check: Check) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "C1", birth_date=date(1980, 1, 1))
        add_member(tx, club, "P1", email="nora@exemple.fr", seasons=[], legal_guardian_of=["C1"])

    write(store, story)

    assert persons_of(check()) == {"P1": (PersonKind.GUARDIAN, ["C1"])}


def test_siblings_with_one_address_stand_behind_one_mailbox(store: Store, check: Check) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "C1", email="nora@exemple.fr", birth_date=CHILD_BORN)
        add_member(tx, club, "C2", email="Nora@exemple.fr", birth_date=CHILD_BORN)

    write(store, story)

    assert set(persons_of(check())) == {"C1", "C2"}


def test_a_banned_sibling_leaves_the_other_in(store: Store, check: Check) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "C1", email="nora@exemple.fr", birth_date=CHILD_BORN)
        add_member(tx, club, "C2", email="nora@exemple.fr", birth_date=CHILD_BORN)
        ban_person(tx, club, "C1")

    write(store, story)

    assert set(persons_of(check())) == {"C2"}


def test_the_ban_of_an_adult_closes_the_mailbox_to_its_minors_but_not_to_other_adults(
    store: Store, check: Check
) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "C1", email="nora@exemple.fr", birth_date=CHILD_BORN)
        add_member(tx, club, "P1", email="nora@exemple.fr", guardian_of=["C1"])
        add_member(tx, club, "P2", email="nora@exemple.fr", seasons=[], guardian_of=["C1"])
        ban_person(tx, club, "P1")

    write(store, story)

    assert persons_of(check()) == {"P2": (PersonKind.GUARDIAN, ["C1"])}


def test_a_child_closed_out_of_a_banned_parent_s_mailbox_is_refused_as_banned(store: Store, check: Check) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "C1", email="nora@exemple.fr", birth_date=None)
        add_member(tx, club, "P1", email="nora@exemple.fr", seasons=[], guardian_of=["C1"])
        ban_person(tx, club, "P1")

    write(store, story)

    assert check() == Refusal(Reason.BANNED)


def test_a_username_opens_the_mailbox_with_everybody_behind_it(store: Store, check: Check) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "M1", email="nora@exemple.fr", username="Nora.P")
        add_member(tx, club, "M2", email="nora@exemple.fr")

    write(store, story)

    verdict = check("nora.p")
    assert set(persons_of(verdict)) == {"M1", "M2"}
    assert isinstance(verdict, Eligible)
    assert (verdict.email, verdict.username) == ("nora@exemple.fr", None)


def test_a_member_without_an_address_enters_by_username_alone(store: Store, check: Check) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "M1", username="NoraP")
        add_member(tx, club, "M2", username="autre")

    write(store, story)

    verdict = check("norap")
    assert set(persons_of(verdict)) == {"M1"}
    assert isinstance(verdict, Eligible)
    assert (verdict.email, verdict.username) == (None, "NoraP")


async def test_an_address_finds_the_associations_that_it_may_enter(store: Store, clock: FixedClock) -> None:
    def story(tx: Transaction) -> None:
        add_member(tx, make_club(tx), "M1", email="nora@exemple.fr")
        add_member(tx, make_club(tx, "69003", "Lyon"), "M1", email="nora@exemple.fr")
        add_member(tx, make_club(tx, "13001", "Marseille"), "M1", email="nora@exemple.fr", seasons=[LAST_SEASON])

    await store.write(story)

    found = await Eligibility(DirectoryProvider(store, clock)).find("NORA@exemple.fr")

    assert [association.code for association in found] == ["69003", "75012"]


async def test_the_people_of_an_association_are_listed_page_by_page(store: Store, clock: FixedClock) -> None:
    def story(tx: Transaction) -> None:
        club = make_club(tx)
        add_member(tx, club, "M1", email="nora@exemple.fr")
        add_member(tx, club, "M2", seasons=[LAST_SEASON])
        add_member(tx, club, "M3")

    await store.write(story)
    eligibility = Eligibility(DirectoryProvider(store, clock))

    first = await eligibility.people("75012", limit=2)
    assert first is not None
    assert ([person.id for person in first.persons], first.next_after) == (["M1"], "M2")
    second = await eligibility.people("75012", "M2", limit=2)
    assert second is not None
    assert ([person.id for person in second.persons], second.next_after) == (["M3"], None)
