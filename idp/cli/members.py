"""`idp members`: the persons of this service's directory, imported from CSV, shown, banned."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

import click

from idp.associations.holding import UnknownAssociation
from idp.cli.context import Operator, json_option, pass_operator, print_result
from idp.cli.directory import association_option, reason_option, refuse, require_directory
from idp.cli.persons import person_as_json, print_ban
from idp.eligibility.importing.faults import CellFault, FaultKind
from idp.eligibility.importing.service import Busy, Faulty, Imported
from idp.eligibility.members import Nobody, Profile
from idp.errors import CommandError

SHOWN_FAULTS = 50
BAR_AFTER_SECONDS = 1.0
PROBLEMS = {
    FaultKind.NOT_UTF8: "the file is not UTF-8 from this line on; save it as « CSV UTF-8 »",
    FaultKind.NOT_CSV: "a quoted cell does not end",
    FaultKind.NO_HEADER: "the first line must name the columns",
    FaultKind.MISSING_COLUMN: "the column is missing; columns are separated by commas",
    FaultKind.UNKNOWN_COLUMN: "no such column",
    FaultKind.REPEATED_COLUMN: "the column is there twice",
    FaultKind.CELL_COUNT: "{value} cells, not as many as the first line has",
    FaultKind.EMPTY: "is empty",
    FaultKind.UNFIT_TEXT: "{value!r} is too long or has characters that can't be there",
    FaultKind.NOT_A_DATE: "{value!r} is no date of birth; write 2016-05-09",
    FaultKind.NOT_AN_ADDRESS: "{value!r} is no email address",
    FaultKind.NOT_A_USERNAME: "{value!r} is no username; it holds no @",
    FaultKind.UNKNOWN_ASSOCIATION: "no association has the code or alias {value!r}",
    FaultKind.UNKNOWN_PERSON: "neither the file nor the directory has a person {value!r}",
    FaultKind.OWN_GUARDIAN: "{value!r} can't be their own guardian",
    FaultKind.REPEATED_ROW: "{value!r} is there for the same season already, on line {other}",
    FaultKind.DIFFERS: "{value!r} is not what line {other} says of the same person",
    FaultKind.USERNAME_TAKEN: "{value!r} is the username of person {other!r}",
}


@click.group("members")
def group() -> None:
    """Import members, ban and unban them."""


@group.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--skip-bad", is_flag=True, help="Import the good lines although others are bad.")
@json_option
@pass_operator
def import_(operator: Operator, file: BinaryIO, *, skip_bad: bool, as_json: bool) -> None:
    """Import members from a CSV FILE (- for standard input), UTF-8, with the columns

    \b
    association,season,external_id,given_name,family_name,birth_date,email,username,guardian_of,roles

    Lists are separated by ';'. An empty season makes a guardian only; C1:legal is a legal guardian of an adult. All is
    checked first: with one bad line nothing is imported, unless --skip-bad. A row replaces what is known of its person;
    who is not in the file stays. A season that is unknown is made, never made current.

    Example: idp members import members.csv
    """  # noqa: D301 -- click reads the escape
    require_directory(operator)
    with _bar(shown=not as_json) as progress:
        outcome = operator.services.members_import.run(file.read(), progress, skip_bad=skip_bad)
    if isinstance(outcome, Busy):
        raise CommandError(f"another import of association {outcome.code} is under way; try again when it has ended")
    print_result(_import_as_json(outcome), _import_as_text(outcome), as_json=as_json)
    if isinstance(outcome, Faulty):
        raise CommandError(f"nothing was imported: {len(outcome.faults)} faults")


@group.command("show")
@association_option
@click.option("--external-id", required=True, help="The person's id in the association.")
@json_option
@pass_operator
def show(operator: Operator, association: str, external_id: str, *, as_json: bool) -> None:
    """Show what the directory holds of a person.

    Example: idp members show --association 75012 --external-id C1
    """
    require_directory(operator)
    outcome = operator.services.members.show(association, external_id)
    if isinstance(outcome, UnknownAssociation):
        refuse(outcome, association)
    if isinstance(outcome, Nobody):
        raise CommandError(f"association {association} has no person {external_id!r}")
    result = _profile_as_json(outcome)
    print_result(result, "\n".join(f"{name}: {_written(value)}" for name, value in result.items()), as_json=as_json)


@group.command("ban")
@association_option
@click.option("--external-id", required=True, help="The person's id in the association.")
@reason_option
@json_option
@pass_operator
def ban(operator: Operator, association: str, external_id: str, reason: str | None, *, as_json: bool) -> None:
    """Ban a person from an association, at once: sessions, tokens and links end.

    Example: idp members ban --association 75012 --external-id C1
    """
    require_directory(operator)
    outcome = operator.services.members.ban(association, external_id, reason)
    print_ban(outcome, association, external_id, done="banned", as_json=as_json)


@group.command("unban")
@association_option
@click.option("--external-id", required=True, help="The person's id in the association.")
@reason_option
@json_option
@pass_operator
def unban(operator: Operator, association: str, external_id: str, reason: str | None, *, as_json: bool) -> None:
    """Lift a person's ban.

    Example: idp members unban --association 75012 --external-id C1
    """
    require_directory(operator)
    outcome = operator.services.members.unban(association, external_id, reason)
    print_ban(outcome, association, external_id, done="unbanned", as_json=as_json)


def _import_as_json(outcome: Imported | Faulty) -> dict[str, Any]:
    faults = [
        {"line": fault.line, "column": fault.column, "problem": fault.kind.value, "message": _said(fault)}
        for fault in outcome.faults
    ]
    result: dict[str, Any] = {"imported": isinstance(outcome, Imported), "rows": outcome.rows, "faults": faults}
    if isinstance(outcome, Imported):
        result |= {
            "added": outcome.added,
            "changed": outcome.changed,
            "unchanged": outcome.unchanged,
            "moved": outcome.moved,
            "new_seasons": list(outcome.new_seasons),
            "longest_lock_ms": round(outcome.longest_lock_seconds * 1000, 1),
        }
    return result


def _import_as_text(outcome: Imported | Faulty) -> str:
    lines = [_fault_line(fault) for fault in outcome.faults[:SHOWN_FAULTS]]
    if len(outcome.faults) > SHOWN_FAULTS:
        lines.append(f"… and {len(outcome.faults) - SHOWN_FAULTS} faults more; --json lists all")
    if isinstance(outcome, Imported):
        counted = f"{outcome.added} persons added, {outcome.changed} changed, {outcome.unchanged} as they were"
        made = f"; seasons made, not started: {', '.join(outcome.new_seasons)}" if outcome.new_seasons else ""
        lines.append(f"{outcome.rows} lines: {counted}{made}.")
    return "\n".join(lines)


def _fault_line(fault: CellFault) -> str:
    return f"line {fault.line}: {f'{fault.column}: ' if fault.column else ''}{_said(fault)}"


def _said(fault: CellFault) -> str:
    return PROBLEMS[fault.kind].format(value=fault.value, other=fault.other)


def _profile_as_json(profile: Profile) -> dict[str, Any]:
    person = profile.person
    return {
        **person_as_json(person, profile.standing),
        "username": person.username,
        "seasons": [season.label for season in profile.seasons],
        "roles": [role for membership in person.memberships for role in membership.roles],
        "guardian_of": [f"{child.id}:legal" if child.is_legal else child.id for child in person.children],
        "guardians": list(profile.guardian_ids),
    }


def _written(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Draw a progress bar on standard error once it has taken a second."""
    began = time.monotonic()
    with ExitStack() as stack:
        bars: list[Any] = []

        def progress(done: int, every: int) -> None:
            if not shown or time.monotonic() - began < BAR_AFTER_SECONDS:
                return
            if not bars:
                bar = click.progressbar(length=every, label="Importing", file=sys.stderr)
                bars.append(stack.enter_context(bar))
            bars[0].update(done - bars[0].pos)

        yield progress
