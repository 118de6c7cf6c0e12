"""`idp client`: the applications that may send members here. A secret is printed once, when it is made."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
import orjson

from idp.cli.context import Operator, json_option, pass_operator, print_result
from idp.errors import CommandError
from idp.oauth.clients.description import as_metadata
from idp.oauth.clients.rules import (
    DEVICE_GRANT,
    GRANT_TYPES,
    TOKEN_EXCHANGE_GRANT,
    AuthMethod,
    ClientFacts,
    Profile,
)
from idp.oauth.clients.service import Refused, Registered, Unknown

Command = TypeVar("Command", bound=Callable[..., Any])
PAGE = 500
SHORT_GRANTS = {"device_code": DEVICE_GRANT, "token_exchange": TOKEN_EXCHANGE_GRANT}
NO_CLIENT = "no such client: {}; `idp client list` lists them"


@click.group("client")
def group() -> None:
    """Applications."""


GRANTS = [grant for grant in GRANT_TYPES if ":" not in grant] + list(SHORT_GRANTS)
OPTIONS = (
    click.option("--public/--confidential", "public", default=None, help="Public: can keep no secret."),
    click.option("--profile", type=click.Choice([profile.value for profile in Profile]), help="strict unless said."),
    click.option("--scope", "scopes", multiple=True, help='Scopes it may ask for: "openid email", or repeat it.'),
    click.option(
        "--auth-method",
        type=click.Choice([method.value for method in AuthMethod]),
        help="How it proves who it is; client_secret_basic unless said.",
    ),
    click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where answers go, exactly; repeat it."),
    click.option(
        "--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True, help="As above, after a logout."
    ),
    click.option("--backchannel-logout-uri", help="Where it is told that a session has ended."),
    click.option("--initiate-login-uri", help="Where a sign-in begun here goes on."),
    click.option(
        "--only-association", "only_associations", multiple=True, help="Members of others are refused; repeat it."
    ),
    click.option("--default-for", "default_for", multiple=True, help="An association whose members are led here."),
    click.option(
        "--third-party/--trusted", "third_party", default=None, help="Third party: members see a consent page."
    ),
    click.option(
        "--grant", "grant_types", multiple=True, type=click.Choice(GRANTS), help="What it may trade; repeat it."
    ),
    click.option("--resource", "resources", multiple=True, help="An API its access tokens may name; repeat it."),
    click.option(
        "--jwks", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A file with its public keys."
    ),
    click.option("--jwks-uri", help="Where it publishes its public keys."),
    click.option("--refresh-grace", type=click.IntRange(0, 30), help="Seconds a used refresh token still works."),
)


def describing(command: Command) -> Command:
    """Add the options that describe an application."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@group.command("add")
@click.option("--name", required=True, help="As members read it.")
@click.option("--client-id", hidden=True, default="", help="A fixed id, for the demonstration.")
@describing
@json_option
@pass_operator
def add(operator: Operator, /, name: str, client_id: str, *, as_json: bool, **described: Any) -> None:  # noqa: ANN401 -- click's values
    """Register an application and print its secret, once.

    Example: idp client add --name Boutique --redirect-uri https://boutique.example/callback
    """
    client = _described(ClientFacts(client_id, name), described)
    _print(operator.services.clients.add(client), client_id or name, as_json=as_json)


@group.command("edit")
@click.argument("client_id")
@click.option("--name", help="As members read it.")
@describing
@json_option
@pass_operator
def edit(operator: Operator, /, client_id: str, name: str | None, *, as_json: bool, **described: Any) -> None:  # noqa: ANN401 -- as above
    """Change what is said, and nothing else. A list that is said replaces the old one; "" empties it.

    Example: idp client edit c_3f… --redirect-uri https://boutique.example/callback
    """

    def change(client: ClientFacts) -> ClientFacts:
        return _described(replace(client, name=name or client.name), described)

    _print(operator.services.clients.edit(client_id, change), client_id, as_json=as_json)


@group.command("show")
@click.argument("client_id")
@json_option
@pass_operator
def show(operator: Operator, client_id: str, *, as_json: bool) -> None:
    """Show an application.

    Example: idp client show c_3f… --json
    """
    client = operator.services.clients.show(client_id)
    if client is None:
        raise CommandError(NO_CLIENT.format(client_id))
    result = as_metadata(client)
    print_result(result, _as_lines(result), as_json=as_json)


@group.command("list")
@json_option
@pass_operator
def list_(operator: Operator, *, as_json: bool) -> None:
    """List the applications.

    Example: idp client list
    """
    clients = operator.services.clients
    found = page = clients.page(count=PAGE)
    while len(page) == PAGE:
        page = clients.page(after=found[-1].client_id, count=PAGE)
        found = found + page
    lines = [f"{client.client_id}\t{client.profile}\t{client.auth_method}\t{client.name}" for client in found]
    print_result([as_metadata(client) for client in found], "\n".join(lines), as_json=as_json)


