"""Credentials and subjects: born once, found by mailbox, moved, disabled, and never confused."""

import threading

from idp.accounts.store import (
    create_credential,
    credential_by_id,
    disable,
    drop_subject,
    enable,
    find_credential,
    move_credential,
    replace_hash,
    set_password,
    subject_of,
)
from idp.store import Store
from tests.factories import give_credential, make_club
from tests.fakes import FixedClock, SeededEntropy


def test_two_first_requests_at_the_same_moment_make_one_account(store: Store, clock: FixedClock) -> None:
    club = store.write_blocking(make_club)
    ids: list[str] = []
    barrier = threading.Barrier(8)

    def ask(seed: int) -> None:
        drawn = SeededEntropy(bytes([seed]))
        barrier.wait()
        born = store.write_blocking(
            lambda tx: create_credential(
                tx, club.id, "nora@exemple.fr", address="nora@exemple.fr", at=clock.now(), entropy=drawn
            )
        )
        ids.append(born.id)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ids) == 8
    assert len(set(ids)) == 1


def test_a_credential_takes_the_address_that_the_club_wrote_last(
    store: Store, clock: FixedClock, entropy: SeededEntropy
) -> None:
    club = store.write_blocking(make_club)
    first = store.write_blocking(lambda tx: give_credential(tx, club, "nora@exemple.fr", password_hash="$argon2id$1"))

    again = store.write_blocking(
        lambda tx: create_credential(
            tx, club.id, "nora@exemple.fr", address="Nora@exemple.fr", at=clock.now(), entropy=entropy
        )
    )

    assert (again.id, again.address, again.password_hash) == (first.id, "Nora@exemple.fr", "$argon2id$1")
    assert store.read_blocking(lambda tx: credential_by_id(tx, first.id)) == again


def test_the_same_mailbox_has_another_credential_in_another_association(store: Store) -> None:
    club, other = store.write_blocking(lambda tx: (make_club(tx), make_club(tx, "69003", "Lyon")))
    store.write_blocking(lambda tx: give_credential(tx, club, "nora@exemple.fr"))

    assert store.read_blocking(lambda tx: find_credential(tx, other.id, "nora@exemple.fr")) is None


def test_a_disabled_account_takes_no_password_until_it_is_enabled(store: Store, clock: FixedClock) -> None:
    club = store.write_blocking(make_club)
    account = store.write_blocking(lambda tx: give_credential(tx, club, "nora@exemple.fr"))

    assert store.write_blocking(lambda tx: disable(tx, account.id, clock.now(), "parti"))
    assert not store.write_blocking(lambda tx: disable(tx, account.id, clock.now()))
    assert not store.write_blocking(lambda tx: set_password(tx, account.id, "$argon2id$1", clock.now()))
    assert store.write_blocking(lambda tx: enable(tx, account.id))
    assert not store.write_blocking(lambda tx: enable(tx, account.id))
    assert store.write_blocking(lambda tx: set_password(tx, account.id, "$argon2id$1", clock.now()))


def test_a_hash_is_replaced_only_if_the_password_did_not_change_meanwhile(store: Store) -> None:
    club = store.write_blocking(make_club)
    account = store.write_blocking(lambda tx: give_credential(tx, club, "nora@exemple.fr", password_hash="old"))

    assert not store.write_blocking(lambda tx: replace_hash(tx, account.id, was="older", fresh="new"))
    assert store.write_blocking(lambda tx: replace_hash(tx, account.id, was="old", fresh="new"))


def test_a_moved_credential_keeps_its_id_and_password(store: Store) -> None:
    club = store.write_blocking(make_club)
    account = store.write_blocking(lambda tx: give_credential(tx, club, "nora@exemple.fr", password_hash="kept"))

    store.write_blocking(lambda tx: move_credential(tx, account.id, new_key="n@x.fr", new_address="N@x.fr"))

    moved = store.read_blocking(lambda tx: find_credential(tx, club.id, "n@x.fr"))
    assert moved is not None
    assert (moved.id, moved.address, moved.password_hash) == (account.id, "N@x.fr", "kept")
    assert store.read_blocking(lambda tx: find_credential(tx, club.id, "nora@exemple.fr")) is None


def test_a_sub_stays_with_its_person_and_is_never_given_again(
    store: Store, clock: FixedClock, entropy: SeededEntropy
) -> None:
    def ask(association_id: str, person_id: str) -> str:
        return store.write_blocking(
            lambda tx: subject_of(tx, association_id, person_id, at=clock.now(), entropy=entropy)
        )

    sub = ask("a-1", "M1")
    assert ask("a-1", "M1") == sub
    assert len({sub, ask("a-1", "M2"), ask("a-2", "M1")}) == 3

    store.write_blocking(lambda tx: drop_subject(tx, "a-1", "M1"))

    assert ask("a-1", "M1") != sub
