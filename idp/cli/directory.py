"""What the commands on this service's own directory share: the option that names an association, and their refusal.

With another provider the membership domain is the authority, and these commands say so (exit 1).
"""

from typing import Any, NoReturn

import click

from idp.associations.holding import UnknownAssociation
from idp.associations.rules import Unfit
from idp.associations.store import AssociationRecord, SeasonRecord
from idp.cli.context import Operator
from idp.errors import CommandError

association_option = click.option("--association", required=True, metavar="CODE_OR_ALIAS", help="The association.")
reason_option = click.option("--reason", help="Why, for the audit log.")


def require_directory(operator: Operator) -> None:
    """Refuse where the directory is not ours to change. Raises `CommandError`."""
    provider = operator.settings.eligibility.provider
    if provider != "directory":
        raise CommandError(
            f"[eligibility] provider = {provider!r}: associations and members are kept there; change them there"
        )


def refuse(refusal: UnknownAssociation | Unfit, association: str) -> NoReturn:
    """End the command with one line that says what to mend."""
    if isinstance(refusal, Unfit):
        option = refusal.field.value.replace("_", "-")
        raise CommandError(f"--{option} {refusal.value!r} can't be used; see --help for what it takes")
    raise CommandError(f"no association has the code or alias {association!r}; see idp association list")


def association_as_json(record: AssociationRecord) -> dict[str, Any]:
    """Return an association as commands print it."""
    public = record.public
    return {
        "id": public.id,
        "code": public.code,
        "alias": public.alias,
        "name": public.name,
        "contact": public.contact,
        "timezone": record.timezone,
        "disclosure": public.disclosure,
        "grace_days": record.grace_days,
        "season": season_as_json(record.current_season) if record.current_season else None,
    }


def season_as_json(season: SeasonRecord) -> dict[str, Any]:
    """Return a season as commands print it."""
    return {
        "id": season.id,
        "label": season.label,
        "ends_on": season.ends_on.isoformat() if season.ends_on else None,
        "started_at": season.started_at.isoformat() if season.started_at else None,
    }
