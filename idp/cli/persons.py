"""How commands print persons, and what became of a ban."""

from collections.abc import Sequence
from typing import Any

import click

from idp.cli.context import print_result
from idp.cli.directory import refuse
from idp.eligibility.members import BanOutcome, Changed, Nobody, Several
from idp.eligibility.rules import PersonRecord, Standing
from idp.errors import CommandError

AMBIGUOUS = 3


def person_as_json(person: PersonRecord, standing: Standing | None = None) -> dict[str, Any]:
    """Return a person as commands print one."""
    return {
        "id": person.id,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "email": person.email,
        "banned": person.is_banned,
        **({"standing": standing.value} if standing else {}),
    }


def person_lines(persons: Sequence[PersonRecord]) -> str:
    """Return a line a person."""
    return "\n".join(
        f"  {person.id}\t{person.given_name} {person.family_name}{' (banned)' if person.is_banned else ''}"
        for person in persons
    )


def print_ban(outcome: BanOutcome, association: str, whom: str, *, done: str, as_json: bool) -> None:
    """Print what became of a ban or its end. Several persons behind one address: exit 3, nothing changed."""
    if isinstance(outcome, Nobody):
        raise CommandError(f"association {association} has nobody {whom!r}")
    if isinstance(outcome, Several):
        said = f"{whom} is the address of several persons; nothing was changed. Name one with\n"
        said += "idp members … --external-id ID, or all of them with --all:\n" + person_lines(outcome.persons)
        listed = [person_as_json(person) for person in outcome.persons]
        print_result({"changed": [], "ambiguous": True, "persons": listed}, said, as_json=as_json)
        click.get_current_context().exit(AMBIGUOUS)
    if not isinstance(outcome, Changed):
        refuse(outcome, association)
    result = {"changed": list(outcome.changed), "persons": [person.id for person in outcome.persons]}
    said = (
        f"{', '.join(outcome.changed)} {done}." if outcome.changed else f"Nothing to do: nobody there was to be {done}."
    )
    print_result(result, said, as_json=as_json)
