"""`idp season`: the pointer that alone decides who is a member."""

from datetime import datetime

import click

from idp.associations.seasons import SeasonStarted
from idp.cli.context import Operator, json_option, pass_operator, print_result
from idp.cli.directory import association_as_json, association_option, refuse, require_directory, season_as_json


@click.group("season")
def group() -> None:
    """The season's pointer of an association."""


@group.command("start")
@association_option
@click.option("--label", required=True, help="Such as 2026-2027; made where it is unknown.")
@click.option("--ends-on", type=click.DateTime(["%Y-%m-%d"]), help="When it ends, for applications. It cuts nobody.")
@json_option
@pass_operator
def start(operator: Operator, association: str, label: str, ends_on: datetime | None, *, as_json: bool) -> None:
    """Make a season the current one. Who is not a member of it can't sign in any more, grace days aside.

    Example: idp season start --association 75012 --label 2026-2027 --ends-on 2027-08-31
    """
    require_directory(operator)
    outcome = operator.services.seasons.start(association, label, ends_on.date() if ends_on else None)
    if not isinstance(outcome, SeasonStarted):
        refuse(outcome, association)
    code = outcome.association.public.code
    result = {
        "association": association_as_json(outcome.association),
        "season": season_as_json(outcome.season),
        "previous": season_as_json(outcome.previous) if outcome.previous else None,
        "changed": outcome.changed,
    }
    said = f"{code}: {outcome.season.label} " + (
        "has started." if outcome.changed else "is the current season already."
    )
    print_result(result, said, as_json=as_json)


@group.command("list")
@association_option
@json_option
@pass_operator
def list_(operator: Operator, association: str, *, as_json: bool) -> None:
    """List an association's seasons by label. The current one has a star.

    Example: idp season list --association 75012
    """
    require_directory(operator)
    found = operator.services.seasons.list(association)
    if not isinstance(found, tuple):
        refuse(found, association)
    record, seasons = found
    current = record.current_season.id if record.current_season else None
    result = [
        {
            **season_as_json(season),
            "current": season.id == current,
            "previous": season.id == record.previous_season_id,
        }
        for season in seasons
    ]
    lines = [f"{'*' if season.id == current else ' '} {season.label}\t{season.ends_on or '-'}" for season in seasons]
    print_result(result, "\n".join(lines), as_json=as_json)
