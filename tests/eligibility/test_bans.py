"""Bans: of a person, at once, and of everything that hangs on them; a shared address must be said more exactly (S2)."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from idp.associations.holding import UnknownAssociation
from idp.audit.tables import AuditEvent
from idp.eligibility.epochs import current_change, is_stale
from idp.eligibility.members import Changed, Members, Nobody, Profile, Several
from idp.eligibility.rules import Standing
from idp.oauth.tables import Grant
from idp.recovery.tables import ResetLink
from idp.sessions.tables import BrowserSession
from idp.store import Store, Transaction
from idp.store.tables import table_of
from tests.factories import Club, add_member, give_credential, make_club
from tests.fakes import FixedClock

CHILD_BORN = date(2016, 5, 9)


@pytest.fixture
def members(store: Store, clock: FixedClock) -> Members:
    return Members(store, clock)


@pytest.fixture
def club(store: Store) -> Club:
    """A family behind one address, one guardian with another, and a member of their own."""

    def story(tx: Transaction) -> Club:
        club = make_club(tx)
        add_member(tx, club, "C1", email="nora@exemple.fr", birth_date=CHILD_BORN)
        add_member(tx, club, "P1", email="nora@exemple.fr", seasons=[], guardian_of=["C1"])
        add_member(tx, club, "P2", email="paul@exemple.fr", seasons=[], guardian_of=["C1"])
        add_member(tx, club, "M1", email="hugo@exemple.fr")
        return club

    return store.write_blocking(story)


def sign_in(tx: Transaction, club: Club, email: str, person_id: str, clock: FixedClock) -> None:
    """A session, a grant and a live link, in rows."""
    at = clock.now()
    credential = give_credential(tx, club, email, password_hash="$argon2id$")
    whose = {"association_id": club.id, "person_id": person_id, "credential_id": credential.id, "as_of": 0}
    named = {"association_code": club.code, "identifier": email, "created_at": at, "auth_time": at}
    ends = {"expires_at": at + timedelta(days=1)}
    session = {"sid": f"s-{person_id}", "browser_hash": person_id, "seen_at": at, "facts": {}}
    grant = {"id": f"g-{person_id}", "client_id": "c", "sub": person_id, "sid": f"s-{person_id}", "scope": "openid"}
    link = {"link_hash": person_id, "credential_id": credential.id, "address": email, "code_tries": 0}
    link |= {"association_code": club.code, "identifier": email, "created_at": at}
    tx.execute(table_of(BrowserSession).insert(), {**whose, **named, **ends, **session})
    tx.execute(table_of(Grant).insert(), {**whose, **named, **ends, **grant, "claims": {}, "offline": False})
    tx.execute(table_of(ResetLink).insert(), {**link, **ends})


def ended(store: Store) -> dict[str, set[str]]:
    """Whose sessions and grants have ended, and whose links were cancelled."""

    def query(tx: Transaction) -> dict[str, set[str]]:
        session, grant, link = table_of(BrowserSession), table_of(Grant), table_of(ResetLink)
        return {
            "sessions": set(tx.execute(select(session.c.person_id).where(session.c.ended_at.is_not(None))).scalars()),
            "grants": set(tx.execute(select(grant.c.person_id).where(grant.c.revoked_at.is_not(None))).scalars()),
            "links": set(tx.execute(select(link.c.link_hash).where(link.c.cancelled_at.is_not(None))).scalars()),
        }

    return store.read_blocking(query)


def sign_everybody_in(store: Store, club: Club, clock: FixedClock) -> None:
    def story(tx: Transaction) -> None:
        for email, person_id in (
            ("nora@exemple.fr", "C1"),
            ("nora@exemple.fr", "P1"),
            ("paul@exemple.fr", "P2"),
            ("hugo@exemple.fr", "M1"),
        ):
            sign_in(tx, club, email, person_id, clock)

    store.write_blocking(story)


def test_a_ban_ends_sessions_grants_and_links_of_that_person_alone(
    store: Store, club: Club, members: Members, clock: FixedClock
) -> None:
    sign_everybody_in(store, club, clock)

    outcome = members.ban("monassociation", "M1", "impayé")

    assert isinstance(outcome, Changed)
    assert outcome.changed == ["M1"]
    assert ended(store) == {"sessions": {"M1"}, "grants": {"M1"}, "links": {"M1"}}


def test_the_ban_of_an_adult_ends_the_minors_behind_the_mailbox_too(
    store: Store, club: Club, members: Members, clock: FixedClock
) -> None:
    sign_everybody_in(store, club, clock)

    members.ban("75012", "P1")

    assert ended(store) == {"sessions": {"C1", "P1"}, "grants": {"C1", "P1"}, "links": {"C1", "P1"}}


def test_the_ban_of_an_only_child_ends_its_guardians(
    store: Store, club: Club, members: Members, clock: FixedClock
) -> None:
    sign_everybody_in(store, club, clock)

    members.ban("75012", "C1")

    assert ended(store)["sessions"] == {"C1", "P1", "P2"}
    assert ended(store)["grants"] == {"C1", "P1", "P2"}


def test_a_ban_makes_the_verdicts_of_those_concerned_stale_and_of_nobody_else(
    store: Store, club: Club, members: Members
) -> None:
    before = store.read_blocking(current_change)

    members.ban("75012", "C1")

    stale = store.read_blocking(
        lambda tx: [one for one in ("C1", "P1", "P2", "M1") if is_stale(tx, club.id, one, before)]
    )
    assert stale == ["C1", "P1", "P2"]


def test_a_second_ban_changes_nothing(store: Store, club: Club, members: Members) -> None:
    members.ban(club.code, "M1")
    before = store.read_blocking(current_change)

    outcome = members.ban(club.code, "M1")

    assert isinstance(outcome, Changed)
    assert outcome.changed == []
    assert store.read_blocking(current_change) == before


def test_an_unban_lets_the_person_in_again_and_restores_no_session(
    store: Store, club: Club, members: Members, clock: FixedClock
) -> None:
    sign_everybody_in(store, club, clock)
    members.ban("75012", "M1")
    before = store.read_blocking(current_change)

    outcome = members.unban("75012", "M1")

    assert isinstance(outcome, Changed)
    assert outcome.changed == ["M1"]
    assert ended(store)["sessions"] == {"M1"}
    assert store.read_blocking(lambda tx: is_stale(tx, club.id, "M1", before))
    profile = members.show("75012", "M1")
    assert isinstance(profile, Profile)
    assert profile.standing is Standing.MEMBER


def test_a_shared_address_lists_its_persons_and_changes_nothing(store: Store, club: Club, members: Members) -> None:
    before = store.read_blocking(current_change)

    outcome = members.ban_address(club.code, "Nora@exemple.fr", everyone=False)

    assert isinstance(outcome, Several)
    assert [person.id for person in outcome.persons] == ["C1", "P1"]
    assert store.read_blocking(current_change) == before


def test_all_behind_a_shared_address_can_be_banned_and_freed(club: Club, members: Members) -> None:
    def changed(outcome: object) -> Sequence[str]:
        assert isinstance(outcome, Changed), outcome
        return outcome.changed

    assert changed(members.ban_address(club.code, "nora@exemple.fr", everyone=True)) == ["C1", "P1"]
    assert isinstance(members.unban_address(club.code, "nora@exemple.fr", everyone=False), Several)
    members.unban(club.code, "C1")
    assert changed(members.unban_address(club.code, "nora@exemple.fr", everyone=False)) == ["P1"]
    assert changed(members.unban_address(club.code, "nora@exemple.fr", everyone=False)) == []


def test_who_is_not_there_can_not_be_banned(club: Club, members: Members) -> None:
    assert members.ban(club.code, "X9") == Nobody()
    assert members.ban("nulle part", "M1") == UnknownAssociation()
    assert members.ban_address(club.code, "x@exemple.fr", everyone=True) == Nobody()
    assert members.ban_address("nulle part", "hugo@exemple.fr", everyone=True) == UnknownAssociation()


def test_each_ban_leaves_its_event_with_the_reason(store: Store, club: Club, members: Members) -> None:
    members.ban(club.code, "M1", "impayé")
    members.unban(club.code, "M1")

    event = table_of(AuditEvent)
    names = select(event.c.name, event.c.person_id, event.c.detail).order_by(event.c.id)
    assert [tuple(row) for row in store.read_blocking(lambda tx: tx.execute(names).all())] == [
        ("person.banned", "M1", {"reason": "impayé"}),
        ("person.unbanned", "M1", {"reason": None}),
    ]
