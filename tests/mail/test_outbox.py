"""Letters that were promised: leases, decoys, what is known of a letter, what is wiped. On both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.errors import Fault
from idp.mail import store as outbox_store
from idp.mail.letter import LetterKind
from idp.mail.outbox import Outbox, Unreadable
from idp.mail.store import Claim, MailState, Resend
from idp.mail.tables import OutboxMail
from idp.store import Store, Transaction
from idp.store.sealing import Sealer
from idp.store.tables import table_of
from tests.fakes import FixedClock, SeededEntropy
from tests.mail.letters import LINK, make_letter

MAIL = table_of(OutboxMail)


def put(store: Store, outbox: Outbox, **changes: str) -> str:
    return store.write_blocking(lambda tx: outbox.put(tx, make_letter(**changes)))  # type: ignore[arg-type]  # plain texts


def claim(store: Store, clock: FixedClock, sender: str = "one", most: int = 10) -> list[Claim]:
    now = clock.now()
    until = now + timedelta(seconds=10)
    return store.write_blocking(lambda tx: outbox_store.claim(tx, sender, most, now=now, lease_now=now, until=until))


def row_of(store: Store, mail_id: str) -> dict[str, object]:
    return store.read_blocking(lambda tx: dict(tx.execute(select(MAIL).where(MAIL.c.id == mail_id)).mappings().one()))


def test_a_letter_is_promised_with_its_unit_and_not_without(store: Store, outbox: Outbox, clock: FixedClock) -> None:
    def failing(tx: Transaction) -> None:
        outbox.put(tx, make_letter())
        raise Fault("half way")

    with pytest.raises(Fault):
        store.write_blocking(failing)

    assert claim(store, clock) == []


def test_a_claimed_letter_is_nobody_else_s(store: Store, outbox: Outbox, clock: FixedClock) -> None:
    mail_id = put(store, outbox)

    mine, theirs = claim(store, clock, "one"), claim(store, clock, "two")

    assert [letter.id for letter in mine] == [mail_id]
    assert theirs == []
    assert outbox.open(mine[0].sealed_payload) == make_letter()


def test_rel08_the_letter_of_a_killed_sender_is_taken_up_when_its_lease_ends(
    store: Store, outbox: Outbox, clock: FixedClock
) -> None:
    mail_id = put(store, outbox)
    claim(store, clock, "killed")

    clock.advance(seconds=10)

    assert [(letter.id, letter.attempts) for letter in claim(store, clock, "two")] == [(mail_id, 2)]


def test_rel08_a_renewed_lease_is_not_taken_up(store: Store, outbox: Outbox, clock: FixedClock) -> None:
    mail_id = put(store, outbox)
    claim(store, clock, "one")
    until = clock.now() + timedelta(seconds=20)

    kept = store.write_blocking(lambda tx: outbox_store.renew(tx, "one", [mail_id], until))
    clock.advance(seconds=15)

    assert kept == 1
    assert claim(store, clock, "two") == []


def test_a_lease_that_was_lost_is_not_renewed(store: Store, outbox: Outbox, clock: FixedClock) -> None:
    mail_id = put(store, outbox)
    claim(store, clock, "one")
    clock.advance(seconds=10)
    claim(store, clock, "two")

    kept = store.write_blocking(lambda tx: outbox_store.renew(tx, "one", [mail_id], clock.now()))

    assert kept == 0


def test_the_longest_due_is_claimed_first_and_no_more_than_asked(
    store: Store, outbox: Outbox, clock: FixedClock
) -> None:
    first = put(store, outbox)
    clock.advance(seconds=1)
    second = put(store, outbox)
    clock.advance(seconds=1)
    put(store, outbox)

    assert {letter.id for letter in claim(store, clock, most=2)} == {first, second}


@pytest.mark.parametrize("state", [MailState.SENT, MailState.DEAD, MailState.EXPIRED])
def test_the_payload_is_wiped_when_a_letter_ends(
    store: Store, outbox: Outbox, clock: FixedClock, state: MailState
) -> None:
    mail_id = put(store, outbox)

    store.write_blocking(lambda tx: outbox_store.end(tx, mail_id, state, "RCPT 550", clock.now()))

    row = row_of(store, mail_id)
    assert (row["state"], row["sealed_payload"], row["ended_at"]) == (state, None, clock.now())


def test_sec29_the_database_can_read_neither_address_nor_link(store: Store, outbox: Outbox) -> None:
    row = row_of(store, put(store, outbox))

    kept = repr(row)
    assert "nora" not in kept
    assert "exemple" not in kept
    assert LINK not in kept
    assert "BCDF" not in kept


def test_sec09_a_decoy_leaves_a_row_of_the_same_shape_and_size(store: Store, outbox: Outbox) -> None:
    typed = make_letter(to="personne", association_name="N'importe quoi", first_password=True)

    decoy = row_of(store, store.write_blocking(lambda tx: outbox.put_decoy(tx, typed)))
    real = row_of(store, put(store, outbox))

    def shape(row: dict[str, object]) -> dict[str, object]:
        return {
            name: len(value) if isinstance(value, str | bytes) and name not in {"kind", "state"} else type(value)
            for name, value in row.items()
        }

    assert shape(decoy) == shape(real)


@pytest.mark.parametrize("typed", ["A", "é" * 10_000, "🤺" * 10_000, '"' * 10_000, "\\" * 300])
def test_sec09_no_length_that_one_types_shows_in_the_payload(store: Store, outbox: Outbox, typed: str) -> None:
    row = row_of(store, put(store, outbox, association_name=typed, to=typed))

    assert len(row["sealed_payload"]) == 2_048 + 32  # type: ignore[arg-type]  # bytes


def test_decoys_count_nowhere(store: Store, outbox: Outbox) -> None:
    store.write_blocking(lambda tx: outbox.put_decoy(tx, make_letter()))

    assert store.read_blocking(outbox.state).depth == 0
    assert store.read_blocking(lambda tx: outbox.last_letter_to(tx, "nora@exemple.fr")) is None


def test_rel15_the_outbox_says_how_it_fares(store: Store, outbox: Outbox, clock: FixedClock) -> None:
    dead = put(store, outbox)
    store.write_blocking(lambda tx: outbox_store.end(tx, dead, MailState.DEAD, "DATA 554", clock.now()))
    put(store, outbox)
    clock.advance(seconds=90)
    put(store, outbox)

    state = store.read_blocking(outbox.state)

    assert (state.depth, state.oldest_age, state.dead) == (2, timedelta(seconds=90), 1)
    assert state.is_stuck


def test_rel15_an_outbox_that_someone_serves_is_not_stuck(store: Store, outbox: Outbox, clock: FixedClock) -> None:
    put(store, outbox)
    clock.advance(hours=1)
    claim(store, clock)

    assert not store.read_blocking(outbox.state).is_stuck


def test_an_empty_outbox_is_at_rest(store: Store, outbox: Outbox) -> None:
    state = store.read_blocking(outbox.state)

    assert (state.depth, state.oldest_age, state.dead, state.is_stuck) == (0, timedelta(0), 0, False)


def test_the_last_letter_to_an_address_is_found_in_any_spelling(
    store: Store, outbox: Outbox, clock: FixedClock
) -> None:
    put(store, outbox)
    clock.advance(minutes=5)
    latest = store.write_blocking(lambda tx: outbox.put(tx, make_letter(LetterKind.PASSWORD_CHANGED)))
    clock.advance(minutes=5)
    put(store, outbox, to="autre@exemple.fr")

    found = store.read_blocking(lambda tx: outbox.last_letter_to(tx, " NORA@Exemple.fr"))

    assert found is not None
    assert (found.id, found.kind, found.state) == (latest, "password_changed", MailState.WAITING)


def test_a_waiting_letter_is_sent_again_at_once_when_asked(store: Store, outbox: Outbox, clock: FixedClock) -> None:
    mail_id = put(store, outbox)
    claim(store, clock)
    later = clock.now() + timedelta(hours=1)
    store.write_blocking(lambda tx: outbox_store.postpone(tx, "one", mail_id, later, "RCPT 450"))

    outcome = store.write_blocking(lambda tx: outbox.resend(tx, mail_id))

    assert outcome is Resend.QUEUED
    assert [letter.id for letter in claim(store, clock)] == [mail_id]


def test_a_letter_whose_text_is_gone_can_t_be_sent_again(store: Store, outbox: Outbox, clock: FixedClock) -> None:
    mail_id = put(store, outbox)
    store.write_blocking(lambda tx: outbox_store.end(tx, mail_id, MailState.DEAD, "RCPT 550", clock.now()))

    assert store.write_blocking(lambda tx: outbox.resend(tx, mail_id)) is Resend.WIPED
    assert store.write_blocking(lambda tx: outbox.resend(tx, "ml_none")) is Resend.UNKNOWN


def test_what_ended_long_ago_is_purged_and_nothing_else(store: Store, outbox: Outbox, clock: FixedClock) -> None:
    old, waiting = put(store, outbox), put(store, outbox)
    store.write_blocking(lambda tx: outbox_store.end(tx, old, MailState.SENT, None, clock.now()))
    clock.advance(days=31)

    gone = store.write_blocking(lambda tx: outbox.purge_ended(tx, clock.now() - timedelta(days=30)))

    assert gone == 1
    assert row_of(store, waiting)["state"] == MailState.WAITING


def test_a_payload_under_a_lost_kek_is_unreadable(outbox: Outbox) -> None:
    other = Sealer((b"o" * 32,), SeededEntropy(b"other"))

    with pytest.raises(Unreadable):
        outbox.open(other.seal("outbox mail", make_letter().to_json()))


def test_a_payload_of_another_release_is_unreadable(outbox: Outbox, sealer: Sealer) -> None:
    with pytest.raises(Unreadable):
        outbox.open(
            sealer.seal("outbox mail", b'{"kind": "carrier_pigeon", "to": "nora@exemple.fr", "expires_at": null}')
        )
