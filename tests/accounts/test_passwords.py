"""Hashing and verifying: one argon2id and the same work for every failure (SEC-10, SEC-36, SEC-37, SEC-42)."""

import base64
import hashlib
import hmac
import re
import threading
import unicodedata
from collections.abc import Iterator

import anyio
import pytest
from argon2.low_level import Type, verify_secret

from idp.accounts.argon2_engine import Costs, Engine
from idp.accounts.passwords import PasswordHash, PasswordHasher, PlainPassword, Verification
from idp.errors import Fault, Unavailable
from idp.settings import Passwords
from tests.fakes import RecordingEngine, SeededEntropy

PEPPER, NEW_PEPPER = b"p" * 32, b"q" * 32
RIGHT = PlainPassword("cheval agrafe batterie")
WRONG = PlainPassword("cheval agrafe batterien")
TODAY = Passwords(argon2_memory_kib=65_536, argon2_passes=3, argon2_threads=1)


@pytest.fixture
def recording() -> RecordingEngine:
    return RecordingEngine()


@pytest.fixture
def hasher(recording: RecordingEngine) -> Iterator[PasswordHasher]:
    hasher = PasswordHasher((PEPPER,), SeededEntropy(), TODAY, engine=recording.engine)
    yield hasher
    hasher.close()


def earlier(recording: RecordingEngine, *, memory_kib: int, passes: int) -> PasswordHash:
    """A hash of the right password, made at the costs of another day."""
    settings = Passwords(argon2_memory_kib=memory_kib, argon2_passes=passes, argon2_threads=1)
    stored = PasswordHasher((PEPPER,), SeededEntropy(), settings, engine=recording.engine).hash_blocking(RIGHT)
    recording.calls.clear()
    return stored


