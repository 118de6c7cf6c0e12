"""Sweeps delete what is over, little by little (REL-13)."""

from datetime import timedelta

from idp.accounts.store import create_credential
from idp.recovery.rules import Link
from idp.recovery.store import add_link
from idp.recovery.tables import ResetLink
from idp.store import Store, Transaction
from idp.store.secrets import TokenHash
from idp.store.sweeps import Sweep
from idp.store.tables import table_of
from tests.fakes import FixedClock, SeededEntropy

LINK = table_of(ResetLink)


def add_links(tx: Transaction, clock: FixedClock, count: int) -> None:
    """Links of different mailboxes, each of which ends an hour after the one before."""
    for number in range(count):
        at = clock.now()
        credential = create_credential(
            tx, "a-1", f"m{number}@exemple.fr", address=None, at=at, entropy=SeededEntropy(bytes([number]))
        )
        ends = at + timedelta(hours=number)
        link = Link(TokenHash(f"l-{number}"), credential.id, "a", "c", "i", None, None, None, at, ends)
        add_link(tx, link, None)


def left(tx: Transaction) -> list[str]:
    return sorted(tx.execute(LINK.select()).scalars())


def test_what_is_over_goes_and_the_rest_stays(store: Store, clock: FixedClock) -> None:
    store.write_blocking(lambda tx: add_links(tx, clock, 4))
    before = clock.now() + timedelta(hours=2)

    deleted = store.write_blocking(lambda tx: Sweep(LINK, "expires_at").run(tx, before))

    assert deleted == 2
    assert store.read_blocking(left) == ["l-2", "l-3"], "what ends at this very instant stays"


def test_a_batch_takes_no_more_than_it_may(store: Store, clock: FixedClock) -> None:
    store.write_blocking(lambda tx: add_links(tx, clock, 5))
    before, sweep = clock.now() + timedelta(days=1), Sweep(LINK, "expires_at")

    deleted = [store.write_blocking(lambda tx: sweep.run(tx, before, most=2)) for _ in range(4)]

    assert deleted == [2, 2, 1, 0]


def test_what_others_need_stays(store: Store, clock: FixedClock) -> None:
    store.write_blocking(lambda tx: add_links(tx, clock, 3))
    before, sweep = clock.now() + timedelta(days=1), Sweep(LINK, "expires_at", unless=LINK.c.link_hash == "l-1")

    store.write_blocking(lambda tx: sweep.run(tx, before))

    assert store.read_blocking(left) == ["l-1"]
