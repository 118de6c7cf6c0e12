"""One-shot secrets: a secret of one kind is, everywhere else, as good as random bytes (SEC-01)."""

import re
from itertools import pairwise

import pytest

from idp.store.secrets import CODE_ALPHABET, Kind, PlainSecret, SecretMint
from tests.fakes import SeededEntropy


@pytest.mark.parametrize("kind", Kind)
def test_a_secret_shows_its_kind_and_holds_256_bits(mint: SecretMint, kind: Kind) -> None:
    assert re.fullmatch(rf"{kind}_[A-Za-z0-9_-]{{43}}", mint.mint(kind).reveal())


def test_no_secret_is_made_twice(mint: SecretMint) -> None:
    assert len({mint.mint(Kind.RESET_LINK).reveal() for _ in range(100)}) == 100


def test_a_secret_does_not_show() -> None:
    secret = PlainSecret("rl_abc")

    assert "abc" not in f"{secret} {secret!r}"


def test_a_secret_has_another_hash_for_every_kind(mint: SecretMint) -> None:
    text = mint.mint(Kind.RESET_LINK).reveal()

    assert len({mint.hash(kind, text) for kind in Kind}) == len(Kind)


def test_a_hash_needs_the_key(entropy: SeededEntropy) -> None:
    one, other = SecretMint(b"a" * 32, entropy), SecretMint(b"b" * 32, entropy)

    assert one.hash(Kind.BROWSER, "br_x") == one.hash(Kind.BROWSER, "br_x")
    assert one.hash(Kind.BROWSER, "br_x") != other.hash(Kind.BROWSER, "br_x")


def test_a_short_code_is_bound_to_what_must_be_shown_too(mint: SecretMint) -> None:
    assert mint.hash(Kind.MAIL_CODE, "23456789", bound_to="one") != mint.hash(
        Kind.MAIL_CODE, "23456789", bound_to="other"
    )


def test_a_tag_is_no_hash(mint: SecretMint) -> None:
    tag = mint.sign("rl\0", "rl_x")

    assert bytes.fromhex(mint.hash(Kind.RESET_LINK, "rl_x"))[:8] not in tag.encode()
    assert mint.sign("csrf", "x") != mint.sign("cookie", "x")


@pytest.mark.parametrize("typed", ["", "\0", "\ud800", "é" * 10_000])
def test_anything_typed_has_a_hash(mint: SecretMint, typed: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", mint.hash(Kind.RESET_LINK, typed))


def test_a_code_has_eight_characters_without_look_alikes(mint: SecretMint) -> None:
    codes = [mint.mint_code().reveal() for _ in range(50)]

    assert all(re.fullmatch(f"[{CODE_ALPHABET}]{{8}}", code) for code in codes)
    assert set(CODE_ALPHABET).isdisjoint("01AEIOULS")
    assert all(one != other for one, other in pairwise(codes))


def test_every_character_is_as_likely_as_another(mint: SecretMint) -> None:
    drawn = "".join(mint.mint_code().reveal() for _ in range(2_000))

    counts = [drawn.count(letter) for letter in CODE_ALPHABET]
    assert max(counts) < 1.25 * min(counts)
