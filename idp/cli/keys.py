"""`idp keys`: the signing keys, their rotation, and the way out when one fell into other hands."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from idp.cli.context import Operator, json_option, pass_operator, print_result
from idp.errors import CommandError
from idp.signing.rotation import Activated, Known, Published, Rotated, Waiting
from idp.signing.rules import RingKey


@click.group("keys")
def group() -> None:
    """Signing keys."""


@group.command("list")
@json_option
@pass_operator
def list_keys(operator: Operator, *, as_json: bool) -> None:
    """List every signing key that ever was, oldest first.

    Example: idp keys list
    """
    ring = operator.services.key_ring
    ring.ensure_blocking()
    keys = ring.every_key_blocking()
    text = "\n".join(f"{key.algorithm}  {key.state:8}{key.kid}  {_since(key)}" for key in keys)
    print_result([_as_object(key) for key in keys], text, as_json=as_json)


@group.command("rotate")
@click.option(
    "--emergency", is_flag=True, help="New keys sign at once; all earlier tokens are refused and everybody signs out."
)
@json_option
@pass_operator
def rotate(operator: Operator, *, emergency: bool, as_json: bool) -> None:
    """Publish the next signing keys; run again half an hour later or more, make them sign.

    Applications meet a key before it signs, so that nobody notices. A second run that comes too early changes nothing
    and says from when on it would. An old key stays published for thirty days after its last signature.

    Example: idp keys rotate; sleep 1800; idp keys rotate
    """
    ring = operator.services.key_ring
    ring.ensure_blocking()
    steps = ring.rotate_blocking(emergency=emergency)
    print_result([_step(step) for step in steps], "\n".join(_said(step) for step in steps), as_json=as_json)


@group.command("import")
@click.argument("pem", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@pass_operator
def import_key(operator: Operator, pem: Path, *, as_json: bool) -> None:
    """Publish a private key of your own (PEM, P-256 or RSA of 2048 to 4096 bits) as the next of its algorithm.

    Example: openssl ecparam -name prime256v1 -genkey -noout -out next.pem && idp keys import next.pem
    """
    ring = operator.services.key_ring
    ring.ensure_blocking()
    step = ring.import_blocking(pem.read_bytes())
    if step is None:
        raise CommandError(f"{pem}: no P-256 or RSA private key without a passphrase; see idp keys import --help")
    if isinstance(step, Known):
        raise CommandError(f"{pem}: this key is or was in the ring already ({step.kid})")
    if isinstance(step, Waiting):
        raise CommandError(f"another key is the next for {step.algorithm} already; idp keys rotate brings it into use")
    print_result(_step(step), _said(step), as_json=as_json)


def _as_object(key: RingKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "algorithm": key.algorithm.value,
        "state": key.state.value,
        "created_at": key.created_at.isoformat(),
        "activated_at": _moment(key.activated_at),
        "retired_at": _moment(key.retired_at),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _since(key: RingKey) -> str:
    return f"since {key.retired_at or key.activated_at or key.created_at:%Y-%m-%d %H:%M} UTC"


def _step(step: Rotated) -> dict[str, Any]:
    match step:
        case Published(algorithm, kid, signs_from):
            return _upcoming("published", algorithm, kid, signs_from)
        case Waiting(algorithm, kid, signs_from):
            return _upcoming("waiting", algorithm, kid, signs_from)
        case Activated(algorithm, kid, removed):
            return {"step": "activated", "algorithm": algorithm.value, "kid": kid, "removed": list(removed)}


def _upcoming(name: str, algorithm: str, kid: str, signs_from: datetime) -> dict[str, Any]:
    return {"step": name, "algorithm": str(algorithm), "kid": kid, "signs_from": signs_from.isoformat()}


def _said(step: Rotated) -> str:
    match step:
        case Published(algorithm, kid, signs_from):
            return (
                f"{algorithm}: {kid} is published. Run idp keys rotate from {signs_from:%Y-%m-%d %H:%M} UTC to use it."
            )
        case Waiting(algorithm, kid, signs_from):
            return f"{algorithm}: {kid} waits until {signs_from:%Y-%m-%d %H:%M} UTC; nothing changed."
        case Activated(algorithm, kid, ()):
            return f"{algorithm}: {kid} signs now."
        case Activated(algorithm, kid, removed):
            return f"{algorithm}: {kid} signs now. Removed: {', '.join(removed)}. Everybody signs in anew."
