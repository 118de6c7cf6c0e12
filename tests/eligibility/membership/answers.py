"""What a membership service may answer, for tests to change, and clients that give such answers."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from idp.eligibility.membership.client import Answer, NoAnswer, Question

ELIGIBLE: dict[str, Any] = {
    "eligible": True,
    "reason": None,
    "association": {
        "id": "a-75012",
        "code": "75012",
        "alias": "MonAssociation",
        "name": "Mon association",
        "contact": None,
    },
    "season": {"id": "s-2026", "label": "2026-2027", "ends_on": "2027-08-31"},
    "email": "nora@exemple.fr",
    "persons": [
        {
            "id": "P1",
            "kind": "guardian",
            "given_name": "Nora",
            "family_name": "Petit",
            "birth_date": "1988-03-02",
            "roles": [],
            "acting_for": [{"id": "C1", "given_name": "Lina", "family_name": "Petit", "birth_date": "2016-05-09"}],
        }
    ],
    "max_age": 30,
}
"""The answer of the contract's own example."""
REFUSED = {"eligible": False, "reason": "past_season"}


class Absent(Enum):
    """Stands for a member that isn't there."""

    MISSING = "missing"


MISSING = Absent.MISSING


def changed(place: str, value: object) -> dict[str, Any]:
    """Return the example with one member changed, or without it: `changed("persons.0.id", 7)`."""
    answer = deepcopy(ELIGIBLE)
    *way, last = place.split(".")
    part: Any = answer
    for step in way:
        part = part[int(step) if step.isdigit() else step]
    if value is MISSING:
        del part[last]
    else:
        part[last] = value
    return answer


def as_bytes(answer: object) -> bytes:
    return json.dumps(answer).encode()


@dataclass
class ScriptedClient:
    """A client whose answers are written down: the next one each time, the last one for ever."""

    script: list[Answer | NoAnswer | Callable[[Question], Answer]]
    asked: list[Question] = field(default_factory=list)

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, NoAnswer):
            raise step
        return step if isinstance(step, Answer) else step(question)

    async def close(self) -> None:
        """Nothing is open."""


def good(answer: object = ELIGIBLE) -> Answer:
    return Answer(200, as_bytes(answer))


class PlainSigner:
    """Writes claims down instead of signing them."""

    def __init__(self) -> None:
        self.signed: list[tuple[dict[str, Any], str, str]] = []

    def sign(self, claims: Any, *, algorithm: str, typ: str) -> str:  # noqa: ANN401 -- as the port
        self.signed.append((dict(claims), algorithm, typ))
        return f"token-{len(self.signed)}"
