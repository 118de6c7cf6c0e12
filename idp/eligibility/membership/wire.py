"""Reads the membership service's answers: known members strictly, unknown ones not at all (docs/eligibility.md).

A verdict that is doubtful in any way is none: `Malformed`, and nobody enters or loses anything by it.
"""

from idp.accounts.identifiers import canonical_identifier, is_email
from idp.associations.rules import canonical_name, is_timezone
from idp.eligibility.membership.members import Malformed, Members
from idp.eligibility.provider import PeoplePage
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


def read_verdict(body: bytes, asked: str) -> Verdict:
    """Read the answer of `/check`; `asked` is the identifier of the question. Raises `Malformed`."""
    answer = Members.of(body)
    if answer is None:
        raise Malformed("answer: null")
    if not answer.truth("eligible"):
        return Refusal(_reason(answer))
    if answer.optional_text("reason") is not None:
        raise answer.wrong("reason", "there although eligible")
    persons = tuple(_person(person) for person in answer.parts("persons"))
    if not persons or len({person.id for person in persons}) != len(persons):
        raise answer.wrong("persons", "nobody, or somebody twice")
    email = _email(answer)
    return Eligible(
        association=_association(answer.part("association")),
        season=_season(answer.part("season")),
        persons=persons,
        email=email,
        username=None if email else _username(answer, asked),
        max_age_seconds=answer.count("max_age"),
    )


def read_association(body: bytes) -> AssociationFacts | None:
    """Read the answer of `/associations/{code}`; nothing for `null`, an unknown one. Raises `Malformed`."""
    answer = Members.of(body)
    return _association(answer) if answer else None


def read_associations(body: bytes) -> tuple[AssociationFacts, ...]:
    """Read the answer of `/find`. Raises `Malformed`."""
    answer = Members.of(body)
    if answer is None:
        raise Malformed("answer: null")
    return tuple(_association(one) for one in answer.parts("associations"))


def read_people(body: bytes) -> PeoplePage | None:
    """Read the answer of `/people`; nothing for `null`, an unknown association. Raises `Malformed`."""
    answer = Members.of(body)
    if answer is None:
        return None
    persons = tuple(_person(person) for person in answer.parts("persons"))
    return PeoplePage(persons, answer.optional_text("next_after"))


def _reason(answer: Members) -> Reason:
    try:
        return Reason(answer.text("reason"))
    except ValueError:
        raise answer.wrong("reason", "none of those agreed") from None


def _association(members: Members) -> AssociationFacts:
    code, timezone = members.identifier("code"), members.optional_text("timezone")
    if not canonical_name(code):
        raise members.wrong("code", "no code")
    if timezone is not None and not is_timezone(timezone):
        raise members.wrong("timezone", "no timezone")
    return AssociationFacts(
        id=members.identifier("id"),
        code=code,
        alias=members.optional_text("alias"),
        name=members.text("name"),
        contact=members.optional_text("contact"),
        timezone=timezone or AssociationFacts.timezone,
    )


def _season(members: Members) -> SeasonFacts:
    return SeasonFacts(members.identifier("id"), members.text("label"), members.day("ends_on"))


def _person(members: Members) -> PersonFacts:
    try:
        kind = PersonKind(members.text("kind"))
    except ValueError:
        raise members.wrong("kind", "neither member nor guardian") from None
    return PersonFacts(
        id=members.identifier("id"),
        kind=kind,
        given_name=members.text("given_name"),
        family_name=members.text("family_name"),
        birth_date=members.day("birth_date"),
        roles=members.identifiers("roles"),
        acting_for=tuple(_child(child) for child in members.parts("acting_for")),
    )


def _child(members: Members) -> ChildFacts:
    return ChildFacts(
        id=members.identifier("id"),
        given_name=members.text("given_name"),
        family_name=members.text("family_name"),
        birth_date=members.day("birth_date"),
    )


def _email(answer: Members) -> str | None:
    """Mail goes there, and the credential is keyed by it: it must be an address and nothing beside."""
    email = answer.optional_text("email")
    if email is None:
        return None
    if any(letter.isspace() or not letter.isprintable() for letter in email):
        raise answer.wrong("email", "no address")
    if not is_email(canonical_identifier(email)):
        raise answer.wrong("email", "no address")
    return email


def _username(answer: Members, asked: str) -> str:
    """Who has no address is known by a username: the answer's, else what was typed. It holds no @."""
    username = canonical_identifier(answer.optional_text("username") or asked)
    if not username or is_email(username):
        raise answer.wrong("email", "missing, and no username stands in")
    return username
