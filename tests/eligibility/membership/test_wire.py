"""The membership service's answers are read strictly: a doubtful one is none (SEC-40)."""

import contextlib
import json
from datetime import date

import pytest
from hypothesis import given, strategies as st

from idp.eligibility.membership.members import Malformed
from idp.eligibility.membership.wire import read_association, read_associations, read_people, read_verdict
from idp.eligibility.verdict import (
    AssociationFacts,
    ChildFacts,
    Eligible,
    PersonFacts,
    PersonKind,
    Reason,
    Refusal,
    SeasonFacts,
    Verdict,
)
from tests.eligibility.membership.answers import ELIGIBLE, MISSING, REFUSED, as_bytes, changed


def read(answer: object, asked: str = "nora@exemple.fr") -> Verdict:
    return read_verdict(as_bytes(answer), asked)


def test_the_contracts_example_is_read_whole() -> None:
    lina = ChildFacts("C1", "Lina", "Petit", date(2016, 5, 9))
    nora = PersonFacts("P1", PersonKind.GUARDIAN, "Nora", "Petit", date(1988, 3, 2), (), (lina,))

    assert read(ELIGIBLE) == Eligible(
        AssociationFacts("a-75012", "75012", "MonAssociation", "Mon association"),
        SeasonFacts("s-2026", "2026-2027", date(2027, 8, 31)),
        (nora,),
        "nora@exemple.fr",
        max_age_seconds=30,
    )


@pytest.mark.parametrize("reason", list(Reason))
def test_a_refusal_needs_its_reason_and_nothing_else(reason: Reason) -> None:
    assert read({"eligible": False, "reason": reason.value}) == Refusal(reason)


@pytest.mark.parametrize(
    "place",
    [
        "reason",
        "association.alias",
        "association.contact",
        "season.ends_on",
        "persons.0.birth_date",
        "persons.0.roles",
        "persons.0.acting_for",
        "persons.0.acting_for.0.birth_date",
        "max_age",
    ],
)
def test_members_that_need_not_be_there_may_be_missing(place: str) -> None:
    assert isinstance(read(changed(place, MISSING)), Eligible)


@pytest.mark.parametrize("place", ["colour", "association.colour", "persons.0.colour", "season.colour"])
def test_unknown_members_are_ignored(place: str) -> None:
    assert read(changed(place, {"deep": [1]})) == read(ELIGIBLE)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("eligible", "true"),
        ("eligible", 1),
        ("eligible", None),
        ("eligible", MISSING),
        ("reason", "banned"),
        ("reason", False),
        ("association", MISSING),
        ("association", "75012"),
        ("association", [ELIGIBLE["association"]]),
        ("association.id", 75012),
        ("association.id", ""),
        ("association.id", "   "),
        ("association.id", "a\n75012"),
        ("association.id", "a" * 201),
        ("association.id", None),
        ("association.code", 75012),
        ("association.code", "--"),
        ("association.alias", ["MonAssociation"]),
        ("association.name", MISSING),
        ("association.name", "Mon\0association"),
        ("association.contact", {"email": "x"}),
        ("association.timezone", "Europe/Nowhere"),
        ("season", None),
        ("season.id", 2026),
        ("season.label", 2026),
        ("season.ends_on", "31/08/2027"),
        ("season.ends_on", "2027-02-30"),
        ("season.ends_on", "1819670400"),
        ("season.ends_on", 1819670400),
        ("email", 7),
        ("email", ""),
        ("email", "nora"),
        ("email", "nora@exemple.fr\r\nBcc: x@y.fr"),
        ("email", "nora petit@exemple.fr"),
        ("email", "nora@"),
        ("persons", []),
        ("persons", MISSING),
        ("persons", {}),
        ("persons", ELIGIBLE["persons"] * 2),
        ("persons", ["P1"]),
        ("persons.0.id", 1),
        ("persons.0.id", ""),
        ("persons.0.id", None),
        ("persons.0.kind", "parent"),
        ("persons.0.kind", True),
        ("persons.0.given_name", None),
        ("persons.0.family_name", ["Petit"]),
        ("persons.0.birth_date", "1988-3-2"),
        ("persons.0.roles", "admin"),
        ("persons.0.roles", [1]),
        ("persons.0.roles", None),
        ("persons.0.acting_for", ["C1"]),
        ("persons.0.acting_for.0.id", 1),
        ("max_age", "30"),
        ("max_age", True),
        ("max_age", 30.0),
        ("max_age", -1),
    ],
    ids=repr,
)
def test_a_known_member_of_another_type_makes_the_whole_answer_doubtful(place: str, value: object) -> None:
    with pytest.raises(Malformed):
        read(changed(place, value))