@group.command("remove")
@click.argument("client_id")
@json_option
@pass_operator
def remove(operator: Operator, client_id: str, *, as_json: bool) -> None:
    """Remove an application. Its codes and refresh tokens end at once.

    Example: idp client remove c_3f…
    """
    if not operator.services.clients.remove(client_id):
        raise CommandError(NO_CLIENT.format(client_id))
    print_result({"client_id": client_id, "removed": True}, f"Removed {client_id}.", as_json=as_json)


@group.command("rotate-secret")
@click.argument("client_id")
@click.option("--keep-old", is_flag=True, help="The old secret works too, until the next rotation.")
@json_option
@pass_operator
def rotate_secret(operator: Operator, client_id: str, *, keep_old: bool, as_json: bool) -> None:
    """Give an application a new secret and print it, once. The old one ends at once, unless kept.

    Example: idp client rotate-secret c_3f… --keep-old
    """
    outcome = operator.services.clients.rotate_secret(client_id, keep_old=keep_old)
    if isinstance(outcome, Unknown):
        raise CommandError(f"{client_id} is no client with a secret; `idp client list` lists them")
    _print(outcome, client_id, as_json=as_json)


def _described(client: ClientFacts, said: Mapping[str, Any]) -> ClientFacts:
    """Return the application with what was said changed, and nothing else."""
    lists = ("redirect_uris", "post_logout_redirect_uris", "only_associations", "default_for", "resources")
    changes: dict[str, Any] = {name: _filled(said[name]) for name in lists if said[name]}
    if said["scopes"]:
        changes["scopes"] = tuple(dict.fromkeys(" ".join(said["scopes"]).split()))
    if said["grant_types"]:
        changes["grant_types"] = tuple(SHORT_GRANTS.get(grant, grant) for grant in dict.fromkeys(said["grant_types"]))
    for name in ("backchannel_logout_uri", "initiate_login_uri", "jwks_uri"):
        if said[name] is not None:
            changes[name] = said[name] or None
    if said["refresh_grace"] is not None:
        changes["refresh_grace_seconds"] = said["refresh_grace"]
    if said["third_party"] is not None:
        changes["trusted"] = not said["third_party"]
    if said["profile"] is not None:
        changes["profile"] = Profile(said["profile"])
    if said["jwks"] is not None:
        changes["jwks"] = _read_jwks(said["jwks"])
    return replace(client, auth_method=_auth_method(client, said), **changes)


def _auth_method(client: ClientFacts, said: Mapping[str, Any]) -> AuthMethod:
    method = AuthMethod(said["auth_method"]) if said["auth_method"] else None
    if said["public"] is not None and method is not None and (method is AuthMethod.NONE) != said["public"]:
        raise CommandError("--public, --confidential: the --auth-method says otherwise; leave one of them out")
    if method is not None:
        return method
    if said["public"]:
        return AuthMethod.NONE
    if said["profile"] == Profile.FAPI2.value:
        return AuthMethod.PRIVATE_KEY_JWT
    return AuthMethod.BASIC if said["public"] is False and client.is_public else client.auth_method


def _filled(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(value for value in dict.fromkeys(values) if value)


def _read_jwks(path: Path) -> Any:  # noqa: ANN401 -- whatever JSON is in the file; the rules look at it
    try:
        return orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        raise CommandError(f"--jwks: {path} is no JSON file with public keys") from None


def _print(outcome: Registered | Refused | Unknown, asked: str, *, as_json: bool) -> None:
    if not isinstance(outcome, Registered):
        _refuse(outcome, asked)
    secret = {"client_secret": outcome.secret.reveal()} if outcome.secret else {}
    client_id, *rest = as_metadata(outcome.client).items()
    result = dict([client_id, *secret.items(), *rest])
    note = "\nThe secret is shown this once: keep it now." if secret else ""
    print_result(result, _as_lines(result) + note, as_json=as_json)


def _refuse(outcome: Refused | Unknown, asked: str) -> NoReturn:
    if isinstance(outcome, Refused):
        raise CommandError("; ".join(f"{fault.member}: {fault.sentence}" for fault in outcome.faults))
    if outcome.taken:
        raise CommandError(f"{asked}: there is a client with this id already")
    raise CommandError(NO_CLIENT.format(asked))


def _as_lines(metadata: Mapping[str, Any]) -> str:
    width = max(map(len, metadata))
    return "\n".join(f"{name:{width}}  {_as_text(value)}" for name, value in metadata.items())


def _as_text(value: Any) -> str:  # noqa: ANN401 -- any value of the metadata
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
