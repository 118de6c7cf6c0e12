"""`idp migrate`: brings the database to this version, or says what that would do."""

import click

from idp.cli.context import Operator, json_option, pass_operator, print_result
from idp.errors import CommandError


@click.command("migrate")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where something is missing.")
@json_option
@pass_operator
def group(operator: Operator, *, check: bool, as_json: bool) -> None:
    """Bring the database to this version.

    One process migrates, others that start meanwhile wait up to a minute for it.

    Example: idp migrate --check || idp migrate
    """
    from idp.store.migrate import pending, upgrade

    url = operator.settings.database.url
    if check:
        missing = pending(url)
        print_result({"applied": [], "pending": list(missing)}, _said("Missing", missing), as_json=as_json)
        if missing:
            raise CommandError("the database is not of this version; run idp migrate")
        return
    applied = upgrade(url)
    print_result({"applied": list(applied), "pending": []}, _said("Applied", applied), as_json=as_json)


def _said(what: str, revisions: tuple[str, ...]) -> str:
    return f"{what}: {', '.join(revisions)}." if revisions else "The database is of this version."
