"""What an attacker does in the tests of the throttle, and how many of the tries reached a password."""

from collections.abc import Sequence

from httpx2 import Response

from idp.audit.tables import AuditEvent
from idp.store.tables import table_of
from tests.security.place import CLUB, HUGO, Place, Visitor, Worker

WRONG = "un mot de passe au hasard"
SPELLINGS = (
    ("75012", HUGO),
    (CLUB, HUGO),
    (CLUB.upper(), HUGO.upper()),
    (f" {CLUB} ", "Hugo@Exemple.fr"),
    ("ＭonÀssociation", "ｈｕｇｏ@exemple.fr"),
)


def address_number(number: int) -> str:
    """An address that shares no range with another."""
    return f"10.{number // 250}.{number % 250}.7"


def guess(visitor: Visitor, identifier: str = HUGO, password: str = WRONG, association: str = CLUB) -> Response:
    """One try, with a form that a browser got once: only the try itself takes time."""
    fields = {"association": association, "identifier": identifier, "password": password}
    return visitor.post("/", {"csrf_token": visitor.token(), **fields})


def guesses(workers: Sequence[Worker], times: int, *, from_everywhere: bool) -> list[Response]:
    """So many wrong tries, one by one, in every spelling, from one address or each from another."""
    answers = []
    for number in range(times):
        visitor = workers[number % len(workers)].visitor(address_number(number if from_everywhere else 0))
        association, identifier = SPELLINGS[number % len(SPELLINGS)]
        answers.append(guess(visitor, identifier, association=association))
    return answers


def guesses_tested(place: Place) -> int:
    """How many tries reached a password."""
    return place.count(table_of(AuditEvent), name="login.failed")
