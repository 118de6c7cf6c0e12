"""`idp association`: the associations of this service's directory, their codes and aliases."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from idp.associations.holding import UnknownAssociation
from idp.associations.rules import DISCLOSURES, MOST_GRACE_DAYS, NameKind, Unfit
from idp.associations.service import Described, Description, NameTaken
from idp.cli.context import Operator, json_option, pass_operator, print_result
from idp.cli.directory import association_as_json, association_option, refuse, require_directory
from idp.errors import CommandError

Command = TypeVar("Command", bound=Callable[..., Any])
PAGE = 500
AS_CONFIGURED = "default"


@click.group("association")
def group() -> None:
    """Associations, their codes and aliases."""


def describing(command: Command) -> Command:
    """Add the options that describe an association."""
    options = (
        click.option("--alias", "aliases", multiple=True, help="An alias; repeat it. The first is shown to members."),
        click.option("--name", help="As members read it."),
        click.option("--contact", help="Whom members may ask: an address or a telephone number. Empty: nobody."),
        click.option("--timezone", help="Such as Europe/Paris (the default) or Indian/Reunion."),
        click.option(
            "--disclosure",
            type=click.Choice([*DISCLOSURES, AS_CONFIGURED]),
            help="Whether the forgotten-password page says that an address is unknown; default: as [login] says.",
        ),
        click.option(
            "--grace-days",
            type=click.IntRange(0, MOST_GRACE_DAYS),
            help="Days that last season's members stay in after a new one has started. 0 unless said.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@group.command("add")
@click.option("--code", required=True, help="The code that the association hands to its members.")
@describing
@json_option
@pass_operator
def add(operator: Operator, /, code: str, *, as_json: bool, **described: Any) -> None:  # noqa: ANN401 -- click's values
    """Add an association.

    Example: idp association add --code 75012 --alias MonAssociation --name "Mon association"
    """
    require_directory(operator)
    outcome = operator.services.associations.add(_description(code, **described))
    _print(outcome, code, as_json=as_json, done="Added")


@group.command("edit")
@association_option
@click.option("--code", help="A new code; the old one goes on leading here.")
@describing
@json_option
@pass_operator
def edit(
    operator: Operator,
    /,
    association: str,
    code: str | None,
    *,
    as_json: bool,
    **described: Any,  # noqa: ANN401 -- as above
) -> None:
    """Change what is said, and nothing else. Aliases that are left out are retired, and go on leading to the page.

    Example: idp association edit --association 75012 --alias NouveauNom --grace-days 15
    """
    require_directory(operator)
    outcome = operator.services.associations.edit(association, _description(code, **described))
    _print(outcome, association, as_json=as_json, done="Changed")


@group.command("list")
@json_option
@pass_operator
def list_(operator: Operator, *, as_json: bool) -> None:
    """List the associations by code.

    Example: idp association list --json
    """
    require_directory(operator)
    found = page = list(operator.services.associations.list(limit=PAGE))
    while len(page) == PAGE:
        page = list(operator.services.associations.list(found[-1].public.code, PAGE))
        found = [*found, *page]
    lines = [
        f"{record.public.code}\t{record.public.alias or '-'}\t{record.public.name}"
        f"\t{record.current_season.label if record.current_season else '-'}"
        for record in found
    ]
    print_result([association_as_json(record) for record in found], "\n".join(lines), as_json=as_json)


def _description(code: str | None, *, disclosure: str | None, aliases: tuple[str, ...], **rest: Any) -> Description:  # noqa: ANN401 -- click's values
    return Description(
        code=code, aliases=aliases or None, disclosure="" if disclosure == AS_CONFIGURED else disclosure, **rest
    )


def _print(
    outcome: Described | UnknownAssociation | Unfit | NameTaken, association: str, *, as_json: bool, done: str
) -> None:
    if isinstance(outcome, NameTaken):
        raise CommandError(f"{outcome.label!r} is a name of association {outcome.holder_code} already; choose another")
    if not isinstance(outcome, Described):
        refuse(outcome, association)
    names: dict[NameKind, list[str]] = {kind: [] for kind in NameKind}
    for name in outcome.names:
        names[name.kind].append(name.label)
    result = association_as_json(outcome.association) | {
        "aliases": names[NameKind.ALIAS],
        "retired": names[NameKind.RETIRED],
        "changed": outcome.changed,
    }
    code = outcome.association.public.code
    print_result(result, f"{done} {code}." if outcome.changed else f"{code} is so already.", as_json=as_json)
