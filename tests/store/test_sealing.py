"""Sealing: only our KEK opens, only for the purpose, and nothing that was touched (SEC-42)."""

import pytest

from idp.store.sealing import Sealer, Unsealable
from tests.fakes import SeededEntropy

OLD, NEW = b"o" * 32, b"n" * 32


def test_what_was_sealed_is_opened_again(sealer: Sealer) -> None:
    assert sealer.open("mail", sealer.seal("mail", b"Bonjour")) == b"Bonjour"


def test_two_seals_of_one_text_differ(sealer: Sealer) -> None:
    assert sealer.seal("mail", b"Bonjour") != sealer.seal("mail", b"Bonjour")


def test_a_sealed_mail_is_no_signing_key(sealer: Sealer) -> None:
    with pytest.raises(Unsealable):
        sealer.open("signing-key", sealer.seal("mail", b"Bonjour"))


@pytest.mark.parametrize("place", range(0, 39, 3))
def test_a_touched_byte_opens_nothing(sealer: Sealer, place: int) -> None:
    sealed = bytearray(sealer.seal("mail", b"Bonjour"))
    sealed[place] ^= 1

    with pytest.raises(Unsealable):
        sealer.open("mail", bytes(sealed))


@pytest.mark.parametrize("length", [0, 3, 4, 10, 16, 20, 38])
def test_what_was_cut_opens_nothing(sealer: Sealer, length: int) -> None:
    with pytest.raises(Unsealable):
        sealer.open("mail", sealer.seal("mail", b"Bonjour")[:length])


def test_another_kek_opens_nothing(sealer: Sealer) -> None:
    with pytest.raises(Unsealable):
        Sealer((NEW,), SeededEntropy()).open("mail", sealer.seal("mail", b"Bonjour"))


def test_a_new_kek_seals_and_the_old_one_still_opens() -> None:
    sealed = Sealer((OLD,), SeededEntropy()).seal("mail", b"Bonjour")

    rotated = Sealer((NEW, OLD), SeededEntropy())

    assert rotated.open("mail", sealed) == b"Bonjour"
    assert not rotated.is_current(sealed)
    assert rotated.is_current(rotated.seal("mail", b"Bonjour"))


def test_a_fault_shows_neither_key_nor_text(sealer: Sealer) -> None:
    with pytest.raises(Unsealable) as fault:
        sealer.open("signing-key", sealer.seal("mail", b"Bonjour"))

    assert "Bonjour" not in str(fault.value)