async def test_a_password_matches_its_hash_and_no_other(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(RIGHT)

    assert await hasher.verify(RIGHT, stored) == Verification(matches=True, needs_rehash=False)
    assert await hasher.verify(WRONG, stored) == Verification(matches=False)


async def test_two_hashes_of_one_password_differ(hasher: PasswordHasher) -> None:
    assert await hasher.hash(RIGHT) != await hasher.hash(RIGHT)


async def test_a_stored_hash_is_argon2id_over_the_peppered_password() -> None:
    hasher = PasswordHasher((PEPPER,), SeededEntropy(), Passwords(argon2_threads=1))

    stored = await hasher.hash(RIGHT)
    hasher.close()

    peppered = hmac.digest(PEPPER, RIGHT.reveal().encode(), hashlib.sha256)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1,keyid=")
    assert verify_secret(re.sub(",keyid=[^$]*", "", stored).encode(), peppered, Type.ID)


def test_a_password_does_not_show() -> None:
    assert "cheval" not in f"{RIGHT} {RIGHT!r}"


async def test_composed_and_decomposed_letters_are_one_password(hasher: PasswordHasher) -> None:
    text = "éléphant à vélo, çà et là"
    stored = await hasher.hash(PlainPassword(text))

    typed = unicodedata.normalize("NFD", text)

    assert typed != text
    assert (await hasher.verify(PlainPassword(typed), stored)).matches


@pytest.mark.parametrize("changed", [" cheval agrafe batterie", "cheval agrafe batterie ", "Cheval agrafe batterie"])
async def test_spaces_and_capitals_count(hasher: PasswordHasher, changed: str) -> None:
    stored = await hasher.hash(RIGHT)

    assert not (await hasher.verify(PlainPassword(changed), stored)).matches


async def test_the_last_of_256_characters_counts(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(PlainPassword("🌻" * 255 + "a"))

    assert (await hasher.verify(PlainPassword("🌻" * 255 + "a"), stored)).matches
    assert not (await hasher.verify(PlainPassword("🌻" * 255 + "b"), stored)).matches


# One argon2id an attempt, and the same work for every failure.


async def test_every_failure_is_one_argon2_of_todays_costs(hasher: PasswordHasher, recording: RecordingEngine) -> None:
    stored = await hasher.hash(RIGHT)
    recording.calls.clear()

    await hasher.verify(WRONG, stored)
    await hasher.verify(WRONG, None)
    await hasher.verify(WRONG, PasswordHash("$2b$12$somebody-elses-format"))
    await hasher.verify(WRONG, PasswordHash(stored.replace("keyid=", "keyid=AAAA")[: len(stored)]))

    assert recording.calls == [Costs(65_536, 3)] * 4


@pytest.mark.parametrize(
    ("memory_kib", "passes"), [(19_456, 2), (19_456, 3), (65_536, 2), (32_768, 3), (65_535, 3), (60_000, 2)]
)
async def test_a_wrong_password_for_an_older_cheaper_hash_costs_what_every_failure_costs(
    hasher: PasswordHasher, recording: RecordingEngine, memory_kib: int, passes: int
) -> None:
    stored = earlier(recording, memory_kib=memory_kib, passes=passes)

    await hasher.verify(WRONG, None)
    nobody = recording.work
    await hasher.verify(WRONG, stored)
    older = recording.work

    assert older == pytest.approx(nobody, abs=8)


async def test_the_right_password_for_an_older_hash_is_one_argon2_and_wants_a_new_one(
    hasher: PasswordHasher, recording: RecordingEngine
) -> None:
    stored = earlier(recording, memory_kib=19_456, passes=2)

    verification = await hasher.verify(RIGHT, stored)

    assert verification == Verification(matches=True, needs_rehash=True)
    assert recording.calls == [Costs(19_456, 2)]


async def test_a_stored_text_can_ask_for_no_more_than_the_settings_allow(
    hasher: PasswordHasher, recording: RecordingEngine
) -> None:
    stored = (await hasher.hash(RIGHT)).replace("m=65536", "m=9999999")
    recording.calls.clear()

    assert not (await hasher.verify(RIGHT, PasswordHash(stored))).matches
    assert recording.calls == [Costs(65_536, 3)]


# What can be nobody's password is wrong at once, whoever it is tried on.


@pytest.mark.parametrize(
    "typed", ["x" * 257, "x" * 10_000, "é" * 1_000_000, "a\u0300" * 10_000, "mot de\0passe long", "\ud800 demi-paire"]
)
async def test_what_can_be_nobodys_password_is_wrong_before_any_hash(
    hasher: PasswordHasher, recording: RecordingEngine, typed: str
) -> None:
    stored = await hasher.hash(RIGHT)
    recording.calls.clear()

    with anyio.fail_after(0.020):
        with_account = await hasher.verify(PlainPassword(typed), stored)
        without = await hasher.verify(PlainPassword(typed), None)

    assert with_account == without == Verification(matches=False)
    assert recording.calls == []


async def test_what_the_policy_refuses_is_never_hashed(hasher: PasswordHasher) -> None:
    with pytest.raises(Fault):
        await hasher.hash(PlainPassword("x" * 257))


# The pepper rotates.


async def test_an_old_pepper_verifies_and_wants_a_new_hash(recording: RecordingEngine, hasher: PasswordHasher) -> None:
    stored = await hasher.hash(RIGHT)
    rotated = PasswordHasher((NEW_PEPPER, PEPPER), SeededEntropy(), TODAY, engine=recording.engine)

    verification = await rotated.verify(RIGHT, stored)
    fresh = await rotated.hash(RIGHT)

    assert verification == Verification(matches=True, needs_rehash=True)
    assert await rotated.verify(RIGHT, fresh) == Verification(matches=True)
    rotated.close()


async def test_without_its_pepper_a_hash_is_worth_nothing(recording: RecordingEngine, hasher: PasswordHasher) -> None:
    stored = await hasher.hash(RIGHT)
    stranger = PasswordHasher((NEW_PEPPER,), SeededEntropy(), TODAY, engine=recording.engine)

    assert not (await stranger.verify(RIGHT, stored)).matches
    stranger.close()


async def test_a_hash_tells_which_pepper_and_nothing_of_it(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(RIGHT)

    assert base64.b64encode(PEPPER)[:8].decode() not in stored
    assert PEPPER.hex()[:8] not in stored


# A storm of sign-ins.


class Gate:
    """An engine that waits until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()

    def derive(self, _secret: bytes, _salt: bytes, _costs: Costs) -> bytes:
        self.opened.wait(10)
        return bytes(32)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def busy_hasher(gate: Gate) -> Iterator[PasswordHasher]:
    """One thread, and one place in its queue."""
    settings = Passwords(argon2_threads=1, argon2_queue=1)
    hasher = PasswordHasher((PEPPER,), SeededEntropy(), settings, engine=Engine("gate", gate.derive))
    yield hasher
    gate.opened.set()
    hasher.close()


async def test_past_its_queue_hashing_says_come_again(busy_hasher: PasswordHasher, gate: Gate) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(busy_hasher.verify, WRONG, None)
        group.start_soon(busy_hasher.verify, WRONG, None)
        await anyio.wait_all_tasks_blocked()

        with pytest.raises(Unavailable) as refusal:
            await busy_hasher.verify(WRONG, None)
        gate.opened.set()

    assert (refusal.value.part, refusal.value.retry_after_seconds) == ("argon2", 2)
    assert not (await busy_hasher.verify(WRONG, None)).matches


async def test_who_goes_away_while_waiting_gives_up_the_place(busy_hasher: PasswordHasher, gate: Gate) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(busy_hasher.verify, WRONG, None)
        await anyio.wait_all_tasks_blocked()

        with anyio.move_on_after(0.05):
            await busy_hasher.verify(WRONG, None)
        group.start_soon(busy_hasher.verify, WRONG, None)
        await anyio.wait_all_tasks_blocked()
        gate.opened.set()


async def test_a_closed_hasher_says_come_again(hasher: PasswordHasher) -> None:
    hasher.close()

    with pytest.raises(Unavailable):
        await hasher.verify(RIGHT, None)


async def test_cheap_work_goes_on_beside_hashing() -> None:
    hasher = PasswordHasher((PEPPER,), SeededEntropy(), Passwords(argon2_threads=2))
    await hasher.verify(RIGHT, None)
    waits: list[float] = []

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(hasher.verify, RIGHT, None)
        for _ in range(30):
            before = anyio.current_time()
            await anyio.sleep(0.001)
            waits.append(anyio.current_time() - before)
    hasher.close()

    assert sorted(waits)[-3] < 0.100, "two stops by a neighbour on the machine are not ours"
