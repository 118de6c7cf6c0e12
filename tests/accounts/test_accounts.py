"""Disabled accounts, and why somebody can't sign in."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from idp.accounts.mailboxes import DirectoryMailboxes
from idp.accounts.rules import Cause
from idp.accounts.service import Accounts, Switched
from idp.accounts.store import find_credential
from idp.accounts.why import Diagnosis, Explainer, Why
from idp.associations.holding import UnknownAssociation
from idp.audit.tables import AuditEvent
from idp.eligibility.epochs import current_change, is_stale
from idp.eligibility.members import Nobody
from idp.store import Store, Transaction
from idp.store.tables import table_of
from tests.factories import (
    LAST_SEASON,
    SEASON,
    SEASON_START,
    add_member,
    ban_person,
    give_credential,
    make_club,
    start_season,
)
from tests.fakes import FixedClock, LetterBox, SeededEntropy

CHILD_BORN = date(2016, 5, 9)


@pytest.fixture
def accounts(store: Store, clock: FixedClock, entropy: SeededEntropy) -> Accounts:
    return Accounts(store, DirectoryMailboxes(store, clock), clock, entropy)


@pytest.fixture
def why(store: Store, clock: FixedClock) -> Why:
    return Why(store, LetterBox(), clock)


def test_an_account_without_a_password_can_be_disabled_before_it_is_born(
    store: Store, accounts: Accounts, clock: FixedClock
) -> None:
    club = store.write_blocking(make_club)
    store.write_blocking(lambda tx: add_member(tx, club, "M1", email="Nora@exemple.fr"))
    before = store.read_blocking(current_change)

    outcome = accounts.disable("MonAssociation", "nora@exemple.fr", "parti")

    assert isinstance(outcome, Switched)
    assert outcome.changed
    credential = store.read_blocking(lambda tx: find_credential(tx, club.id, "nora@exemple.fr"))
    assert credential is not None
    assert (credential.disabled_at, credential.disabled_reason) == (clock.now(), "parti")
    assert store.read_blocking(lambda tx: is_stale(tx, club.id, "M1", before))


def test_disabling_and_enabling_twice_changes_nothing_more(store: Store, accounts: Accounts) -> None:
    store.write_blocking(lambda tx: add_member(tx, make_club(tx), "M1", email="nora@exemple.fr"))

    outcomes = [
        act("75012", "nora@exemple.fr")
        for act in (accounts.enable, accounts.disable, accounts.disable, accounts.enable, accounts.enable)
    ]

    assert [isinstance(one, Switched) and one.changed for one in outcomes] == [False, True, False, True, False]
    names = store.read_blocking(lambda tx: list(tx.execute(select(table_of(AuditEvent).c.name)).scalars()))
    assert names == ["account.disabled", "account.enabled"]


def test_a_username_means_the_account_of_its_email(store: Store, accounts: Accounts) -> None:
    store.write_blocking(lambda tx: add_member(tx, make_club(tx), "M1", email="nora@exemple.fr", username="nora"))

    outcome = accounts.disable("75012", "NORA")

    assert isinstance(outcome, Switched)
    assert outcome.mailbox.login_key == "nora@exemple.fr"


def test_nobody_s_account_can_not_be_disabled(store: Store, accounts: Accounts) -> None:
    store.write_blocking(make_club)

    assert accounts.disable("75012", "nora@exemple.fr") == Nobody()
    assert accounts.enable("nulle part", "nora@exemple.fr") == UnknownAssociation()


@pytest.mark.parametrize(
    ("identifier", "cause", "reason", "eligible"),
    [
        ("fine@exemple.fr", Cause.NONE, None, True),
        ("new@exemple.fr", Cause.NO_PASSWORD, "no_password", True),
        ("lonely", Cause.NO_ADDRESS, "no_address", True),
        ("disabled@exemple.fr", Cause.DISABLED, "disabled", False),
        ("banned@exemple.fr", Cause.BANNED, "banned", False),
        ("family@exemple.fr", Cause.MAILBOX_CLOSED, "banned", False),
        ("past@exemple.fr", Cause.PAST_SEASON, "past_season", False),
        ("imported@exemple.fr", Cause.PAST_SEASON, "past_season", False),
        ("future@exemple.fr", Cause.FUTURE_SEASON, "past_season", False),
        ("parent@exemple.fr", Cause.NO_ACTIVE_CHILD, "no_active_child", False),
        ("nobody@exemple.fr", Cause.UNKNOWN_IDENTIFIER, "unknown_identifier", False),
    ],
)
def test_each_cause_is_found_and_said(
    store: Store, accounts: Accounts, why: Why, identifier: str, cause: Cause, reason: str | None, *, eligible: bool
) -> None:
    store.write_blocking(a_club_with_every_trouble)
    accounts.disable("75012", "disabled@exemple.fr")

    diagnosis = why.diagnose("75012", identifier)

    assert (diagnosis.cause, diagnosis.reason, diagnosis.eligible) == (cause, reason, eligible)
    said = Explainer().explain(diagnosis.cause, diagnosis)
    assert said.sentence.endswith(".")
    assert said.remedy.endswith(".")


def a_club_with_every_trouble(tx: Transaction) -> None:
    club = make_club(tx)
    for name in ("fine", "new", "disabled", "banned"):
        add_member(tx, club, name, email=f"{name}@exemple.fr")
    for name in ("fine", "disabled"):
        give_credential(tx, club, f"{name}@exemple.fr", password_hash="$argon2id$")
    add_member(tx, club, "lonely", username="lonely")
    add_member(tx, club, "child", email="family@exemple.fr", birth_date=CHILD_BORN)
    add_member(tx, club, "adult", email="family@exemple.fr")
    add_member(tx, club, "imported", email="imported@exemple.fr", seasons=["2024-2025"])
    add_member(tx, club, "future", email="future@exemple.fr", seasons=["2027-2028"])
    add_member(tx, club, "past child", birth_date=CHILD_BORN, seasons=[])
    add_member(tx, club, "parent", email="parent@exemple.fr", seasons=[], guardian_of=["past child"])
    for name in ("banned", "adult"):
        ban_person(tx, club, name)
    start_season(tx, club, LAST_SEASON, SEASON_START - timedelta(days=365))
    start_season(tx, club, SEASON)
    add_member(tx, club, "past", email="past@exemple.fr", seasons=[LAST_SEASON])


def test_an_unknown_association_and_one_without_a_season_are_causes(store: Store, why: Why) -> None:
    store.write_blocking(lambda tx: add_member(tx, make_club(tx, season=None), "M1", email="nora@exemple.fr"))

    assert why.diagnose("nulle part", "nora@exemple.fr").cause is Cause.UNKNOWN_ASSOCIATION
    assert why.diagnose("75012", "nora@exemple.fr").cause is Cause.NO_SEASON


def test_each_person_behind_the_mailbox_is_told_apart(store: Store, why: Why) -> None:
    store.write_blocking(a_club_with_every_trouble)

    diagnosis = why.diagnose("75012", "family@exemple.fr")

    assert {one.person.id: one.cause for one in diagnosis.persons} == {
        "adult": Cause.BANNED,
        "child": Cause.MAILBOX_CLOSED,
    }


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_its_words_in_french(cause: Cause) -> None:
    said = Explainer().explain(cause, Diagnosis(cause, None, eligible=False))

    assert said.sentence
    assert said.remedy
    assert "  " not in said.sentence + said.remedy
