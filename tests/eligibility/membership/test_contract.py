"""docs/eligibility.openapi.json says what we believe, and the sample service answers what it says."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from examples.membership_service.rules import Clubs
from idp.eligibility.membership.members import Malformed
from idp.eligibility.membership.wire import read_verdict
from idp.eligibility.verdict import Eligible, Purpose, Reason
from tests.eligibility.membership.answers import ELIGIBLE, MISSING, REFUSED, as_bytes, changed

ROOT = Path(__file__).parents[3]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs" / "eligibility.openapi.json").read_text("utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
CLUBS = Clubs.read((ROOT / "examples" / "membership_service" / "clubs.json").read_text("utf-8"))


def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """Return what a schema of the document takes."""
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/components/schemas/{name}", **deepcopy(DOCUMENT)})


def test_the_document_lists_the_purposes_and_reasons_that_we_know() -> None:
    assert SCHEMAS["Question"]["properties"]["purpose"]["enum"] == [purpose.value for purpose in Purpose]
    assert SCHEMAS["Refusal"]["properties"]["reason"]["enum"] == [reason.value for reason in Reason]


def test_the_documents_example_is_the_designs() -> None:
    assert SCHEMAS["Eligible"]["examples"] == [ELIGIBLE]


@pytest.mark.parametrize(
    ("association", "identifier"),
    [
        ("75012", "hugo@exemple.fr"),
        ("monassociation", "NORA@exemple.fr"),
        ("75012", "jean.noir"),
        ("75012", "rosa@exemple.fr"),
        ("75012", "paul@exemple.fr"),
        ("75012", "nobody@exemple.fr"),
        ("clubetoile", "hugo@exemple.fr"),
        ("99999", "hugo@exemple.fr"),
    ],
)
def test_every_answer_of_the_sample_is_as_the_document_says(association: str, identifier: str) -> None:
    answer = CLUBS.check(association, identifier)

    validator("Verdict").validate(answer)
    assert isinstance(read_verdict(as_bytes(answer), identifier), Eligible) is answer["eligible"]


def test_the_lists_of_the_sample_are_as_the_document_says() -> None:
    validator("People").validate(CLUBS.people("75012", "", 100))
    validator("Associations").validate({"associations": CLUBS.find("hugo@exemple.fr")})


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("eligible", "true"),
        ("association.id", 7),
        ("association.id", ""),
        ("association.name", MISSING),
        ("season.ends_on", "31/08/2027"),
        ("persons", []),
        ("persons.0.id", None),
        ("persons.0.kind", "parent"),
        ("persons.0.roles", "admin"),
        ("persons.0.acting_for.0.id", 1),
        ("max_age", -1),
        ("max_age", "30"),
    ],
    ids=repr,
)
def test_what_we_refuse_the_document_refuses_too(place: str, value: object) -> None:
    answer = changed(place, value)

    assert not validator("Verdict").is_valid(answer)
    with pytest.raises(Malformed):
        read_verdict(as_bytes(answer), "nora@exemple.fr")


def test_the_document_takes_a_refusal_as_we_do() -> None:
    assert validator("Verdict").is_valid(REFUSED)
    assert not validator("Verdict").is_valid({"eligible": False})