@pytest.mark.parametrize("reason", ["tired", "", None, True, MISSING])
def test_a_refusal_whose_reason_was_not_agreed_is_doubtful(reason: object) -> None:
    answer = {"eligible": False} if reason is MISSING else {"eligible": False, "reason": reason}

    with pytest.raises(Malformed):
        read(answer)


NO_JSON_OBJECT = {
    "nothing": b"",
    "null": b"null",
    "a truth": b"true",
    "a list": b"[]",
    "a text": b'"eligible"',
    "cut at once": b"{",
    "cut later": b'{"eligible": true',
    "a page": b"<html>Sign in to the hotel's network</html>",
    "UTF-16": b"\xff\xfe{}",
    "a byte order mark": b'\xef\xbb\xbf{"eligible": false, "reason": "banned"}',
    "something after": b'{"eligible": false, "reason": "banned"} trailing',
    "a member twice": b'{"eligible": false, "eligible": true, "reason": "banned"}',
    "half a surrogate": b'{"eligible": false, "reason": "banned", "name": "\\ud800"}',
    "no number": b'{"eligible": false, "reason": "banned", "age": NaN}',
    "deep lists": b'{"eligible": false, "reason": "banned", "x": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "deep objects": b'{"x":' * 10_000 + b"1" + b"}" * 10_000,
    "a long number": b"9" * 60_000,
}


@pytest.mark.parametrize("body", NO_JSON_OBJECT.values(), ids=NO_JSON_OBJECT.keys())
def test_what_is_no_plain_json_object_is_doubtful(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_verdict(body, "nora@exemple.fr")


def test_the_complaint_names_the_member_and_never_its_value() -> None:
    with pytest.raises(Malformed) as caught:
        read(changed("persons.0.birth_date", "born to be secret"))

    assert str(caught.value) == "persons[0].birth_date: no date"


def test_who_has_no_address_is_known_by_the_username_of_the_answer() -> None:
    verdict = read({**ELIGIBLE, "email": None, "username": "Nora.Petit"}, asked="12345")

    assert isinstance(verdict, Eligible)
    assert (verdict.email, verdict.username) == (None, "nora.petit")


def test_without_a_username_either_what_was_typed_stands_in() -> None:
    verdict = read({**ELIGIBLE, "email": None}, asked=" Nora.Petit ")

    assert isinstance(verdict, Eligible)
    assert verdict.username == "nora.petit"


@pytest.mark.parametrize(("username", "asked"), [(None, "nora@exemple.fr"), ("nora@exemple.fr", "nora"), ("\x07", "x")])
def test_an_address_is_nobodys_username(username: str | None, asked: str) -> None:
    with pytest.raises(Malformed):
        read({**ELIGIBLE, "email": None, "username": username}, asked)


def test_an_association_is_read_and_null_is_none() -> None:
    association = ELIGIBLE["association"]

    assert read_association(as_bytes({**association, "timezone": "Indian/Reunion"})) == AssociationFacts(
        "a-75012", "75012", "MonAssociation", "Mon association", timezone="Indian/Reunion"
    )
    assert read_association(b"null") is None


def test_associations_are_read() -> None:
    (found,) = read_associations(as_bytes({"associations": [ELIGIBLE["association"]]}))

    assert found.code == "75012"


def test_a_page_of_people_is_read_and_null_is_none() -> None:
    page = read_people(as_bytes({"persons": ELIGIBLE["persons"], "next_after": "P1"}))

    assert page is not None
    assert ([person.id for person in page.persons], page.next_after) == (["P1"], "P1")
    assert read_people(b"null") is None


def test_a_refusal_is_read_from_the_bytes_of_another_library() -> None:
    assert read_verdict(json.dumps(REFUSED, indent=2).encode(), "") == Refusal(Reason.PAST_SEASON)


PLACES = (
    "eligible",
    "association.id",
    "association.timezone",
    "season.ends_on",
    "email",
    "persons",
    "persons.0",
    "persons.0.kind",
    "persons.0.birth_date",
    "persons.0.roles",
    "max_age",
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40)
anything = st.recursive(scalars, lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=9), some))


@given(place=st.sampled_from(PLACES), value=anything)
def test_whatever_stands_anywhere_is_read_or_doubtful_and_never_a_fault(place: str, value: object) -> None:
    answer = changed(place, value) if place != "persons.0" else {**ELIGIBLE, "persons": [value]}

    with contextlib.suppress(Malformed):
        assert isinstance(read(answer), Eligible | Refusal)


@given(st.binary(max_size=300))
def test_whatever_bytes_come_are_read_or_doubtful_and_never_a_fault(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(read_verdict(body, "nora"), Refusal)
