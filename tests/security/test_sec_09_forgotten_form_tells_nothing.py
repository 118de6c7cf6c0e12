"""SEC-09: in discreet mode the forgotten-password form answers alike, and as fast, whoever is asked for.

Explicit mode past its bounds joins when the throttle is built (SEC-11).
"""

import socket
from collections.abc import Iterator

import pytest

from idp.mail.tables import OutboxMail
from idp.settings import Login, Mail
from idp.store.tables import table_of
from tests.security.place import (
    BANNED,
    CLUB,
    DISABLED,
    ELSEWHERE,
    FORMER,
    HUGO,
    LEA,
    UNKNOWN,
    Place,
    Visitor,
    Worker,
    counted,
    masked,
)
from tests.security.timing import repeated_differences
from tests.smtp import Mailbox

CLASSES = {
    "a member": HUGO,
    "a member without a password": LEA,
    "unknown": UNKNOWN,
    "banned": BANNED,
    "disabled": DISABLED,
    "of another association": ELSEWHERE,
    "of last season": FORMER,
}
TIMED = {name: CLASSES[name] for name in ("a member", "unknown", "disabled")} if counted(1, 0) else CLASSES
"""Three classes in each run, all of them in full."""
Told = tuple[int, tuple[str, ...], int, str]


def told(visitor: Visitor, address: str) -> Told:
    """What the answer and the page after it show: status, header names, length, text, what was typed masked."""
    token = visitor.token("/password/forgot")
    answer = visitor.post("/password/forgot", {"csrf_token": token, "association": CLUB, "identifier": address})
    page = visitor.get(answer.headers["location"])
    seen = masked(page).replace(address, "…") + answer.headers["location"]
    return answer.status_code, tuple(sorted(answer.headers)), len(answer.content), seen


@pytest.fixture(params=["up", "down", "silent"])
def smtp_url(request: pytest.FixtureRequest, mailbox: Mailbox) -> Iterator[str]:
    """A mail server that works, is not there, or never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "silent":
            listener.listen(64)
        yield mailbox.url if request.param == "up" else f"smtp://127.0.0.1:{listener.getsockname()[1]}"


def sending_worker(place: Place, smtp_url: str) -> Worker:
    """A worker in discreet mode that sends mail while it serves."""
    sections = {"login": Login(disclosure="discreet"), "mail": Mail(smtp_url=smtp_url)}
    place.settings = place.settings.model_copy(update=sections)
    return place.another_worker(background=True)


def test_sec09_the_answer_is_the_same_to_the_letter_for_everyone(place: Place) -> None:
    worker = place.discreet_worker()

    answers = {name: told(worker.visitor(), address) for name, address in CLASSES.items()}

    assert set(answers.values()) == {answers["a member"]}
    assert answers["a member"][0] == 303
    assert len(place.worker.letters()) == 2


def test_sec09_whoever_is_asked_for_one_row_of_the_same_size_is_stored(place: Place) -> None:
    worker = place.discreet_worker()

    answered = [told(worker.visitor(), address)[0] for address in CLASSES.values()]

    assert len(answered) == len(CLASSES)
    sizes = [len(sealed) for sealed in place.column(table_of(OutboxMail), "sealed_payload")]
    assert len(sizes) == len(CLASSES)
    assert len(set(sizes)) == 1


def test_sec09_the_state_of_the_mail_server_changes_no_answer(small_place: Place, smtp_url: str) -> None:
    worker = sending_worker(small_place, smtp_url)

    answers = [told(worker.visitor(), address) for address in (HUGO, UNKNOWN, HUGO, UNKNOWN)]

    assert len(set(answers)) == 1


@pytest.mark.slow
def test_sec09_the_time_of_the_answer_tells_nobody_from_an_unknown_address(place: Place) -> None:
    visitor = place.discreet_worker().visitor()
    token = visitor.token("/password/forgot")

    def asking(address: str) -> object:
        fields = {"csrf_token": token, "association": CLUB, "identifier": address}
        return visitor.post("/password/forgot", fields)

    classes = {name: lambda address=address: asking(address) for name, address in TIMED.items()}

    assert repeated_differences(classes, "unknown") == []
