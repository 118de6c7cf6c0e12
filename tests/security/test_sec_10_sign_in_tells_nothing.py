"""SEC-10: a wrong password is answered alike, after one argon2id of the same work, whoever it is tried on.

That throttles come at the same count for an unknown account joins when the throttle is built.
"""

import copy
from dataclasses import replace

import pytest

from idp.accounts.argon2_engine import Costs
from idp.accounts.password_format import format_hash, parse_hash
from idp.accounts.passwords import PasswordHasher
from idp.accounts.store import find_credential, set_password
from idp.services import Services
from idp.sessions.tables import BrowserSession
from idp.store import Transaction
from idp.store.keyfiles import load_key_files
from idp.store.tables import table_of
from tests.fakes import RecordingEngine, SeededEntropy
from tests.security.place import (
    BANNED,
    CLUB,
    DISABLED,
    ELSEWHERE,
    FORMER,
    HUGO,
    LEA,
    NORA,
    PASSWORD,
    UNKNOWN,
    Place,
    Visitor,
    Worker,
    counted,
    masked,
    swap,
)
from tests.security.timing import repeated_differences

CLASSES = {
    "a member": HUGO,
    "with an older, cheaper hash": NORA,
    "a member without a password": LEA,
    "unknown": UNKNOWN,
    "banned": BANNED,
    "disabled": DISABLED,
    "of another association": ELSEWHERE,
    "of last season": FORMER,
}
TIMED = {name: CLASSES[name] for name in ("a member", "unknown", "disabled")} if counted(1, 0) else CLASSES
"""Three classes in each run, all of them in full."""
WRONG = "ceci n’est pas le bon mot"


@pytest.fixture
def engine() -> RecordingEngine:
    return RecordingEngine()


@pytest.fixture
def worker(place: Place, engine: RecordingEngine) -> Worker:
    """A worker whose argon2id is counted and costs nothing, so that whatever else takes time is seen."""

    def counted_hashes(services: Services) -> Services:
        services.hasher.close()
        peppers, passwords = load_key_files(place.stage.keys).pepper, services.settings.passwords
        hasher = PasswordHasher(peppers, SeededEntropy(b"counted"), passwords, engine=engine.engine)
        sign_in = copy.copy(services.sign_in)
        sign_in._hasher = hasher  # noqa: SLF001 -- the hasher alone is exchanged, whatever else the journey is made of
        return swap(services, hasher=hasher, sign_in=sign_in)

    place.worker.services.store.write_blocking(lambda tx: make_hash_older(tx, place))
    return place.another_worker(counted_hashes)


def make_hash_older(tx: Transaction, place: Place) -> None:
    """Give Nora a hash of half the passes."""
    known, nora = parse_hash(place.stage.password_hash), find_credential(tx, place.club.id, NORA)
    assert known is not None
    assert nora is not None
    older = replace(known, costs=Costs(known.costs.memory_kib, known.costs.passes // 2))
    set_password(tx, nora.id, format_hash(older), place.clock.now())


def told(visitor: Visitor, address: str) -> tuple[object, ...]:
    """What the answer shows: status, header names, length, text, what was typed masked."""
    answer = visitor.sign_in(address, WRONG)
    text = masked(answer).replace(address, "…")
    return answer.status_code, tuple(sorted(answer.headers)), text


def test_sec10_the_answer_is_the_same_to_the_letter_for_everyone(place: Place, worker: Worker) -> None:
    answers = {name: told(worker.visitor(), address) for name, address in CLASSES.items()}

    assert set(answers.values()) == {answers["unknown"]}
    assert answers["unknown"][0] == 200
    assert place.count(table_of(BrowserSession)) == 0


def test_sec10_each_attempt_fills_the_same_memory_with_argon2(worker: Worker, engine: RecordingEngine) -> None:
    visitor, work = worker.visitor(), {}

    for name, address in CLASSES.items():
        visitor.sign_in(address, WRONG)
        work[name] = engine.work

    assert set(work.values()) == {worker.services.hasher.costs.work}


def test_sec10_an_attempt_on_today_s_hash_or_on_nobody_s_is_one_argon2(worker: Worker, engine: RecordingEngine) -> None:
    visitor = worker.visitor()

    visitor.sign_in(HUGO, WRONG)
    visitor.sign_in(UNKNOWN, WRONG)
    visitor.sign_in(BANNED, PASSWORD)

    assert len(engine.calls) == 3


def test_sec10_a_banned_or_disabled_member_s_right_password_reads_like_a_wrong_one(place: Place) -> None:
    visitor = place.visitor()

    answers = {
        masked(visitor.sign_in(address, password)).replace(address, "…")
        for address, password in ((BANNED, PASSWORD), (DISABLED, PASSWORD), (FORMER, PASSWORD), (HUGO, WRONG))
    }

    assert len(answers) == 1
    assert not visitor.is_signed_in()


@pytest.mark.slow
def test_sec10_the_time_of_a_refusal_tells_nobody_from_an_unknown_address(worker: Worker) -> None:
    visitor = worker.visitor()
    token = visitor.token()

    def trying(address: str) -> object:
        fields = {"csrf_token": token, "association": CLUB, "identifier": address, "password": WRONG}
        return visitor.post("/", fields)

    classes = {name: lambda address=address: trying(address) for name, address in TIMED.items()}

    assert repeated_differences(classes, "unknown") == []
