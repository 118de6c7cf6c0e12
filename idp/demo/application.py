"""The demonstration's application, registered as any other, its addresses following PORT at every run."""

import json
from dataclasses import replace

from idp.errors import CommandError
from idp.oauth.clients.rules import ClientFacts
from idp.oauth.clients.service import Clients, Registered

CLIENT_ID = "demo"
NAME = "Application de démonstration"


def register(clients: Clients, address: str, kept_secret: str | None) -> str:
    """Register the application at this address, or move it there, and return its id and secret as JSON.

    `kept_secret` is what an earlier run returned. Where it is lost the application gets a new one. Raises
    `CommandError`.
    """

    def described(client: ClientFacts) -> ClientFacts:
        return replace(client, redirect_uris=(f"{address}/callback",), initiate_login_uri=f"{address}/login")

    known = clients.show(CLIENT_ID)
    if known is None:
        return _as_json(clients.add(described(ClientFacts(CLIENT_ID, NAME))))
    moved = described(known)
    if moved != known:
        _as_registered(clients.edit(CLIENT_ID, described))
    return kept_secret or _as_json(clients.rotate_secret(CLIENT_ID))


def _as_json(outcome: object) -> str:
    registered = _as_registered(outcome)
    secret = registered.secret.reveal() if registered.secret else ""
    return json.dumps({"client_id": registered.client.client_id, "client_secret": secret})


def _as_registered(outcome: object) -> Registered:
    if not isinstance(outcome, Registered):
        raise CommandError(f"the demonstration's application can't be registered: {outcome}")
    return outcome
