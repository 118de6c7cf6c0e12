"""`idp account`: why somebody can't sign in; bans and disabled accounts, by address."""

from typing import Any

import click

from idp.accounts.service import Switched
from idp.accounts.why import Diagnosis, Explainer
from idp.associations.holding import UnknownAssociation
from idp.cli.context import Operator, json_option, pass_operator, print_result
from idp.cli.directory import association_option, reason_option, refuse, require_directory
from idp.cli.persons import person_as_json, print_ban
from idp.eligibility.members import Nobody
from idp.errors import CommandError

address_argument = click.argument("address", metavar="ADDRESS")
all_option = click.option("--all", "everyone", is_flag=True, help="Everybody behind an address that several share.")


@click.group("account")
def group() -> None:
    """Accounts, by email or username: why, ban, unban, disable, enable, send-link."""


@group.command("why")
@association_option
@address_argument
@json_option
@pass_operator
def why(operator: Operator, association: str, address: str, *, as_json: bool) -> None:
    """Say why the person with this ADDRESS (or username) can't sign in, and what to do.

    Example: idp account why --association 75012 hugo@exemple.fr
    """
    require_directory(operator)
    diagnosis = operator.services.why.diagnose(association, address)
    result = _diagnosis_as_json(diagnosis)
    said = [result["sentence"], result["remedy"]]
    said += [
        f"  {one['id']}\t{one['given_name']} {one['family_name']}\t{one['standing']}\t{one['sentence']}"
        for one in result["persons"]
    ]
    print_result(result, "\n".join(said), as_json=as_json)


@group.command("send-link")
@association_option
@address_argument
@json_option
@pass_operator
def send_link(operator: Operator, association: str, address: str, *, as_json: bool) -> None:
    """Mail the person with this ADDRESS (or username) a link that sets a password, as if they had asked for it.

    It goes to the address of their record, and leaves with the next `idp serve` or `idp worker`.

    Example: idp account send-link --association 75012 hugo@exemple.fr
    """
    import anyio

    from idp.recovery.asking import Ask, NoAccount, Withheld

    outcome = anyio.run(operator.services.ask_for_link.ask, Ask(association, address))
    if isinstance(outcome, NoAccount):
        raise CommandError(f"nobody with {address} may set a password there; see idp account why")
    if isinstance(outcome, Withheld):
        raise CommandError(f"{address} got as many links as [throttle] allows; the last three still work")
    print_result({"sent": True}, "A link is on its way.", as_json=as_json)


@group.command("ban")
@association_option
@address_argument
@all_option
@reason_option
@json_option
@pass_operator
def ban(
    operator: Operator, association: str, address: str, reason: str | None, *, everyone: bool, as_json: bool
) -> None:
    """Ban the person with this ADDRESS, at once. Where several share it: list them, change nothing, exit 3.

    Example: idp account ban --association 75012 hugo@exemple.fr
    """
    require_directory(operator)
    outcome = operator.services.members.ban_address(association, address, reason, everyone=everyone)
    print_ban(outcome, association, address, done="banned", as_json=as_json)


@group.command("unban")
@association_option
@address_argument
@all_option
@reason_option
@json_option
@pass_operator
def unban(
    operator: Operator, association: str, address: str, reason: str | None, *, everyone: bool, as_json: bool
) -> None:
    """Lift the ban of the person with this ADDRESS. Where several are banned: list them, change nothing, exit 3.

    Example: idp account unban --association 75012 hugo@exemple.fr
    """
    require_directory(operator)
    outcome = operator.services.members.unban_address(association, address, reason, everyone=everyone)
    print_ban(outcome, association, address, done="unbanned", as_json=as_json)


@group.command("disable")
@association_option
@address_argument
@reason_option
@json_option
@pass_operator
def disable(operator: Operator, association: str, address: str, reason: str | None, *, as_json: bool) -> None:
    """Disable the account with this ADDRESS, at once, whether or not it has a password yet.

    Example: idp account disable --association 75012 hugo@exemple.fr
    """
    outcome = operator.services.accounts.disable(association, address, reason)
    _print_switch(outcome, association, address, "disabled", as_json=as_json)


@group.command("enable")
@association_option
@address_argument
@reason_option
@json_option
@pass_operator
def enable(operator: Operator, association: str, address: str, reason: str | None, *, as_json: bool) -> None:
    """Enable a disabled account again.

    Example: idp account enable --association 75012 hugo@exemple.fr
    """
    outcome = operator.services.accounts.enable(association, address, reason)
    _print_switch(outcome, association, address, "enabled", as_json=as_json)


def _print_switch(
    outcome: Switched | Nobody | UnknownAssociation, association: str, address: str, done: str, *, as_json: bool
) -> None:
    if isinstance(outcome, Nobody):
        raise CommandError(f"association {association} has nobody {address!r}")
    if not isinstance(outcome, Switched):
        refuse(outcome, association)
    mailbox = outcome.mailbox
    result = {
        "changed": outcome.changed,
        "association": mailbox.association_code,
        "account": mailbox.login_key,
        "persons": list(mailbox.person_ids),
    }
    said = f"{mailbox.login_key} {done}." if outcome.changed else f"{mailbox.login_key} is not to be {done}: it is so."
    print_result(result, said, as_json=as_json)


def _diagnosis_as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    explainer = Explainer()
    said = explainer.explain(diagnosis.cause, diagnosis)
    credential, letter = diagnosis.credential, diagnosis.last_letter
    return {
        "eligible": diagnosis.eligible,
        "reason": diagnosis.reason,
        "cause": diagnosis.cause.value,
        "sentence": said.sentence,
        "remedy": said.remedy,
        "association": diagnosis.association.public.code if diagnosis.association else None,
        "persons": [
            {
                **person_as_json(one.person, one.standing),
                "sentence": explainer.explain(one.cause, diagnosis).sentence,
            }
            for one in diagnosis.persons
        ],
        "account": {
            "password_set": credential.password_hash is not None,
            "password_changed_at": credential.password_changed_at,
            "disabled_at": credential.disabled_at,
            "disabled_reason": credential.disabled_reason,
        }
        if credential
        else None,
        "last_mail": {
            "kind": letter.kind,
            "state": letter.state.value,
            "at": letter.created_at,
            "reason": letter.reason,
        }
        if letter
        else None,
    }
