"""Decides which application is at the other end: RFC 6749 §2.3, one registered method each (STD-06, SEC-41).

Ours, and not Authlib's, because Authlib takes a Basic header from a client without secret, fails on one that is not
UTF-8, and never minds two methods at once. Every failure reads alike: who is registered is nobody's business.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from idp.errors import ProtocolError
from idp.oauth.clients.rules import SECRET_METHODS, AuthMethod, ClientFacts
from idp.store.secrets import Kind, SecretMint

LONGEST_CLIENT_ID = 200


@dataclass(frozen=True)
class Presented:
    """Who the client says it is, and what it brings to prove it."""

    client_id: str
    method: AuthMethod
    secret: str | None = field(default=None, repr=False)


def invalid_client(detail: str) -> ProtocolError:
    """Return the one refusal. `detail` is for the log."""
    return ProtocolError("invalid_client", "Client authentication failed", detail=detail, status=401)


def presented_by(authorization: Sequence[str], form: Mapping[str, str]) -> Presented:
    """Read who asks, from the `Authorization` headers and the form.

    Raises `ProtocolError` (`invalid_client`) when nobody can be made out, or more than one method is used.
    """
    basic = _basic(authorization)
    client_id = form.get("client_id")
    if basic is not None:
        if {"client_secret", "client_assertion", "client_assertion_type"} & form.keys():
            raise invalid_client("two methods at once")
        if client_id is not None and client_id != basic.client_id:
            raise invalid_client("two clients at once")
        return basic
    if {"client_assertion", "client_assertion_type"} & form.keys():
        raise invalid_client("private_key_jwt is not on")
    if client_id is None or len(client_id) > LONGEST_CLIENT_ID:
        raise invalid_client("no client_id")
    if "client_secret" in form:
        return Presented(client_id, AuthMethod.POST, form["client_secret"])
    return Presented(client_id, AuthMethod.NONE)


def is_proven(client: ClientFacts, presented: Presented, mint: SecretMint) -> bool:
    """Tell whether the client brought what it is registered for, by the method it is registered for."""
    if client.auth_method is not presented.method:
        return False
    if client.auth_method not in SECRET_METHODS:
        return client.is_public
    brought = mint.hash(Kind.CLIENT_SECRET, presented.secret or "")
    # All are compared, each in constant time: which of two secrets is the newer one stays ours.
    return any([hmac.compare_digest(brought, known) for known in client.secret_hashes])  # noqa: C419 -- no short cut


def _basic(authorization: Sequence[str]) -> Presented | None:
    if not authorization:
        return None
    scheme, _, credentials = authorization[0].partition(" ")
    if len(authorization) > 1 or scheme.lower() != "basic":
        raise invalid_client("another Authorization header")
    try:
        client_id, colon, secret = base64.b64decode(credentials.strip(), validate=True).decode("utf-8").partition(":")
        # RFC 6749 §2.3.1: both halves are form-urlencoded before they are joined.
        presented = Presented(
            unquote_plus(client_id, errors="strict"), AuthMethod.BASIC, unquote_plus(secret, errors="strict")
        )
    except (binascii.Error, ValueError):
        raise invalid_client("malformed Basic credentials") from None
    if (
        not colon
        or not presented.client_id
        or len(presented.client_id) > LONGEST_CLIENT_ID
        or "\0" in presented.client_id
    ):
        raise invalid_client("malformed Basic credentials")
    return presented
