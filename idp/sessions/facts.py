"""What a session remembers of the last verdict: what pages show, and what the hook is asked with next time."""

from collections.abc import Iterable, Mapping
from typing import Any

from idp.associations.rules import canonical_name
from idp.eligibility.verdict import Eligible, PersonFacts
from idp.sessions.rules import Session


def names_of(verdict: Eligible, typed: str) -> list[str]:
    """Return the canonical names under which this association is known to the session, the one typed among them."""
    spellings = (verdict.association.code, verdict.association.alias or "", verdict.association.id, typed)
    return sorted({canonical_name(spelling) for spelling in spellings} - {""})


def session_facts(verdict: Eligible, person: PersonFacts | None, names: Iterable[str]) -> Mapping[str, Any]:
    """Return what pages show: association, person (if chosen), season, and the association's names."""
    return {
        "association": {
            "id": verdict.association.id,
            "code": verdict.association.code,
            "alias": verdict.association.alias,
            "name": verdict.association.name,
            "contact": verdict.association.contact,
        },
        "season": verdict.season.label,
        "person": {"given_name": person.given_name, "family_name": person.family_name, "kind": person.kind.value}
        if person
        else None,
        "acting_for": [child.given_name for child in person.acting_for] if person else [],
        "names": sorted(names),
    }


def is_of_association(session: Session, typed: str, known_id: str | None) -> bool:
    """Tell whether a session belongs to the association that a request names.

    `known_id` is the id of the one that has this name today, where our own directory knows it, and decides: there are
    more names than those the session has met, and a name may have changed hands since.
    """
    if known_id is not None:
        return session.association_id == known_id
    return canonical_name(typed) in session.facts.get("names", ())
